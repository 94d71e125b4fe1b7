"""Private cases between a customer and the company."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.db import Base, Key
from community.models.accounts import Account
from community.models.catalog import Product
from community.models.customers import Customer

CHANNELS = ("forum", "email", "phone", "chat", "store", "survey", "app review", "api")
STATUSES = ("new", "open", "waiting", "resolved", "closed")
UNRESOLVED = ("new", "open", "waiting")


class Complaint(Base):
    """A private case, whatever channel it came by."""

    __tablename__ = "complaint"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        CheckConstraint("status IN ('new', 'open', 'waiting', 'resolved', 'closed')", name="status"),
        Index("ix_complaint_inbox", "status", "created_at", "id"),
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

    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")
    product: Mapped[Product | None] = relationship(lazy="raise_on_sql")
    assignee: Mapped[Account | None] = relationship(lazy="raise_on_sql")
    messages: Mapped[list["Message"]] = relationship(
        lazy="raise_on_sql", order_by="Message.created_at, Message.id", passive_deletes=True
    )


class Message(Base):
    """One turn of the conversation in a complaint."""

    __tablename__ = "message"

    id: Mapped[Key]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    from_customer: Mapped[bool]
    body: Mapped[str]
    created_at: Mapped[datetime]

    author: Mapped[Account | None] = relationship(lazy="raise_on_sql")
