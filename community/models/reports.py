"""Insight reports, and what the first page of insights shows."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from community.db import Base, Key


class Report(Base):
    """The insight report of one period. Quotes are kept as mention ids, so that a deleted text leaves no quote."""

    __tablename__ = "report"
    __table_args__ = (Index("ix_report_ends_at", "ends_at"),)

    id: Mapped[Key]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]


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
