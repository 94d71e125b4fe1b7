"""Reads of complaints: the agents' inbox, a customer's own, one case."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, select, tuple_
from sqlalchemy.orm import Session, selectinload

from community.errors import NotFound
from community.models import STATUSES, UNRESOLVED, Account, Complaint, Message, Product
from community.web.urls import page_key

PAGE = 30
FILTERS = ("unresolved", "all", *STATUSES)


@dataclass
class Inbox:
    """One page of the inbox, the key of the next, and how many rows each filter holds."""

    rows: list[Complaint]
    next_key: str | None
    counts: dict[str, int]


def inbox(session: Session, status: str, assignee: Account | None, after: tuple[datetime, int] | None) -> Inbox:
    """Newest first. Raises NotFound for a status that does not exist."""
    if status not in FILTERS:
        raise NotFound
    rows = select(Complaint).options(
        selectinload(Complaint.customer), selectinload(Complaint.product), selectinload(Complaint.assignee)
    )
    if status != "all":
        rows = rows.where(Complaint.status.in_(UNRESOLVED if status == "unresolved" else (status,)))
    if assignee:
        rows = rows.where(Complaint.assignee_id == assignee.id)
    if after:
        bound = tuple_(literal(after[0], Complaint.created_at.type), literal(after[1]))
        rows = rows.where(tuple_(Complaint.created_at, Complaint.id) < bound)
    found = list(session.scalars(rows.order_by(Complaint.created_at.desc(), Complaint.id.desc()).limit(PAGE + 1)))
    more = found[PAGE - 1] if len(found) > PAGE else None
    return Inbox(found[:PAGE], page_key(more.created_at, more.id) if more else None, status_counts(session))


def status_counts(session: Session) -> dict[str, int]:
    rows = session.execute(select(Complaint.status, func.count()).group_by(Complaint.status))
    counts = dict.fromkeys(STATUSES, 0) | {status: count for status, count in rows}
    return counts | {"unresolved": sum(counts[name] for name in UNRESOLVED), "all": sum(counts.values())}


def complaint(session: Session, complaint_id: int) -> Complaint:
    """One case with its conversation. Raises NotFound."""
    found = session.scalar(
        select(Complaint)
        .where(Complaint.id == complaint_id)
        .options(
            selectinload(Complaint.customer),
            selectinload(Complaint.product),
            selectinload(Complaint.assignee),
            selectinload(Complaint.messages).selectinload(Message.author),
        )
    )
    if found is None:
        raise NotFound
    return found


def own_complaints(session: Session, customer_id: int) -> list[Complaint]:
    rows = (
        select(Complaint)
        .where(Complaint.customer_id == customer_id)
        .options(selectinload(Complaint.product))
        .order_by(Complaint.created_at.desc(), Complaint.id.desc())
        .limit(100)
    )
    return list(session.scalars(rows))


def products(session: Session) -> list[Product]:
    return list(session.scalars(select(Product).order_by(Product.name).limit(500)))


def product(session: Session, slug: str) -> Product | None:
    return session.scalar(select(Product).where(Product.slug == slug))
