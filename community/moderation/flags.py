"""Flags: one a person and post, weighed by trust and record. Enough weight of several people hides a post at once.

One ordinary person's word never does, however good their record; a moderator's does.
"""

from collections import defaultdict
from datetime import UTC, datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, selectinload

from community.errors import Conflict, Invalid, NotAllowed, NotFound
from community.inserting import insert_missing
from community.models import FLAGS, Account, Flag, LogEntry, Post, QueueItem
from community.moderation import log, queue
from community.moderation.changes import Changes
from community.moderation.hiding import is_gone, mark_of
from community.trust import require_voice

WEIGHTS = {"newcomer": 0.5, "member": 1.0, "regular": 1.5, "leader": 2.0}  # with no record yet
STAFF = 3.0
URGENT = {"abuse": 1.0, "private data": 2.0}  # what harms while it waits stands higher in the queue
PEOPLE = 2  # ordinary people whose flags hide a post, at the least
LONGEST_TEXT = 500  # characters
OF_BURSTS = ("set aside", "restore", "discard")  # actions of the log that say nothing of whether the post is seen


def flag(session: Session, post: Post, reason: str, text: str, by: Account, now: datetime) -> Flag:
    """Say that something is wrong with a post. Raises Invalid, NotAllowed for one's own, Conflict for a second time."""
    text = text.strip()
    if reason not in FLAGS:
        raise Invalid(_("Choose what is wrong with it."))
    if reason == "other" and not text:
        raise Invalid(_("Say in a few words what is wrong."))
    if len(text) > LONGEST_TEXT:
        raise Invalid(_("The text is longer than %(most)s characters.", most=LONGEST_TEXT))
    if post.author_id == by.id:
        raise NotAllowed(_("Nobody flags their own posts. You can edit or delete it."))
    require_voice(by, now)
    item = queue.open_item(session, "flag", post, reason, by, now)
    row = {
        "account_id": by.id, "post_id": post.id, "item_id": item.id, "reason": reason, "text": text,
        "weight": weight(session, by), "created_at": now,
    }  # fmt: skip
    new = insert_missing(session, Flag, [row], Flag.id)
    if not new:
        raise Conflict(_("You flagged it already."))
    weigh(session, item, post, now)
    return session.get_one(Flag, new[0].id)


def withdraw(session: Session, post_id: int, by: Account, now: datetime) -> None:
    """Take one's flag back while it waits. Raises NotFound, or Conflict when it was decided."""
    mine = session.scalar(select(Flag).where(Flag.post_id == post_id, Flag.account_id == by.id))
    if mine is None:
        raise NotFound
    if mine.outcome or mine.item_id is None:
        raise Conflict(_("It was decided already."))
    item = session.get_one(QueueItem, mine.item_id, with_for_update=True)
    session.execute(delete(Flag).where(Flag.id == mine.id))
    post = session.get_one(Post, post_id)
    weigh(session, item, post, now)


def weight(session: Session, by: Account) -> float:
    """By trust, times 0 to 2 by how often earlier flags were upheld; 1 without a record."""
    rows = select(Flag.outcome, func.count()).where(Flag.account_id == by.id).group_by(Flag.outcome)
    record = dict(session.execute(rows).tuples().all())
    upheld, rejected = record.get("upheld", 0), record.get("rejected", 0)
    base = STAFF if by.is_staff else WEIGHTS[by.trust]
    return round(base * 2 * (upheld + 1) / (upheld + rejected + 2), 3)  # the mean of a Beta(1, 1) prior, doubled


def weigh(session: Session, item: QueueItem, post: Post, now: datetime) -> None:
    """Set the item's place in the queue by the flags that wait, and hide or show the post as they weigh now."""
    waiting = list(
        session.scalars(
            select(Flag).where(Flag.item_id == item.id, Flag.outcome.is_(None)).options(selectinload(Flag.account))
        )
    )
    by_reason: dict[str, float] = defaultdict(float)
    for one in waiting:
        by_reason[one.reason] += one.weight
    urgent = max((URGENT.get(reason, 0.0) for reason in by_reason), default=0.0)
    item.score = round(sum(by_reason.values()) + urgent + item.details.get("score", 0.0), 3)
    item.reason = max(by_reason, key=lambda reason: by_reason[reason], default=item.reason)
    session.flush()
    session.refresh(post)  # another may have hidden it meanwhile: the item's row was the queue
    if is_enough(waiting):
        _hide(session, item, post, now)
    else:
        _show(session, item, post, now)
    if not waiting and "signals" not in item.details:  # else the rules ask too
        queue.withdraw(session, item, now)


def is_enough(waiting: list[Flag]) -> bool:
    """Whether the flags hide the post before anybody has looked: weight enough, of several people or a moderator."""
    people: dict[object, float] = {}
    for one in waiting:
        people[who_is(one.account)] = max(people.get(who_is(one.account), 0.0), one.weight)
    has_staff = any(one.account.is_staff for one in waiting)
    return (has_staff or len(people) >= PEOPLE) and sum(people.values()) >= current_app.config["FLAG_HIDE_WEIGHT"]


def who_is(account: Account) -> object:
    """The accounts of a customer are one person; so, for all we know, are newcomers who joined on the same day."""
    if account.trust == "newcomer" and not account.is_staff:
        return f"newcomers of {account.created_at.astimezone(UTC).date()}"
    return account.customer_id or f"account {account.id}"


def _hide(session: Session, item: QueueItem, post: Post, now: datetime) -> None:
    author = session.get(Account, post.author_id) if post.author_id else None
    if is_gone(post) or mark_of(post) or (author and author.is_staff):
        return
    changes = Changes(session, now)
    changes.mark(post, "hidden")
    log.write(session, "autohide", None, now, item=item, reason=item.reason, changes=changes, tells=True)


def _show(session: Session, item: QueueItem, post: Post, now: datetime) -> None:
    """What only their weight had hidden comes back when they are withdrawn."""
    if is_gone(post) or mark_of(post) != "hidden":
        return
    last = session.scalar(
        select(LogEntry.action)
        .where(LogEntry.post_id == post.id, LogEntry.action.not_in((*log.ONLY_NOTED, *OF_BURSTS)))
        .order_by(LogEntry.id.desc())
        .limit(1)
    )
    if last == "autohide":
        changes = Changes(session, now)
        changes.mark(post, None)
        log.write(session, "autoshow", None, now, item=item, changes=changes, tells=True)
