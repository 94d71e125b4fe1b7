"""Verbs of complaints."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from community import outbox, verbatims
from community.errors import Invalid, NotAllowed
from community.models import STATUSES, UNRESOLVED, Account, Complaint, Customer, Message, Product

LONGEST_SUBJECT = 200
LONGEST_BODY = 30_000
WORKERS = ("agent", "admin")


def open_complaint(
    session: Session, customer: Customer, subject: str, body: str, product: Product | None, by: Account, now: datetime
) -> Complaint:
    """A new case by the site's own form. Raises Invalid."""
    subject = " ".join(subject.split())
    if not subject or len(subject) > LONGEST_SUBJECT:
        raise Invalid(_("Please say in a few words what it is about."))
    complaint = Complaint(
        customer_id=customer.id, channel="forum", subject=subject, body=checked(body),
        product_id=product.id if product else None, created_at=now,
    )  # fmt: skip
    session.add(complaint)
    session.flush()
    verbatims.of_complaint(session, complaint, now)
    outbox.record(session, "complaint.opened", complaint.id, by, now)
    return complaint


def reply(session: Session, complaint: Complaint, body: str, by: Account, now: datetime) -> Message:
    """A turn of the customer or of the company; a customer's turn opens the case again. Raises NotAllowed, Invalid."""
    from_customer = by.customer_id is not None and by.customer_id == complaint.customer_id
    if not from_customer and not is_worker(by):
        raise NotAllowed(_("Only the customer and the company's agents can reply."))
    message = Message(
        complaint_id=complaint.id, author_id=by.id, from_customer=from_customer, body=checked(body), created_at=now
    )
    session.add(message)
    session.flush()
    verbatims.of_message(session, complaint, message, now)
    complaint.status = "open" if from_customer else "waiting"
    complaint.resolved_at = None
    if not from_customer and complaint.assignee_id is None:
        complaint.assignee_id = by.id
    outbox.record(session, "complaint.replied", complaint.id, by, now, message=message.id)
    return message


def move(session: Session, complaint: Complaint, status: str, by: Account, now: datetime) -> None:
    """Set the status by hand. Raises NotAllowed, Invalid."""
    if not is_worker(by):
        raise NotAllowed(_("Only the company's agents can do this."))
    if status not in STATUSES:
        raise Invalid(_("There is no such status."))
    before, complaint.status = complaint.status, status
    complaint.resolved_at = None if status in UNRESOLVED else complaint.resolved_at or now
    verbatims.touch(session, complaint.customer_id, now)
    outbox.record(session, "complaint.moved", complaint.id, by, now, before=before, after=status)


def assign(session: Session, complaint: Complaint, assignee: Account | None, by: Account) -> None:
    """Give the case to an agent, or to nobody. Raises NotAllowed."""
    if not is_worker(by) or (assignee is not None and not is_worker(assignee)):
        raise NotAllowed(_("Only the company's agents can do this."))
    complaint.assignee_id = assignee.id if assignee else None


def is_worker(account: Account) -> bool:
    return any(account.has_role(name) for name in WORKERS)


def checked(body: str) -> str:
    body = body.replace("\r\n", "\n").strip()
    if not body:
        raise Invalid(_("Please write something."))
    if len(body) > LONGEST_BODY:
        raise Invalid(_("The text is longer than %(most)s characters.", most=LONGEST_BODY))
    return body
