"""Insight reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

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
