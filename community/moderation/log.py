"""The log: every transition of the queue and every decision is one row, for ever; undoing one is one more."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from community import outbox
from community.counting import count_answers
from community.errors import Conflict, NotAllowed
from community.models import Account, LogEntry, Post, QueueItem
from community.moderation.changes import Changes, revert
from community.moderation.hiding import mark_of

UNDONE_WITHIN = timedelta(days=30)
MOST_LATER = 200
ONLY_NOTED = ("open", "claim", "release", "undo")  # transitions that change nothing but who looks at it
FOLLOWS: dict[str, Callable[[Session, LogEntry, datetime], None]] = {}  # action -> what follows when it was undone


def write(
    session: Session, action: str, by: Account | None, now: datetime, *, item: QueueItem | None = None,
    post: Post | None = None, account_id: int | None = None, reason: str = "", note: str = "",
    details: dict[str, Any] | None = None, changes: Changes | None = None, tells: bool = False,
) -> LogEntry:  # fmt: skip
    """A new row; with `tells`, whom it concerns hears of it. Nobody (`by`) means that the rules did it."""
    entry = LogEntry(
        action=action, item_id=item.id if item else None, post_id=post.id if post else item.post_id if item else None,
        account_id=account_id or (post.author_id if post else item.account_id if item else None),
        actor_id=by.id if by else None, is_automatic=by is None, at=now, reason=reason, note=note,
        details=details or {}, changes=changes.rows if changes else [],
    )  # fmt: skip
    session.add(entry)
    session.flush()
    if tells:
        outbox.record(session, "entry.written", entry.id, by, now)
    return entry


def undo(session: Session, entry: LogEntry, by: Account, now: datetime) -> LogEntry:
    """Bring back exactly what it changed. Raises Conflict when that is not possible any more, NotAllowed for one's own."""
    if entry.account_id == by.id:
        raise NotAllowed(_("Somebody else decides about what is yours."))
    if reason := why_not(session, entry, now):
        raise Conflict(reason)
    was = _mark(session, entry.post_id)
    undoing = LogEntry(
        action="undo", item_id=entry.item_id, post_id=entry.post_id, account_id=entry.account_id, actor_id=by.id,
        at=now, details={"action": entry.action}, undoes_id=entry.id, changes=[],
    )  # fmt: skip
    session.add(undoing)
    session.flush()  # a second at the same moment breaks the unique constraint here, before anything is changed
    revert(session, entry.changes, now)
    if follows := FOLLOWS.get(entry.action):
        follows(session, entry, now)
    for question_id in sorted(counting_anew(session, entry)):
        recount(session, question_id, now)
    if was != _mark(session, entry.post_id) or entry.action in TOLD:
        outbox.record(session, "entry.written", undoing.id, by, now)
    return undoing


def counting_anew(session: Session, entry: LogEntry) -> set[int]:
    """The questions whose answers it moved, and the one that the post stands below by now: that may have been merged."""
    questions = set(entry.details.get("questions", ()))
    there = session.scalar(select(Post.__table__.c.question_id).where(Post.id == entry.post_id)) if questions else None
    return questions | ({there} if there else set())


def recount(session: Session, question_id: int, now: datetime) -> None:
    """Answers came or went: the question counts them again, and search, related questions and reputation follow."""
    count_answers(session, question_id)
    if session.scalar(select(Post.id).where(Post.id == question_id)):
        outbox.record(session, "question.shown", question_id, None, now)


TOLD = (
    "silence",
    "suspend",
    "lift",
    "merge",
    "split",
    "to answer",
    "move",
    "close",
)  # whose undoing the person hears of too


def why_not(session: Session, entry: LogEntry, now: datetime) -> str | None:
    """Why it cannot be undone; None when it can."""
    if not entry.changes or entry.action in ONLY_NOTED:
        return str(_("There is nothing to take back."))
    if entry.at < now - UNDONE_WITHIN:
        return str(_("Decisions can be undone for 30 days."))
    if session.scalar(select(LogEntry.id).where(LogEntry.undoes_id == entry.id)):
        return str(_("It was undone already."))
    if another_waits(session, entry):
        return str(_("The same waits in the queue again. Decide about that."))
    later = standing_later(session, entry)
    if later:
        return str(_("Something later hangs on it. Undo that first."))
    return None


def another_waits(session: Session, entry: LogEntry) -> bool:
    """Whether its item cannot wait again, since another of its kind about the same post does."""
    item = session.get(QueueItem, entry.item_id) if entry.item_id else None
    if item is None or item.post_id is None or item.state != "decided":
        return False
    waiting = select(QueueItem.id).where(
        QueueItem.kind == item.kind, QueueItem.post_id == item.post_id, QueueItem.state != "decided"
    )
    return session.scalar(waiting.limit(1)) is not None


def standing_later(session: Session, entry: LogEntry) -> list[int]:
    """Entries after this one, about the same post, item or sanction, that stand and could be undone themselves."""
    same = [LogEntry.item_id == entry.item_id] if entry.item_id else []
    same += [LogEntry.post_id == entry.post_id] if entry.post_id else []
    if not same and entry.account_id:
        same = [(LogEntry.account_id == entry.account_id) & LogEntry.post_id.is_(None)]
    if entry.action.endswith(
        " reason"
    ):  # each is a row by itself; whether it was changed since shows when it is reverted
        return []
    if not same:
        same = [LogEntry.action == entry.action]  # tags: one merge may stand on another
    undone = select(LogEntry.undoes_id).where(LogEntry.undoes_id.is_not(None))
    rows = select(LogEntry.id, LogEntry.changes).where(
        LogEntry.id > entry.id, or_(*same), LogEntry.action.not_in(ONLY_NOTED), LogEntry.id.not_in(undone)
    )
    return [row.id for row in session.execute(rows.limit(MOST_LATER)) if row.changes]


def _mark(session: Session, post_id: int | None) -> str | None:
    post = session.get(Post, post_id, populate_existing=True) if post_id else None
    return mark_of(post) if post else None
