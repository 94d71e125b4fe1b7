"""Insight reports: what they found, the places of their quotes, who asked for one and wants them by mail; the first page."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.db import Base, Key
from community.models.catalog import Product

REPORTS = ("rolling", "weekly", "monthly", "chosen")  # all but the first are issued: frozen
SUBSCRIPTIONS = ("weekly", "monthly", "alerts")


def length_in_days(context: Any) -> int:
    values = context.get_current_parameters()
    length: timedelta = values["ends_at"] - values["starts_at"]
    return round(length.total_seconds() / 86_400)


class Report(Base):
    """The insight report of one period. It keeps no words: quotes are places in texts, so a deleted text leaves none."""

    __tablename__ = "report"
    __table_args__ = (
        Index("ix_report_ends_at", "ends_at"),
        Index("ix_report_kind_ends_at", "kind", "ends_at"),
    )

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(8), default="rolling")
    key: Mapped[str | None] = mapped_column(String(60), unique=True, comment="of an issued one: issued once each")
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id", ondelete="SET NULL"), index=True)
    department: Mapped[str | None] = mapped_column(String(12), comment="whose themes alone it shows")
    days: Mapped[int] = mapped_column(default=length_in_days)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]

    @property
    def zone(self) -> str | None:
        """In which its days are, if it is issued."""
        return self.content.get("zone")

    @property
    def is_issued(self) -> bool:
        return self.kind != "rolling"


class ReportQuote(Base):
    """Where an issued report quotes a text. Deleting the text deletes the row; an edited text no longer has its hash."""

    __tablename__ = "report_quote"
    __table_args__ = (UniqueConstraint("report_id", "mention"),)

    id: Mapped[Key]
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    mention: Mapped[int] = mapped_column(comment="its number in the content; the mention itself may be mined anew")
    verbatim_id: Mapped[int] = mapped_column(ForeignKey("verbatim.id", ondelete="CASCADE"), index=True)
    text_hash: Mapped[str] = mapped_column(String(32))
    start: Mapped[int]
    end: Mapped[int]
    sentiment: Mapped[str] = mapped_column(String(8))
    score: Mapped[float]
    intent: Mapped[str] = mapped_column(String(10))


class ReportOrder(Base):
    """A report of a period that somebody asked for: it waits, is made by the worker, or could not be made."""

    __tablename__ = "report_order"
    __table_args__ = (CheckConstraint("last_day >= first_day", name="in_order"),)

    id: Mapped[Key]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date] = mapped_column(comment="the last that belongs to it")
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"))
    department: Mapped[str | None] = mapped_column(String(12))
    asked_at: Mapped[datetime] = mapped_column(index=True)
    claimed_until: Mapped[datetime | None] = mapped_column(comment="a worker makes it; if it dies another begins anew")
    attempts: Mapped[int] = mapped_column(default=0)
    step: Mapped[int] = mapped_column(default=0, comment="how many of its steps are done")
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(40), comment="why there is no report: a word that pages explain")
    report_id: Mapped[int | None] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), index=True)


class Subscription(Base):
    """That a reader of insights wants reports or alerts: of all, of one department, product or theme."""

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("account_id", "key"),)

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    what: Mapped[str] = mapped_column(String(8), index=True)
    key: Mapped[str] = mapped_column(String(60), comment="what and of what, so that there is one of each")
    department: Mapped[str | None] = mapped_column(String(12))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), index=True)
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"), index=True)
    is_refused: Mapped[bool] = mapped_column(default=False, comment="managers get all alerts unless they say no: no")
    created_at: Mapped[datetime]

    product: Mapped[Product | None] = relationship(lazy="raise_on_sql")


class Overview(Base):
    """The figures and lists of the first page of insights, for one period and one product or all."""

    __tablename__ = "overview"

    days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="length of the period")
    product: Mapped[str] = mapped_column(String(80), primary_key=True, comment="slug; empty: all of them")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    computed_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]


class LoyaltyDay(Base):
    """How loyal customers were on one day: sums, so that a later day can be compared. Kept by the worker."""

    __tablename__ = "loyalty_day"

    day: Mapped[date] = mapped_column(primary_key=True, comment="in UTC")
    content: Mapped[dict[str, Any]] = mapped_column(
        comment="product's slug, or empty for all -> customers, sum, sum of squares, customers by level"
    )


class SearchDay(Base):
    """How many searches of one day ended on a solved question, of people who consent to visits; nobody is named."""

    __tablename__ = "search_day"

    day: Mapped[date] = mapped_column(primary_key=True, comment="in UTC")
    people: Mapped[int] = mapped_column(default=0, comment="who searched")
    searches: Mapped[int] = mapped_column(default=0)
    solved: Mapped[int] = mapped_column(default=0, comment="searches that a solved question was opened from")
