"""Appeals: whoever was sanctioned, or whose post was hidden, may ask once to have it looked at again."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.errors import Conflict, Invalid, NotFound
from community.models import Account, LogEntry, Post, QueueItem, Sanction
from community.moderation import queue
from community.moderation.hiding import mark_of
from community.moderation.sanctions import ACTIONS

LONGEST = 2_000  # characters
HIDING = ("hide", "delete", "autohide")  # actions of the log
URGENCY = 2.0
MOST_WAITING = 200
MOST_HIDINGS = 200  # of the posts of one page


class Appealed(NamedTuple):
    """The decision that an appeal is against: what (as the log calls it), when, by whom, until when."""

    action: str
    at: datetime
    by: str | None
    until: datetime | None = None


def against_sanction(session: Session, account: Account, sanction_id: int, text: str, now: datetime) -> QueueItem:
    """Ask for another look, once a sanction. Raises Invalid, NotFound, Conflict."""
    text = checked(text)
    mine = session.scalar(
        select(Sanction).where(Sanction.id == sanction_id, Sanction.account_id == account.id).with_for_update()
    )
    if mine is None or mine.lifted_at or mine.ends_at <= now:
        raise NotFound
    if mine.appealed_at:
        raise Conflict(_("You appealed already; once is all."))
    mine.appealed_at = now
    session.flush()
    details = {"text": text, "sanction_id": mine.id, "kind": mine.kind}
    return queue.open_item(session, "appeal", account, mine.reason, account, now, URGENCY, details, is_new=True)


def of_post(session: Session, account: Account, post_id: int, text: str, now: datetime) -> QueueItem:
    """Ask for another look at one's own post, once each time that it was hidden. Raises Invalid, NotFound, Conflict."""
    text = checked(text)
    post = session.scalar(select(Post).where(Post.id == post_id, Post.author_id == account.id).with_for_update())
    if post is None or mark_of(post) not in ("hidden", "deleted"):
        raise NotFound
    hidden = last_hidings(session, [post_id]).get(post_id)
    if hidden is None or post_id not in appealable(session, account, [post_id]):
        raise Conflict(_("You appealed already, or a moderator will look at it anyway."))
    details = {"text": text, "kind": "post"}
    return queue.open_item(session, "appeal", post, hidden.reason, account, now, URGENCY, details)


def appealable(session: Session, account: Account, post_ids: Collection[int]) -> set[int]:
    """Which of these posts of the account are hidden or deleted by moderation and may be appealed."""
    own = select(Post).where(
        Post.id.in_(post_ids), Post.author_id == account.id, Post.hidden_as.in_(("hidden", "deleted"))
    )
    posts = {post.id for post in session.scalars(own) if mark_of(post)}
    hidings = last_hidings(session, posts)
    items = select(QueueItem.post_id, QueueItem.kind, QueueItem.state, QueueItem.opened_at).where(
        QueueItem.post_id.in_(posts), QueueItem.kind.in_(("appeal", "flag"))
    )
    spent = {
        row.post_id for row in session.execute(items)
        if row.state != "decided" or (row.kind == "appeal" and row.opened_at >= hidings[row.post_id].at)
    }  # fmt: skip
    return set(hidings) - spent


def waiting(session: Session, account: Account) -> set[int]:
    """The posts whose appeals nobody has decided yet."""
    rows = select(QueueItem.post_id).where(
        QueueItem.account_id == account.id, QueueItem.kind == "appeal", QueueItem.state != "decided",
        QueueItem.post_id.is_not(None),
    )  # fmt: skip
    return {key for key in session.scalars(rows.limit(MOST_WAITING)) if key is not None}


def last_hidings(session: Session, post_ids: Collection[int]) -> dict[int, LogEntry]:
    """Post id -> the latest entry that hid it."""
    latest = (
        select(func.max(LogEntry.id))
        .where(LogEntry.post_id.in_(post_ids), LogEntry.action.in_(HIDING))
        .group_by(LogEntry.post_id)
    )
    rows = session.scalars(select(LogEntry).where(LogEntry.id.in_(latest)))
    return {row.post_id: row for row in rows if row.post_id is not None}


def appealed(session: Session, items: Collection[QueueItem]) -> dict[int, Appealed]:
    """Item's id -> what it is against, for the appeals among these; two statements, if there are any."""
    mine = [item for item in items if item.kind == "appeal"]
    if not mine:
        return {}
    by_sanction = _sanctions(session, {item.details.get("sanction_id", 0) for item in mine if item.post_id is None})
    found = {item.id: by_sanction.get(item.details.get("sanction_id", 0)) for item in mine if item.post_id is None}
    for entry, name in _hidings(session, {item.post_id for item in mine if item.post_id}):
        against = Appealed(entry.action, entry.at, name)
        found |= {item.id: against for item in mine if item.post_id == entry.post_id and entry.at <= item.opened_at}
    return {key: one for key, one in found.items() if one}


def _sanctions(session: Session, ids: Collection[int]) -> dict[int, Appealed]:
    rows = select(Sanction, Account.name).outerjoin(Account, Account.id == Sanction.by_id).where(Sanction.id.in_(ids))
    return {
        one.id: Appealed(ACTIONS[one.kind], one.begins_at, name, one.ends_at) for one, name in session.execute(rows)
    }


def _hidings(session: Session, post_ids: Collection[int | None]) -> list[tuple[LogEntry, str | None]]:
    """What hid these posts and by whom, the latest last."""
    rows = (
        select(LogEntry, Account.name)
        .outerjoin(Account, Account.id == LogEntry.actor_id)
        .where(LogEntry.post_id.in_(post_ids), LogEntry.action.in_(HIDING))
        .order_by(LogEntry.id.desc())
        .limit(MOST_HIDINGS)
    )
    return [(entry, name) for entry, name in session.execute(rows)][::-1]


def checked(text: str) -> str:
    """Raises Invalid."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise Invalid(_("Say in up to %(most)s characters why.", most=LONGEST))
    return text
