"""Customers as the company knows them: identities, contacts, and what mining noticed."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.db import Base, Key

LEVELS = ("advocate", "loyal", "neutral", "at risk", "lost")
STAGES = ("newcomer", "active", "established", "dormant", "lapsed")
VALUES = ("low", "mid", "high", "unknown")


class Customer(Base):
    """One person, with one or more identities."""

    __tablename__ = "customer"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(120))
    value: Mapped[str] = mapped_column(String(8), default="unknown", comment="tier from purchases")
    city: Mapped[str | None] = mapped_column(String(80))
    is_profiled: Mapped[bool] = mapped_column(
        default=True, comment="false: no signals, no profile; follows the consent of the account"
    )
    hears_outcomes: Mapped[bool] = mapped_column(
        default=True, comment="false: wants no mail about what became of what they said"
    )
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(index=True, comment="last event that the profile depends on")

    identities: Mapped[list["Identity"]] = relationship(lazy="raise_on_sql", passive_deletes=True)
    profile: Mapped["Profile | None"] = relationship(lazy="raise_on_sql", passive_deletes=True)


class Identity(Base):
    """A customer's address in one channel."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("channel", "address"),)

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(255), comment="normalised: see community.recognition")


class Interaction(Base):
    """One contact at one time in one channel, with its reason."""

    __tablename__ = "interaction"
    __table_args__ = (Index("ix_interaction_timeline", "customer_id", "at", "id"),)

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(20), comment="asked, answered, commented, complained, replied")
    at: Mapped[datetime] = mapped_column(index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)


class Signal(Base):
    """Something noticed about one customer, with its weight, its evidence and its date."""

    __tablename__ = "signal"
    __table_args__ = (Index("ix_signal_customer", "customer_id", "at"),)

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(30))
    weight: Mapped[float] = mapped_column(comment="points of loyalty today, after fading; may be negative")
    at: Mapped[datetime]
    mention_id: Mapped[int | None] = mapped_column(ForeignKey("mention.id", ondelete="CASCADE"), index=True)
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)


class Profile(Base):
    """How a customer is doing, computed from the signals."""

    __tablename__ = "profile"
    __table_args__ = (CheckConstraint("loyalty BETWEEN 0 AND 100", name="loyalty"),)

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True)
    loyalty: Mapped[int] = mapped_column(comment="0-100")
    level: Mapped[str] = mapped_column(String(10))
    stage: Mapped[str] = mapped_column(String(12))
    reasons: Mapped[dict[str, Any]] = mapped_column(comment="signal kind -> points")
    computed_at: Mapped[datetime] = mapped_column(index=True)
