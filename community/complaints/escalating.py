"""An agent hands a case to the moderators: it becomes an item of their queue, once while it waits there."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Invalid
from community.models import Account, Complaint, QueueItem
from community.moderation import queue

LONGEST_REASON = 1_000  # characters
URGENCY = 2.0  # as much as two members' flags


def latest(session: Session, complaint: Complaint) -> QueueItem | None:
    """What became of it: the item that waits, or that was decided last."""
    rows = select(QueueItem).where(QueueItem.kind == "escalation", QueueItem.complaint_id == complaint.id)
    return session.scalar(rows.order_by(QueueItem.id.desc()).limit(1))


def escalate(session: Session, complaint: Complaint, reason: str, by: Account, now: datetime) -> QueueItem:
    """The item that waits about the case. Raises Invalid when nothing is said. The caller asks who may, and commits."""
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(_("Say in up to %(most)s characters why.", most=LONGEST_REASON))
    return queue.open_item(session, "escalation", complaint, "other", by, now, URGENCY, {"text": reason})
