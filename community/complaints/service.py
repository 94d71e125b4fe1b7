"""Verbs of complaints: opened, replied to, moved, given to somebody, put off."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from community import outbox, verbatims
from community.complaints import attaching, sending, states
from community.complaints.changing import begin, changing, is_worker, labels_of, lock, require_worker
from community.errors import Invalid, NotAllowed
from community.models import PRIORITIES, Account, Complaint, Customer, Draft, Message, Note, Product

__all__ = ["is_worker"]

LONGEST_SUBJECT = 200
LONGEST_BODY = 30_000
MOST_LABELS = 10
LONGEST_SNOOZE = timedelta(days=90)
Files = list[attaching.File]


def open_complaint(
    session: Session, customer: Customer, subject: str, body: str, product: Product | None, by: Account | None,
    now: datetime, *, channel: str = "forum", external_id: str | None = None, address: str | None = None,
    files: Files | None = None, written_at: datetime | None = None,
) -> Complaint:  # fmt: skip
    """A new case. Raises Invalid."""
    subject = " ".join(subject.split())
    if not subject or len(subject) > LONGEST_SUBJECT:
        raise Invalid(_("Please say in a few words what it is about."))
    complaint = Complaint(
        customer_id=customer.id, channel=channel, external_id=external_id, subject=subject, body=checked(body),
        product_id=product.id if product else None, created_at=written_at or now, mail_address=address,
        status="new", priority="normal",
    )  # fmt: skip
    session.add(complaint)
    session.flush()
    begin(session, complaint, by, now)
    attaching.keep(session, complaint, None, files or [], now)
    verbatims.of_complaint(session, complaint, now)
    outbox.record(session, "complaint.opened", complaint.id, by, now)
    return complaint


def reply(
    session: Session, complaint: Complaint, body: str, by: Account, now: datetime, *, seen: int | None = None,
    then: str = "waiting", files: Files | None = None, draft: Draft | None = None, kept: Collection[int] = (),
) -> Message:  # fmt: skip
    """A turn of the customer or of the company. Raises NotAllowed, Invalid, Overtaken.

    A customer's turn opens the case again. The company's is held for a few seconds, in which it can be taken back.
    Of the files that wait with the draft those with `kept` ids go along.
    """
    if by.customer_id is not None and by.customer_id == complaint.customer_id:
        return hear(session, complaint, body, by, now, files=files)
    if not is_worker(by):
        raise NotAllowed(_("Only the customer and the company's agents can reply."))
    lock(session, complaint, seen)
    held = timedelta(seconds=current_app.config["UNDO_SEND_SECONDS"])
    message = Message(
        complaint_id=complaint.id, author_id=by.id, from_customer=False, kind="reply", body=checked(body),
        created_at=now, held_until=now + held,
    )  # fmt: skip
    session.add(message)
    session.flush()
    attaching.send_along(session, message, draft, kept)
    attaching.keep(session, complaint, message, files or [], now)
    with changing(session, complaint, "replied", by, now, message=message):
        set_status(complaint, states.replied(complaint.status, then), now)
        complaint.first_replied_at = complaint.first_replied_at or now
        complaint.assignee_id = complaint.assignee_id or by.id
        complaint.snoozed_until = None
    sending.queue_reply(session, complaint, message, by, now)
    verbatims.touch(session, complaint.customer_id, now)
    told = outbox.record(session, "complaint.replied", complaint.id, by, now, message=message.id)
    told.due_at = now + held  # what is taken back is told to nobody
    return message


def hear(
    session: Session, complaint: Complaint, body: str, by: Account | None, now: datetime, *,
    files: Files | None = None, kind: str = "reply",
) -> Message:  # fmt: skip
    """A turn of the customer, whatever way it came; a rating is one that opens nothing. Raises Invalid.

    It goes to the case that this one was merged into, where there is such a one: nobody looks at the other any more.
    """
    lock(session, complaint)
    if complaint.merged_into_id:
        complaint = session.get_one(Complaint, complaint.merged_into_id)
    message = Message(
        complaint_id=complaint.id, author_id=by.id if by else None, from_customer=True, kind=kind,
        body=checked(body), created_at=now,
    )  # fmt: skip
    session.add(message)
    session.flush()
    attaching.keep(session, complaint, message, files or [], now)
    verbatims.of_message(session, complaint, message, now)
    with changing(session, complaint, "rated" if kind == "rating" else "heard", by, now, message=message):
        if kind == "reply":
            set_status(complaint, states.HEARD[complaint.status], now)
            complaint.snoozed_until = None
    outbox.record(session, "complaint.replied", complaint.id, by, now, message=message.id)
    return message


def move(
    session: Session, complaint: Complaint, status: str, by: Account, now: datetime, seen: int | None = None
) -> None:
    """Set the status by hand. Raises NotAllowed, Invalid, Overtaken."""
    require_worker(by)
    lock(session, complaint, seen)
    before = complaint.status
    with changing(session, complaint, "status", by, now):
        set_status(complaint, states.moved(before, status), now)
    if before == status:
        return
    verbatims.touch(session, complaint.customer_id, now)
    outbox.record(session, "complaint.moved", complaint.id, by, now, before=before, after=status)


def set_status(complaint: Complaint, status: str, now: datetime) -> None:
    """What follows from a status: since when it is resolved, how often it came back."""
    complaint.reopened_count += status == "reopened" and complaint.status != "reopened"
    complaint.status = status
    complaint.resolved_at = None if states.is_unresolved(status) else complaint.resolved_at or now


def assign(
    session: Session, complaint: Complaint, assignee: Account | None, by: Account, now: datetime,
    seen: int | None = None, reason: str = "",
) -> None:  # fmt: skip
    """Give the case to an agent, or to nobody, with a word for them. Raises NotAllowed, Overtaken."""
    require_worker(by)
    if assignee is not None and not (is_worker(assignee) and assignee.active):
        raise NotAllowed(_("Only the company's agents can work on a case."))
    reason = " ".join(reason.split())[:500]
    with changing(session, complaint, "assigned", by, now, seen=seen, reason=reason or None):
        complaint.assignee_id = assignee.id if assignee else None


def prioritise(
    session: Session, complaint: Complaint, priority: str, by: Account, now: datetime, seen: int | None = None
) -> None:
    """Raises NotAllowed, Invalid, Overtaken. The due times follow."""
    require_worker(by)
    if priority not in PRIORITIES:
        raise Invalid(_("There is no such priority."))
    with changing(session, complaint, "priority", by, now, seen=seen):
        complaint.priority = priority


def sort_to(
    session: Session, complaint: Complaint, product: Product | None, by: Account, now: datetime,
    seen: int | None = None,
) -> None:  # fmt: skip
    """Say which product it is about. Raises NotAllowed, Overtaken."""
    require_worker(by)
    with changing(session, complaint, "product", by, now, seen=seen):
        complaint.product_id = product.id if product else None
    verbatims.complaint_to_product(session, complaint.id, complaint.product_id)


def label(
    session: Session, complaint: Complaint, names: list[str], by: Account, now: datetime, seen: int | None = None
) -> None:
    """Replace its labels. Raises NotAllowed, Invalid, Overtaken."""
    require_worker(by)
    with changing(session, complaint, "labels", by, now, seen=seen) as wanted:
        wanted["labels"] = checked_labels(names)


def add_label(session: Session, complaint: Complaint, name: str, by: Account, now: datetime) -> None:
    label(session, complaint, [*labels_of(session, complaint), name], by, now)


def checked_labels(names: list[str]) -> list[str]:
    """Each once, in lower case, without what cannot stand in a label. Raises Invalid."""
    found = {re.sub(r"[\s,，]+", "-", name.strip().casefold())[:40] for name in names} - {""}
    if len(found) > MOST_LABELS:
        raise Invalid(_("A case has at most %(most)s labels.", most=MOST_LABELS))
    return sorted(found)


def snooze(
    session: Session, complaint: Complaint, until: datetime | None, by: Account, now: datetime,
    seen: int | None = None,
) -> None:  # fmt: skip
    """Out of the list until then, or until the customer writes; the clock goes on. Raises NotAllowed, Invalid, Overtaken."""
    require_worker(by)
    if until is not None and not now < until <= now + LONGEST_SNOOZE:
        raise Invalid(_("Choose a time within the next %(days)s days.", days=LONGEST_SNOOZE.days))
    with changing(session, complaint, "snoozed", by, now, seen=seen):
        complaint.snoozed_until = until


def note(session: Session, complaint: Complaint, body: str, by: Account, now: datetime) -> Note:
    """Words for other agents, which no customer sees. Raises NotAllowed, Invalid."""
    require_worker(by)
    written = Note(complaint_id=complaint.id, author_id=by.id, body=checked(body), created_at=now)
    session.add(written)
    session.flush()
    return written


def checked(body: str) -> str:
    body = body.replace("\r\n", "\n").replace("\0", "").strip()
    if not body:
        raise Invalid(_("Please write something."))
    if len(body) > LONGEST_BODY:
        raise Invalid(_("The text is longer than %(most)s characters.", most=LONGEST_BODY))
    return body
