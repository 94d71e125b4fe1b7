"""What one step changed, row by row, before and after, as plain JSON in the log: from it the step is undone exactly.

A post's mark (held, hidden, deleted, merged, or none) is one value, whatever hangs on it: see `hiding`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Table, and_, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from community.db import UtcDateTime
from community.errors import Conflict
from community.inserting import insert_missing
from community.models import (
    Account,
    CannedReason,
    Flag,
    MeToo,
    Notification,
    Post,
    QueueItem,
    Sanction,
    SpamMark,
    Tag,
    TagSynonym,
    Upload,
    Verbatim,
    Vote,
    Watch,
    question_tag,
)
from community.moderation import hiding

Values = Mapping[str, Any]
Row = dict[str, Any]

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *(
            cast(Table, model.__table__)
            for model in (
                Account, CannedReason, Flag, MeToo, Notification, Post, QueueItem, Sanction, SpamMark, Tag, TagSynonym, Upload,
                Verbatim, Vote, Watch,
            )
        ),
        question_tag,
    )
}  # fmt: skip


class Changes:
    """Changes rows and keeps how they read before and after."""

    def __init__(self, session: Session, now: datetime):
        self.session, self.now = session, now
        self.rows: list[Row] = []

    def mark(self, post: Post, mark: str | None) -> None:
        """Take the post out of sight, or show it again (None). Nothing is kept where it is so already."""
        before = hiding.mark_of(post)
        if before != mark:
            hiding.set_mark(self.session, post, mark, self.now)
            self.rows.append({"mark": post.id, "before": before, "after": mark})

    def update(self, model: Any, where: ColumnElement[bool], **values: Any) -> int:
        """Set the values in these rows; how many did not have them yet."""
        table = TABLES[model.__tablename__]
        names = list(values)
        found = self.session.execute(select(*_keys(table), *(table.c[name] for name in names)).where(where)).all()
        changed = 0
        for row in found:
            key, before = list(row[: len(_keys(table))]), dict(zip(names, row[len(_keys(table)) :], strict=True))
            if before != values:
                self.session.execute(update(table).where(_is(table, key)).values(**values))
                self.note(table.name, key, before, values)
                changed += 1
        self.session.expire_all()
        return changed

    def add(self, model: Any, key: int, **amounts: int) -> None:
        """Add to numbers that others go on counting; undoing takes away as much, whatever was added since."""
        if any(amounts.values()):
            table = TABLES[model.__tablename__]
            _add(self.session, table, [key], amounts, 1)
            self.rows.append({"table": table.name, "key": [key], "added": amounts})

    def delete(self, model: Any, where: ColumnElement[bool]) -> list[Row]:
        """Delete these rows; how they read."""
        table = _table(model)
        found = [dict(row) for row in self.session.execute(select(table).where(where)).mappings()]
        for row in found:
            key = [row[column.name] for column in _keys(table)]
            self.session.execute(delete(table).where(_is(table, key)))
            self.note(table.name, key, row, None)
        self.session.expire_all()
        return found

    def insert(self, model: Any, **values: Any) -> bool:
        """Insert the row unless there is one like it; whether it was inserted."""
        table = _table(model)
        inserted = insert_missing(self.session, table, [values], *table.c)
        for row in inserted:
            whole = dict(row._mapping)
            self.note(table.name, [whole[column.name] for column in _keys(table)], None, whole)
        return bool(inserted)

    def note(self, table: str, key: list[Any], before: Values | None, after: Values | None) -> None:
        """Keep what was changed elsewhere."""
        self.rows.append({"table": table, "key": key, "before": _plain(before), "after": _plain(after)})


def revert(session: Session, rows: list[Row], now: datetime) -> None:
    """Bring all of it back, the last first. Raises Conflict where something was changed since."""
    for row in reversed(rows):
        if "mark" in row:
            _revert_mark(session, row, now)
        elif "added" not in row:  # what rows add up to changes with the rows that really come and go
            _revert_row(session, TABLES[row["table"]], row)
    _count_votes_again(session, rows)
    session.expire_all()
    if moved := [
        row["key"][0] for row in rows if row.get("table") == "post" and "question_id" in (row.get("before") or ())
    ]:
        hiding.follow(session, moved, now)


def inverse(rows: list[Row]) -> list[Row]:
    """What reverting them changes, as rows that can be reverted in turn."""
    turned = []
    for row in reversed(rows):
        if "added" in row:
            turned.append(row | {"added": {name: -amount for name, amount in row["added"].items()}})
        else:
            turned.append(row | {"before": row["after"], "after": row["before"]})
    return turned


def _revert_mark(session: Session, row: Row, now: datetime) -> None:
    post = session.get(Post, row["mark"], populate_existing=True)
    if post is None or hiding.is_gone(post) or hiding.mark_of(post) != row["after"]:
        raise Conflict(changed_since())
    hiding.set_mark(session, post, row["before"], now)


def _add(session: Session, table: Table, key: list[Any], amounts: Mapping[str, int], sign: int) -> None:
    values = {name: table.c[name] + sign * amount for name, amount in amounts.items()}
    session.execute(update(table).where(_is(table, key)).values(**values))


def _revert_row(session: Session, table: Table, row: Row) -> None:
    before, after = _typed(table, row["before"]), _typed(table, row["after"])
    if before is None:
        if table.name == "post" and _is_built_upon(session, row["key"][0]):
            raise Conflict(changed_since())  # somebody answered what would be taken away
        gone = session.execute(delete(table).where(_is(table, row["key"])).returning(*table.c)).mappings().first()
        if gone:
            _count(session, table, dict(gone), -1)
    elif after is None:
        if _has_parents(session, table, before) and insert_missing(session, table, [before], *_keys(table)):
            _count(session, table, before, 1)
    else:
        still = and_(*(table.c[name].is_not_distinct_from(value) for name, value in after.items()))
        version = {"version": table.c.version + 1} if "version" in table.c else {}
        as_it_was = update(table).where(_is(table, row["key"]), still).values(**before, **version)
        try:
            there = session.execute(as_it_was.returning(*_keys(table))).first()
        except IntegrityError as error:  # another has its name meanwhile
            raise Conflict(changed_since()) from error
        if there is None:
            raise Conflict(changed_since())


def _count_votes_again(session: Session, rows: list[Row]) -> None:
    """The posts that votes came back to: who voted may have thought otherwise since."""
    post, vote = TABLES["post"].c, TABLES["vote"].c
    moved = [row["before"] for row in rows if row.get("table") == "vote" and row["before"] and row["after"]]
    total = select(func.coalesce(func.sum(vote.value), 0)).where(vote.post_id == post.id).scalar_subquery()
    for post_id in sorted({before["post_id"] for before in moved if "post_id" in before}):
        session.execute(update(TABLES["post"]).where(post.id == post_id).values(score=total))


def _is_built_upon(session: Session, post_id: int) -> bool:
    """Whether somebody wrote below the post, or accepted it."""
    post = TABLES["post"].c
    below = or_(post.question_id == post_id, post.parent_id == post_id)
    is_accepted = and_(post.id == post_id, post.accepted_at.is_not(None))
    return session.scalar(select(post.id).where(or_(below, is_accepted)).limit(1)) is not None


def _count(session: Session, table: Table, row: Mapping[str, Any], sign: int) -> None:
    """A vote or a "me too" came or went: the post adds it up."""
    if table.name == "vote":
        _add(session, TABLES["post"], [row["post_id"]], {"score": row["value"]}, sign)
    elif table.name == "me_too":
        _add(session, TABLES["post"], [row["question_id"]], {"me_too_count": 1}, sign)


def changed_since() -> str:
    return str(_("Something of it was changed since, so it cannot be taken back exactly."))


def _has_parents(session: Session, table: Table, values: Values) -> bool:
    """Whether the rows that it points to are still there: whoever left took their votes along."""
    for key in table.foreign_keys:
        value = values.get(key.parent.name)
        if value is not None and session.execute(select(key.column).where(key.column == value)).first() is None:
            return False
    return True


def _table(model: Any) -> Table:
    return model if isinstance(model, Table) else TABLES[model.__tablename__]


def _keys(table: Table) -> list[Any]:
    return list(table.primary_key.columns)


def _is(table: Table, key: list[Any]) -> ColumnElement[bool]:
    return and_(*(column == value for column, value in zip(_keys(table), key, strict=True)))


def _plain(values: Values | None) -> Row | None:
    if values is None:
        return None
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _typed(table: Table, values: Values | None) -> Row | None:
    if values is None:
        return None
    return {
        name: datetime.fromisoformat(value) if value and isinstance(table.c[name].type, UtcDateTime) else value
        for name, value in values.items()
    }
