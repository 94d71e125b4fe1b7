"""Tells customers under the bell that the company answered their complaint, once each turn. A reaction.

The mail of it is the conversation's own (`community/complaints/sending.py`), so none is queued here.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.db import writing
from community.inserting import insert_missing
from community.models import Account, Complaint, Event, Message, Notification

MOST = 10  # accounts of one customer


def tell_of_turns(session: Session, events: Sequence[Event]) -> None:
    """Events of turns that can no longer be taken back; what was taken back is gone, and told to nobody."""
    for event in events:
        session.rollback()
        now = datetime.now(UTC)
        rows = told_of(session, event.details.get("message", 0), now)
        session.rollback()
        if rows:
            with writing():
                there = session.scalar(select(Message.id).where(Message.id == rows[0]["message_id"]))
                insert_missing(session, Notification, rows if there else [], Notification.id)
                session.commit()


def told_of(session: Session, message_id: int, now: datetime) -> list[dict[str, Any]]:
    """The notifications of a turn of the company: for the accounts of the complaint's customer."""
    message = session.get(Message, message_id)
    if message is None or message.from_customer:
        return []
    complaint = session.get_one(Complaint, message.complaint_id)
    theirs = select(Account.id).where(Account.customer_id == complaint.customer_id, Account.active)
    return [
        {
            "account_id": account_id, "kind": "complaint", "message_id": message.id, "actor_id": message.author_id,
            "details": {"complaint_id": complaint.id, "title": complaint.subject}, "created_at": now, "mailed_at": now,
        }
        for account_id in session.scalars(theirs.order_by(Account.id).limit(MOST))
    ]  # fmt: skip
