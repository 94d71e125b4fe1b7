"""Reads of the queue and of the log: pages by key, each in a constant number of statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, literal_column, or_, select, tuple_
from sqlalchemy.orm import Session, selectinload

from community.errors import NotFound
from community.models import ITEMS, Account, Flag, LogEntry, Post, Question, QueueItem, Sanction
from community.web.urls import number_key, page_key

PAGE = 20
MOST_COUNTED = 99
MOST_FLAGS = 100  # of one item
MOST_ENTRIES = 100  # of one item
STATES = ("waiting", "mine", "decided")
PUBLIC = (
    "hide", "delete", "reject", "publish", "autohide", "autoshow", "undo", "silence", "suspend", "lift", "grant",
    "refuse", "close", "reopen", "lock", "unlock", "pin", "unpin", "merge", "retag", "merge tags", "split", "to answer", "move",
    "discard", "restore", "set aside", "remove words",
)  # fmt: skip


@dataclass
class Page:
    """One page of the queue: items, the questions that their posts belong to, and what they were flagged for."""

    rows: list[QueueItem]
    next_key: str | None
    titles: dict[int, str] = field(default_factory=dict)  # question's id -> title
    flags: dict[int, list[tuple[str, int]]] = field(default_factory=dict)  # item's id -> reasons, how often each


@dataclass
class LogPage:
    """One page of a log, and the entries of it that were undone."""

    rows: list[LogEntry]
    next_key: str | None = None
    undone: set[int] = field(default_factory=set)


def waiting() -> ColumnElement[bool]:
    """Literally: with a bound value no partial index is used."""
    return QueueItem.state != literal_column("'decided'")


def waiting_count(session: Session) -> str:
    """How many wait: "" for none, "7", or "99+"; looks at a hundred rows at most."""
    rows = select(QueueItem.id).where(waiting()).limit(MOST_COUNTED + 1).subquery()
    count = session.scalar(select(func.count()).select_from(rows)) or 0
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")


def counts(session: Session) -> dict[str, int]:
    """How many of each kind wait."""
    rows = select(QueueItem.kind, func.count()).where(waiting()).group_by(QueueItem.kind)
    return dict(session.execute(rows).tuples().all())


def listed(
    session: Session, state: str, kind: str | None, reader: Account, now: datetime, after: tuple[Any, int] | None = None
) -> Page:
    """One page: what waits, the most urgent first; what the reader holds; or what was decided, the latest first.

    Raises NotFound for a state or kind that there is not.
    """
    if state not in STATES or (kind is not None and kind not in ITEMS):
        raise NotFound
    column: Any = QueueItem.decided_at if state == "decided" else QueueItem.score
    rows = select(QueueItem).options(
        selectinload(QueueItem.post).selectinload(Post.author), selectinload(QueueItem.account),
        selectinload(QueueItem.claimed_by), selectinload(QueueItem.decided_by), selectinload(QueueItem.complaint),
    )  # fmt: skip
    rows = rows.where(QueueItem.state == "decided" if state == "decided" else waiting())
    if state == "mine":
        rows = rows.where(QueueItem.claimed_by_id == reader.id, QueueItem.claimed_until > now)
    if kind:
        rows = rows.where(QueueItem.kind == kind)
    if after:
        rows = rows.where(tuple_(column, QueueItem.id) < tuple_(literal(after[0], column.type), literal(after[1])))
    found = list(session.scalars(rows.order_by(column.desc(), QueueItem.id.desc()).limit(PAGE + 1)))
    page = Page(found[:PAGE], _key(found[PAGE - 1], state) if len(found) > PAGE else None)
    page.titles = titles(session, [row.post for row in page.rows if row.post])
    page.flags = flag_counts(session, [row.id for row in page.rows])
    return page


def _key(item: QueueItem, state: str) -> str:
    if state == "decided" and item.decided_at:
        return page_key(item.decided_at, item.id)
    return number_key(item.score, item.id)


def titles(session: Session, posts: Sequence[Post]) -> dict[int, str]:
    """By question: what the questions of these posts are called."""
    ids = {post.question_id or post.id for post in posts}
    rows = select(Question.id, Question.title).where(Question.id.in_(ids))
    return {key: title or "" for key, title in session.execute(rows)}


def flag_counts(session: Session, item_ids: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    rows = (
        select(Flag.item_id, Flag.reason, func.count())
        .where(Flag.item_id.in_(item_ids))
        .group_by(Flag.item_id, Flag.reason)
        .order_by(func.count().desc(), Flag.reason)
    )
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for item_id, reason, count in session.execute(rows):
        found[item_id].append((reason, count))
    return found


def item(session: Session, item_id: int) -> QueueItem:
    """With all that its page shows. Raises NotFound."""
    found = session.scalar(
        select(QueueItem)
        .where(QueueItem.id == item_id)
        .options(
            selectinload(QueueItem.post).selectinload(Post.author), selectinload(QueueItem.account),
            selectinload(QueueItem.claimed_by), selectinload(QueueItem.decided_by), selectinload(QueueItem.complaint),
        )
    )  # fmt: skip
    if found is None:
        raise NotFound
    return found


def people_of(session: Session, about: QueueItem) -> list[Account]:
    """Who made the burst that the item is about; nobody for any other."""
    ids = about.details.get("people", [])
    return list(session.scalars(select(Account).where(Account.id.in_(ids)).order_by(Account.id))) if ids else []


def latest_about(session: Session, post_id: int) -> int:
    """Id of the newest item about a post. Raises NotFound."""
    found = session.scalar(
        select(QueueItem.id).where(QueueItem.post_id == post_id).order_by(QueueItem.id.desc()).limit(1)
    )
    if found is None:
        raise NotFound
    return found


def flags_of(session: Session, item_id: int) -> list[Flag]:
    rows = select(Flag).where(Flag.item_id == item_id).options(selectinload(Flag.account)).order_by(Flag.id)
    return list(session.scalars(rows.limit(MOST_FLAGS)))


def own_flag(session: Session, post_id: int, reader: Account) -> Flag | None:
    return session.scalar(select(Flag).where(Flag.post_id == post_id, Flag.account_id == reader.id))


def entries_of(session: Session, about: QueueItem) -> LogPage:
    """What happened to an item and to its post, the latest first."""
    same = [LogEntry.item_id == about.id] + ([LogEntry.post_id == about.post_id] if about.post_id else [])
    rows = select(LogEntry).where(or_(*same)).options(selectinload(LogEntry.actor)).order_by(LogEntry.id.desc())
    found = list(session.scalars(rows.limit(MOST_ENTRIES)))
    return LogPage(found, undone=_undone(session, found))


def record_of(session: Session, account_id: int | None) -> dict[str, int]:
    """How often decisions went against this person's posts, and how often they were sanctioned."""
    if account_id is None:
        return {}
    undone = select(LogEntry.undoes_id).where(LogEntry.undoes_id.is_not(None))
    rows = (
        select(LogEntry.action, func.count())
        .where(LogEntry.account_id == account_id, LogEntry.action.in_(("hide", "delete", "silence", "suspend")))
        .where(LogEntry.id.not_in(undone))
        .group_by(LogEntry.action)
    )
    return dict(session.execute(rows).tuples().all())


def public_log(session: Session, after: tuple[datetime, int] | None = None, only: str | None = None) -> LogPage:
    """What was decided, for everybody: nobody's texts and notes, and not who flagged."""
    rows = select(LogEntry).where(LogEntry.action.in_([only] if only in PUBLIC else PUBLIC))
    rows = rows.options(selectinload(LogEntry.actor), selectinload(LogEntry.post))
    if after:
        bound = tuple_(literal(after[0], LogEntry.at.type), literal(after[1]))
        rows = rows.where(tuple_(LogEntry.at, LogEntry.id) < bound)
    found = list(session.scalars(rows.order_by(LogEntry.at.desc(), LogEntry.id.desc()).limit(PAGE + 1)))
    more = found[PAGE - 1] if len(found) > PAGE else None
    page = found[:PAGE]
    return LogPage(page, page_key(more.at, more.id) if more else None, _undone(session, page))


def _undone(session: Session, entries: Sequence[LogEntry]) -> set[int]:
    ids = [entry.id for entry in entries]
    return {key for key in session.scalars(select(LogEntry.undoes_id).where(LogEntry.undoes_id.in_(ids))) if key}


def entry(session: Session, entry_id: int) -> LogEntry:
    """Raises NotFound."""
    found = session.get(LogEntry, entry_id)
    if found is None:
        raise NotFound
    return found


def decisions_about(session: Session, account: Account) -> LogPage:
    """What moderators decided about this person and their posts, the latest first."""
    rows = (
        select(LogEntry)
        .where(LogEntry.account_id == account.id, LogEntry.action.in_(PUBLIC), LogEntry.action != "reject")
        .options(selectinload(LogEntry.post))
        .order_by(LogEntry.id.desc())
        .limit(MOST_ENTRIES)
    )
    found = list(session.scalars(rows))
    return LogPage(found, undone=_undone(session, found))


def all_about(session: Session, account: Account) -> LogPage:
    """All entries about this person, for moderators."""
    rows = select(LogEntry).where(LogEntry.account_id == account.id).options(selectinload(LogEntry.actor))
    found = list(session.scalars(rows.order_by(LogEntry.id.desc()).limit(MOST_ENTRIES)))
    return LogPage(found, undone=_undone(session, found))


def own_flags(session: Session, account: Account) -> list[Flag]:
    """What this person flagged, the latest first."""
    rows = select(Flag).where(Flag.account_id == account.id).order_by(Flag.id.desc())
    return list(session.scalars(rows.limit(MOST_ENTRIES)))


def sanctions_of(session: Session, account: Account) -> list[Sanction]:
    rows = select(Sanction).where(Sanction.account_id == account.id).order_by(Sanction.id.desc())
    return list(session.scalars(rows.limit(MOST_ENTRIES)))
