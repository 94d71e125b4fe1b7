"""What became of a theme: who acts on it by which rule, what is told of it to whom, and whether it helped."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from community.db import Base, Json, Key

OUTCOME_STATES = ("draft", "published", "withdrawn")
WAYS = ("forum", "case")


class RoutingRule(Base):
    """Themes like this are one department's. The first rule that fits decides; what is empty fits every theme."""

    __tablename__ = "routing_rule"

    id: Mapped[Key]
    place: Mapped[int] = mapped_column(comment="the lowest is asked first")
    words: Mapped[list[Any]] = mapped_column(comment="one of them in name or keywords, in any language")
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), index=True)
    intent: Mapped[str | None] = mapped_column(String(10), comment="problem, suggestion, praise or question")
    channel: Mapped[str | None] = mapped_column(String(20))
    department: Mapped[str] = mapped_column(String(12))
    changed_at: Mapped[datetime]


class Outcome(Base):
    """What became of a theme, in the company's words: a draft until a manager publishes it, once."""

    __tablename__ = "outcome"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name="state"),
        Index(
            "uq_outcome_one_draft", "theme_id", unique=True,
            sqlite_where=text("state = 'draft'"), postgresql_where=text("state = 'draft'"),
        ),
        Index("ix_outcome_public", "state", "published_at", "id"),
    )  # fmt: skip

    id: Mapped[Key]
    theme_id: Mapped[int] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    is_done: Mapped[bool] = mapped_column(default=True, comment="false: it was decided not to do it")
    title: Mapped[str] = mapped_column(String(160), default="")
    title_zh: Mapped[str] = mapped_column(String(160), default="")
    body: Mapped[str] = mapped_column(default="")
    body_zh: Mapped[str] = mapped_column(default="")
    done_on: Mapped[date] = mapped_column(comment="in UTC: what was said before is compared with what was said since")
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime]
    published_at: Mapped[datetime | None] = mapped_column(comment="the first time")
    counted: Mapped[dict[str, Any] | None] = mapped_column(
        Json, comment="who was to hear then, by way; who not, and why"
    )
    effect: Mapped[dict[str, Any] | None] = mapped_column(Json, comment="what it changed, as the worker measured last")
    measured_at: Mapped[datetime | None]


class Telling(Base):
    """One customer who is to hear of an outcome, once. Made when it is published, for those who raised it till then."""

    __tablename__ = "telling"
    __table_args__ = (
        UniqueConstraint("outcome_id", "customer_id"),
        Index(
            "ix_telling_waiting", "outcome_id", "id",
            sqlite_where=text("told_at IS NULL AND left_out IS NULL"),
            postgresql_where=text("told_at IS NULL AND left_out IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    outcome_id: Mapped[int] = mapped_column(ForeignKey("outcome.id", ondelete="CASCADE"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    way: Mapped[str] = mapped_column(String(6), comment="forum or case: where they spoke of it last")
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    told_at: Mapped[datetime | None]
    left_out: Mapped[str | None] = mapped_column(String(12), comment="why they did not hear, if that came up since")


class OutcomeNote(Base):
    """That the page of a public question says what became of it."""

    __tablename__ = "outcome_note"

    question_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    outcome_id: Mapped[int] = mapped_column(ForeignKey("outcome.id", ondelete="CASCADE"), primary_key=True, index=True)
