"""Reads of complaints: the agents' inbox and a customer's own."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, selectinload

from community.complaints.finding import holding
from community.errors import NotFound
from community.models import (
    CHANNELS,
    PRIORITIES,
    STATUSES,
    UNRESOLVED,
    Account,
    Complaint,
    ComplaintLabel,
    Product,
    Role,
    account_role,
)
from community.web.urls import parse_key, row_number

PAGE = 30
FILTERS = ("unresolved", "overdue", "snoozed", *STATUSES, "all")
MOST_LABELS = 50
NOT_MERGED = Complaint.merged_into_id.is_(None)


@dataclass(frozen=True)
class Narrowing:
    """Which cases of a status are wanted."""

    assignee_id: int | None = None  # 0: nobody's
    priority: str | None = None
    product_id: int | None = None
    label: str | None = None
    channel: str | None = None
    words: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = holding(self.words)
        if self.assignee_id is not None:
            found.append(
                Complaint.assignee_id == self.assignee_id if self.assignee_id else Complaint.assignee_id.is_(None)
            )
        if self.priority in PRIORITIES:
            found.append(Complaint.priority == self.priority)
        if self.product_id is not None:
            found.append(Complaint.product_id == self.product_id)
        if self.channel in CHANNELS:
            found.append(Complaint.channel == self.channel)
        if self.label:
            labelled = select(ComplaintLabel.complaint_id).where(ComplaintLabel.name == self.label)
            found.append(Complaint.id.in_(labelled))
        return found


@dataclass
class Inbox:
    """One page of the inbox, the key of the next, and how many rows each filter holds."""

    rows: list[Complaint]
    next_key: str | None
    counts: dict[str, int]
    labels: dict[int, list[str]] = field(default_factory=dict)


def inbox(session: Session, status: str, narrowing: Narrowing, after: str | None, now: datetime) -> Inbox:
    """What is due first comes first, so that overdue cases lead; then what is not due, newest first. Raises NotFound."""
    if status not in FILTERS:
        raise NotFound
    rows = (
        select(Complaint)
        .where(of_status(status, now), *narrowing.conditions())
        .options(selectinload(Complaint.customer), selectinload(Complaint.product), selectinload(Complaint.assignee))
        .order_by(Complaint.due_at.is_(None), Complaint.due_at, Complaint.id.desc())
    )
    found = list(session.scalars(behind(rows, after).limit(PAGE + 1)))
    shown = found[:PAGE]
    next_key = due_key(shown[-1]) if len(found) > PAGE else None
    return Inbox(shown, next_key, status_counts(session, narrowing, now), labels_of(session, [row.id for row in shown]))


def of_status(status: str, now: datetime) -> ColumnElement[bool]:
    asleep = and_(Complaint.snoozed_until.is_not(None), Complaint.snoozed_until > now)
    unresolved = and_(Complaint.status.in_(UNRESOLVED), NOT_MERGED)
    if status == "unresolved":
        return and_(unresolved, ~asleep)
    if status == "overdue":
        return and_(unresolved, Complaint.due_at <= now)
    if status == "snoozed":
        return and_(unresolved, asleep)
    return NOT_MERGED if status == "all" else and_(Complaint.status == status, NOT_MERGED)


def due_key(row: Complaint) -> str:
    """The key behind which the next page begins."""
    return f"{row.due_at.isoformat() if row.due_at else ''}_{row.id}"


def behind(rows: Select[tuple[Complaint]], key: str | None) -> Select[tuple[Complaint]]:
    """The rows that follow the key's; all of them for a key that is not one of ours."""
    moment, _, row_id = (key or "").rpartition("_")
    if key and not moment and (number := row_number(row_id)) is not None:
        return rows.where(Complaint.due_at.is_(None), Complaint.id < number)
    found = parse_key(key)
    if found is None:
        return rows
    at = literal(found[0], Complaint.due_at.type)
    later = or_(Complaint.due_at > at, and_(Complaint.due_at == at, Complaint.id < found[1]))
    return rows.where(or_(later, Complaint.due_at.is_(None)))


def status_counts(session: Session, narrowing: Narrowing, now: datetime) -> dict[str, int]:
    """How many of these cases each filter holds. One statement."""
    sums = [
        func.coalesce(func.sum(case((of_status(name, now), 1), else_=0)), 0).label(name.replace(" ", "_"))
        for name in FILTERS
    ]
    row = session.execute(select(*sums).where(*narrowing.conditions())).one()
    return dict(zip(FILTERS, map(int, row), strict=True))


def labels_of(session: Session, ids: list[int]) -> dict[int, list[str]]:
    rows = select(ComplaintLabel.complaint_id, ComplaintLabel.name).where(ComplaintLabel.complaint_id.in_(ids))
    found: dict[int, list[str]] = {}
    for complaint_id, name in session.execute(rows.order_by(ComplaintLabel.name)):
        found.setdefault(complaint_id, []).append(name)
    return found


def label_names(session: Session) -> list[str]:
    """The labels that are used most."""
    rows = select(ComplaintLabel.name).group_by(ComplaintLabel.name).order_by(func.count().desc(), ComplaintLabel.name)
    return list(session.scalars(rows.limit(MOST_LABELS)))


def agents(session: Session) -> list[Account]:
    """Everybody who may work on a case."""
    is_agent = select(account_role.c.account_id).join(Role, Role.id == account_role.c.role_id).where(
        Role.name.in_(("agent", "admin"))
    )  # fmt: skip
    rows = select(Account).where(Account.id.in_(is_agent), Account.active).order_by(Account.name, Account.id)
    return list(session.scalars(rows.limit(200)))


def own_complaints(session: Session, customer_id: int) -> list[Complaint]:
    rows = (
        select(Complaint)
        .where(Complaint.customer_id == customer_id, NOT_MERGED)
        .options(selectinload(Complaint.product))
        .order_by(Complaint.created_at.desc(), Complaint.id.desc())
        .limit(100)
    )
    return list(session.scalars(rows))


def products(session: Session) -> list[Product]:
    return list(session.scalars(select(Product).order_by(Product.name).limit(500)))


def product(session: Session, slug: str) -> Product | None:
    return session.scalar(select(Product).where(Product.slug == slug))
