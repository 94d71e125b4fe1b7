"""Private cases between a customer and the company; what agents keep beside them stands in cases.py."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.db import Base, Key
from community.models.accounts import Account
from community.models.catalog import Product
from community.models.customers import Customer

CHANNELS = ("forum", "email", "phone", "chat", "store", "survey", "app review", "api")
STATUSES = ("new", "open", "waiting", "reopened", "resolved", "closed")
UNRESOLVED = ("new", "open", "waiting", "reopened")
PRIORITIES = ("urgent", "high", "normal", "low")
MESSAGES = ("reply", "rating", "notice")


def _when_created(context: Any) -> datetime:
    created_at: datetime = context.get_current_parameters()["created_at"]
    return created_at


class Complaint(Base):
    """A private case, whatever channel it came by."""

    __tablename__ = "complaint"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        CheckConstraint("status IN ('new', 'open', 'waiting', 'reopened', 'resolved', 'closed')", name="status"),
        CheckConstraint("priority IN ('urgent', 'high', 'normal', 'low')", name="priority"),
        Index("ix_complaint_inbox", "status", "due_at", "id"),
        Index("ix_complaint_assignee", "assignee_id", "status"),
        Index("ix_complaint_merged", "merged_into_id"),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str | None] = mapped_column(String(120), comment="key in the channel it came by")
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str]
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id", ondelete="SET NULL"), index=True)
    status: Mapped[str] = mapped_column(String(10), default="new")
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, comment="grows with each change: nobody overwrites another")
    changed_at: Mapped[datetime] = mapped_column(default=_when_created)
    priority: Mapped[str] = mapped_column(String(8), default="normal")
    first_due_at: Mapped[datetime | None] = mapped_column(comment="when the first reply is due; none: not yet computed")
    resolve_due_at: Mapped[datetime | None] = mapped_column(comment="when it should be resolved")
    due_at: Mapped[datetime | None] = mapped_column(comment="what is due next; none while the clock stands")
    first_replied_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None] = mapped_column(comment="since when the clock stands; none: it runs")
    stopped_seconds: Mapped[int] = mapped_column(default=0, comment="service time for which it stood before")
    snoozed_until: Mapped[datetime | None]
    reopened_count: Mapped[int] = mapped_column(default=0)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id", ondelete="SET NULL"))
    mail_address: Mapped[str | None] = mapped_column(String(320), comment="where the customer writes from")

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}

    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")
    product: Mapped[Product | None] = relationship(lazy="raise_on_sql")
    assignee: Mapped[Account | None] = relationship(lazy="raise_on_sql")
    messages: Mapped[list["Message"]] = relationship(
        lazy="raise_on_sql", order_by="Message.created_at, Message.id", passive_deletes=True
    )


class Message(Base):
    """One turn of the conversation in a complaint."""

    __tablename__ = "message"
    __table_args__ = (CheckConstraint("kind IN ('reply', 'rating', 'notice')", name="kind"),)

    id: Mapped[Key]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    from_customer: Mapped[bool]
    kind: Mapped[str] = mapped_column(
        String(8), default="reply", comment="rating: how it went; notice: what became of it"
    )
    body: Mapped[str]
    created_at: Mapped[datetime]
    held_until: Mapped[datetime | None] = mapped_column(comment="until then it can be taken back, and nobody has it")

    author: Mapped[Account | None] = relationship(lazy="raise_on_sql")
