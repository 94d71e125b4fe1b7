"""The queue's state machine: open, claimed, decided. Every transition is one conditional UPDATE and one row of the log.

The state and the version stand in the WHERE: of two people who decide at the same moment one changes the row, and the
other is told who it was.
"""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from community.errors import Conflict
from community.inserting import insert_missing
from community.models import Account, Complaint, Post, QueueItem
from community.moderation import log
from community.moderation.reasons import outcome_name
from community.web.languages import ago

CLAIM = timedelta(minutes=10)
LONGEST_NOTE = 1_000  # characters
STATE = ("state", "claimed_by_id", "claimed_until", "decided_by_id", "decided_at", "outcome")
OPEN: dict[str, Any] = dict.fromkeys(STATE) | {"state": "open"}


def open_item(
    session: Session, kind: str, target: Post | Account | Complaint, reason: str, by: Account | None, now: datetime,
    score: float = 0.0, details: dict[str, Any] | None = None, *, is_new: bool = False,
) -> QueueItem:  # fmt: skip
    """The item of this kind that waits about the target, made where there is none; locked. The caller commits.

    `is_new`: always one of its own, where a person may have several.
    """
    row = {
        "kind": kind, "reason": reason, "score": score, "details": details or {}, "opened_at": now, "state": "open",
        "version": 1, **_target(target),
    }  # fmt: skip
    found = None if is_new else _waiting_about(session, kind, row)
    if found is None and (new := insert_missing(session, QueueItem, [row], QueueItem.id)):
        found = session.get_one(QueueItem, new[0].id)
        log.write(session, "open", by, now, item=found, reason=reason)
    found = found or _waiting_about(session, kind, row)  # another was faster
    if found is None:
        raise Conflict
    return found


def _target(target: Post | Account | Complaint) -> dict[str, int | None]:
    if isinstance(target, Post):
        return {"post_id": target.id, "account_id": target.author_id}
    return {"account_id": target.id} if isinstance(target, Account) else {"complaint_id": target.id}


def _waiting_about(session: Session, kind: str, row: dict[str, Any]) -> QueueItem | None:
    about = [
        getattr(QueueItem, name) == row[name] for name in ("post_id", "complaint_id", "account_id") if row.get(name)
    ]
    return session.scalar(
        select(QueueItem)
        .where(QueueItem.kind == kind, *about[:1], QueueItem.state != "decided")
        .order_by(QueueItem.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def claim(session: Session, item: QueueItem, by: Account, now: datetime) -> None:
    """Look at it alone for ten minutes, or for ten more. Raises Conflict, saying who was faster."""
    is_renewal = item.state == "claimed" and item.claimed_by_id == by.id
    move(session, item, by, now, OPEN | {"state": "claimed", "claimed_by_id": by.id, "claimed_until": now + CLAIM})
    if not is_renewal:
        log.write(session, "claim", by, now, item=item)


def release(session: Session, item: QueueItem, by: Account, now: datetime) -> None:
    """Leave it to others. Raises Conflict unless it is claimed by this person."""
    if item.state != "claimed" or item.claimed_by_id != by.id:
        raise Conflict(_("You do not hold it."))
    move(session, item, by, now, OPEN)
    log.write(session, "release", by, now, item=item)


def withdraw(session: Session, item: QueueItem, now: datetime) -> None:
    """Nobody flags it any more: it leaves the queue by itself, unless somebody is looking at it."""
    if item.state == "open":
        values = OPEN | {"state": "decided", "decided_at": now, "outcome": "withdrawn"}
        move(session, item, None, now, values)
        log.write(session, "withdrawn", None, now, item=item)


def is_free(by: Account | None, now: datetime) -> ColumnElement[bool]:
    """Whether this person may take it: open, claimed by them, or claimed for too long."""
    mine = QueueItem.claimed_by_id == (by.id if by else 0)
    return or_(QueueItem.state == "open", and_(QueueItem.state == "claimed", or_(mine, QueueItem.claimed_until <= now)))


def move(
    session: Session, item: QueueItem, by: Account | None, now: datetime, values: dict[str, Any]
) -> dict[str, Any]:
    """Set the state if the row is as it was read and free; how it was before. Raises Conflict."""
    before = {name: getattr(item, name) for name in STATE}
    moved = session.execute(
        update(QueueItem)
        .where(QueueItem.id == item.id, QueueItem.version == item.version, is_free(by, now))
        .values(**values, version=QueueItem.version + 1)
        .returning(QueueItem.id)
        .execution_options(synchronize_session=False)
    ).first()
    session.refresh(item)
    if moved is None:
        raise Conflict(who_was_faster(session, item))
    return before


def who_was_faster(session: Session, item: QueueItem) -> str:
    """Who decided it and how, or who is looking at it now."""
    person = session.get(Account, item.decided_by_id or item.claimed_by_id or 0)
    who = person.name if person else _("Somebody")
    if item.state == "decided":
        when = ago(item.decided_at).striptags()
        return str(_("%(who)s decided it %(when)s: %(how)s.", who=who, when=when, how=outcome_name(item.outcome)))
    if item.state == "claimed":
        return str(_("%(who)s is looking at it. It is free again ten minutes after their last work on it.", who=who))
    return str(_("It was changed in the meantime. Look again."))
