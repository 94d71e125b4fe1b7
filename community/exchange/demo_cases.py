"""What agents of the demo did with its complaints: priorities, labels, notes, clocks, ratings, canned replies."""

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from community import clocks, verbatims
from community.models import (
    Account,
    CannedReply,
    Complaint,
    ComplaintChange,
    ComplaintLabel,
    Customer,
    Message,
    Note,
    Rating,
)

FILE = Path(__file__).parent / "demo" / "cases.json"

Row = dict[str, Any]
People = dict[str, Account]


def extras() -> Row:
    """By the complaint's external id what was done with it, and the canned replies."""
    rows: Row = json.loads(FILE.read_text(encoding="utf-8"))
    return rows


def canned_replies(session: Session, rows: list[Row], now: datetime) -> Counter[str]:
    """Those whose name is not there yet."""
    known = set(session.scalars(select(CannedReply.name)))
    fresh = [CannedReply(**row, changed_at=now) for row in rows if row["name"] not in known]
    session.add_all(fresh)
    session.flush()
    return Counter({"canned replies": len(fresh)} if fresh else {})


def work_on(session: Session, complaint: Complaint, done: Row, people: People, now: datetime) -> None:
    """The case as its agents left it, its clock as of the last word."""
    messages = list(session.scalars(select(Message).where(Message.complaint_id == complaint.id).order_by(Message.id)))
    replies = [message.created_at for message in messages if not message.from_customer]
    last = max([message.created_at for message in messages] or [complaint.created_at])
    complaint.status = done.get("status", complaint.status)
    complaint.priority = done.get("priority", "normal")
    complaint.first_replied_at = min(replies, default=None)
    if complaint.status in ("open", "reopened"):
        complaint.resolved_at = None
    complaint.reopened_count = int(complaint.status == "reopened")
    complaint.changed_at = complaint.resolved_at or last
    if "snoozed_hours" in done:
        complaint.snoozed_until = now + timedelta(hours=done["snoozed_hours"])
    if "assignee" in done:
        complaint.assignee_id = people[done["assignee"]].id
    clocks.keep_clock(complaint, session.get_one(Customer, complaint.customer_id).value, complaint.changed_at)
    session.add_all(ComplaintLabel(complaint_id=complaint.id, name=name) for name in done.get("labels", ()))
    if "note" in done:
        by = people["aino"].id
        session.add(Note(complaint_id=complaint.id, author_id=by, body=done["note"], created_at=last))
    if "rating" in done:
        rate(session, complaint, done, now)
    note_state(session, complaint)


def note_state(session: Session, complaint: Complaint) -> None:
    """The log begins with where the demo leaves the case."""
    session.flush()
    after = {"status": complaint.status, "priority": complaint.priority, "assignee_id": complaint.assignee_id}
    session.add(
        ComplaintChange(
            complaint_id=complaint.id, kind="opened", at=complaint.created_at, version=complaint.version, before={},
            after=after,
        )
    )  # fmt: skip


def rate(session: Session, complaint: Complaint, done: Row, now: datetime) -> None:
    asked_at = complaint.resolved_at or now
    rated_at = min(asked_at + timedelta(hours=5), now)
    rating = Rating(complaint_id=complaint.id, asked_at=asked_at, score=done["rating"], rated_at=rated_at)
    session.add(rating)
    if "sentence" in done:
        said = Message(
            complaint_id=complaint.id, from_customer=True, kind="rating", body=done["sentence"], created_at=rated_at
        )
        session.add(said)
        session.flush()
        verbatims.of_message(session, complaint, said, now)
        rating.message_id = said.id
