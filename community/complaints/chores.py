"""What the worker does for cases by the clock: due times of those that were imported, the end of those that stay resolved."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import select

from community import clocks, outbox, verbatims
from community.complaints import rating
from community.complaints.changing import changing
from community.db import db, writing
from community.models import UNRESOLVED, Complaint, Customer, Message

A_UNIT = 50  # cases of one transaction
MOST = 1_000  # a run


def tend(now: datetime | None = None) -> dict[str, int]:
    """How many clocks were set, cases closed, and customers asked how it went."""
    now = now or datetime.now(UTC)
    counts = {"clocks": each(now, start_clocks), "cases_closed": each(now, close), "ratings": each(now, ask)}
    return {name: count for name, count in counts.items() if count}


def each(now: datetime, work: Callable[[datetime], int]) -> int:
    """Batch after batch, each a transaction of its own."""
    session, done = db.session(), 0
    while done < MOST:
        session.rollback()
        with writing():
            count = work(now)
            session.commit()
        done += count
        if count < A_UNIT:
            break
    return done


def start_clocks(now: datetime) -> int:
    """Cases that came by an import have no due times yet."""
    session = db.session()
    rows = select(Complaint).where(Complaint.status.in_(UNRESOLVED), Complaint.resolve_due_at.is_(None))
    found = list(session.scalars(rows.order_by(Complaint.id).limit(A_UNIT)))
    for complaint in found:
        with changing(session, complaint, "started", None, now):
            replied = select(Message.created_at).where(
                Message.complaint_id == complaint.id, Message.from_customer.is_(False), Message.kind == "reply"
            )
            complaint.first_replied_at = session.scalar(replied.order_by(Message.created_at).limit(1))
            clocks.set_due(complaint, session.get_one(Customer, complaint.customer_id).value)
    return len(found)


def close(now: datetime) -> int:
    """What was resolved CLOSE_AFTER_DAYS ago and not answered is closed."""
    session = db.session()
    before = now - timedelta(days=current_app.config["CLOSE_AFTER_DAYS"])
    rows = select(Complaint).where(Complaint.status == "resolved", Complaint.resolved_at <= before)
    found = list(session.scalars(rows.order_by(Complaint.id).limit(A_UNIT)))
    for complaint in found:
        with changing(session, complaint, "closed", None, now):
            if complaint.status != "resolved":  # the customer wrote since it was chosen
                continue
            complaint.status = "closed"
        verbatims.touch(session, complaint.customer_id, now)
        outbox.record(session, "complaint.moved", complaint.id, None, now, before="resolved", after="closed")
    return len(found)


def ask(now: datetime) -> int:
    return rating.ask_all(db.session(), now)
