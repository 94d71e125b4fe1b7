"""Bursts of votes or flags by newcomers who joined on one day and went for the same post: set aside, shown as one row.

Moderators decide whether they count after all. Whatever they decide can be undone, as any other decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, select, update
from sqlalchemy.orm import Session, selectinload

from community import outbox
from community.db import db, writing
from community.models import Account, Flag, LogEntry, Post, QueueItem, Vote
from community.moderation import flags, log, queue
from community.moderation.changes import Changes, inverse, revert

PEOPLE = 4  # newcomers of one day who do the same to the same post within a day
LOOKS_BACK = timedelta(days=1)
JOINED_WITHIN = timedelta(days=30)
MOST_READ = 5_000  # votes and flags of newcomers, the newest
URGENCY = 1.0


@dataclass(frozen=True)
class Burst:
    """Rows of votes or flags that belong together."""

    what: str  # votes or flags
    post_id: int
    ids: tuple[int, ...]
    people: tuple[int, ...]
    value: int = 0  # of each vote


def set_bursts_aside(now: datetime | None = None) -> dict[str, int]:
    """Chore: find them and set them aside, each in a transaction of its own."""
    now, session = now or datetime.now(UTC), db.session()
    session.rollback()
    found = bursts(session, now)
    session.rollback()
    for burst in found:
        with writing():
            set_aside(session, burst, now)
            session.commit()
    return {"bursts": len(found)} if found else {}


def bursts(session: Session, now: datetime) -> list[Burst]:
    """Those of the last day that nobody has decided to count after all."""
    found = _grouped("votes", _recent(session, Vote, Vote.voter_id, now)) + _grouped(
        "flags", _recent(session, Flag, Flag.account_id, now)
    )
    kept = select(QueueItem.post_id, QueueItem.reason).where(
        QueueItem.kind == "burst", QueueItem.outcome == "restore", QueueItem.decided_at > now - 2 * LOOKS_BACK
    )
    counted = {(row.post_id, row.reason) for row in session.execute(kept)}
    return [burst for burst in found if (burst.post_id, burst.what) not in counted]


def _recent(session: Session, model: Any, who: Any, now: datetime) -> Sequence[Any]:
    """Rows of newcomers within a day: with the day on which they joined."""
    value = Vote.value if model is Vote else Flag.id * 0
    rows = (
        select(model.id, model.post_id, who.label("account_id"), value.label("value"), Account.created_at)
        .join(Account, Account.id == who)
        .where(
            Account.trust == "newcomer", Account.created_at > now - JOINED_WITHIN, model.created_at > now - LOOKS_BACK
        )
        .order_by(model.id.desc())
        .limit(MOST_READ)
    )
    if model is Flag:
        rows = rows.where(Flag.outcome.is_(None))
    return session.execute(rows).all()


def _grouped(what: str, rows: Sequence[Any]) -> list[Burst]:
    groups: dict[tuple[int, int, date], list[Any]] = {}
    for row in rows:
        groups.setdefault((row.post_id, row.value, row.created_at.astimezone(UTC).date()), []).append(row)
    return [
        Burst(what, post_id, tuple(row.id for row in members), tuple(row.account_id for row in members), value)
        for (post_id, value, _day), members in groups.items()
        if len({row.account_id for row in members}) >= PEOPLE
    ]


def set_aside(session: Session, burst: Burst, now: datetime) -> None:
    """Votes no longer count, flags no longer weigh; the rows of the log and of the queue say which."""
    post = session.get(Post, burst.post_id)
    if post is None:
        return
    details = {"people": list(burst.people), "what": burst.what, "value": burst.value}
    item = queue.open_item(session, "burst", post, burst.what, None, now, URGENCY, details)
    changes = Changes(session, now)
    if burst.what == "votes":
        taken = changes.delete(Vote, cast(Table, Vote.__table__).c.id.in_(burst.ids))
        changes.add(Post, burst.post_id, score=-sum(row["value"] for row in taken))
        outbox.record(session, "vote.cast", burst.post_id, None, now)
    else:
        changes.update(Flag, cast(Table, Flag.__table__).c.id.in_(burst.ids), outcome="set aside")
    log.write(session, "set aside", None, now, item=item, reason=burst.what, changes=changes, details=details)
    if burst.what == "flags":
        _weigh_again(session, burst.post_id, now)


def restore(session: Session, item: QueueItem, changes: Changes) -> None:
    """They count after all: what was set aside for this item comes back."""
    rows = (
        select(LogEntry).where(LogEntry.item_id == item.id, LogEntry.action == "set aside").order_by(LogEntry.id.desc())
    )
    for entry in session.scalars(rows).all():
        back = inverse(entry.changes)
        revert(session, entry.changes, changes.now)
        changes.rows += back
    if item.details.get("what") == "flags":
        _wait_again(session, item, changes)
    else:
        outbox.record(session, "vote.cast", item.post_id or 0, None, changes.now)


def _wait_again(session: Session, item: QueueItem, changes: Changes) -> None:
    """The flags that came back wait for a decision, in an item of their own where the old one left the queue."""
    post, waiting = session.get(Post, item.post_id), _item_for_flags(session, item.post_id, changes.now)
    if post and waiting:
        changes.update(Flag, _undecided(item.post_id), item_id=waiting.id)
        flags.weigh(session, waiting, post, changes.now)


def _item_for_flags(session: Session, post_id: int | None, now: datetime) -> QueueItem | None:
    """The item in which the post's undecided flags wait; None where there are none."""
    post, table = session.get(Post, post_id), cast(Table, Flag.__table__).c
    reason = session.scalar(select(table.reason).where(_undecided(post_id)).order_by(table.id).limit(1))
    return queue.open_item(session, "flag", post, reason, None, now) if post and reason else None


def _undecided(post_id: int | None) -> ColumnElement[bool]:
    table = cast(Table, Flag.__table__).c
    return (table.post_id == post_id) & table.outcome.is_(None)


def settle_undone(session: Session, entry: LogEntry, now: datetime) -> None:
    """After undoing that flags were set aside, or that they count after all: none waits outside the queue, no item is empty."""
    what = entry.details.get("what") or session.get_one(QueueItem, entry.item_id).details.get("what")
    if what == "flags" and entry.post_id:
        if waiting := _item_for_flags(session, entry.post_id, now):
            session.execute(update(Flag).where(_undecided(entry.post_id)).values(item_id=waiting.id))
        _weigh_again(session, entry.post_id, now)


log.FOLLOWS |= {"restore": settle_undone, "set aside": settle_undone}


def _weigh_again(session: Session, post_id: int, now: datetime) -> None:
    waiting = select(QueueItem).where(
        QueueItem.kind == "flag", QueueItem.post_id == post_id, QueueItem.state != "decided"
    )
    item = session.scalar(waiting.options(selectinload(QueueItem.post)))
    if item and item.post:
        flags.weigh(session, item, item.post, now)
