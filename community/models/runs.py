"""What the worker did, and which worker may do it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from community.db import Base, Key


class Run(Base):
    """One run of a job."""

    __tablename__ = "run"
    __table_args__ = (Index("ix_run_started_at", "started_at"),)

    id: Mapped[Key]
    job: Mapped[str] = mapped_column(String(20))
    worker: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(10), comment="running, done or failed")
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str | None]


class Lease(Base):
    """The right to schedule, held by one worker for a short while; the token fences off those who lost it."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    token: Mapped[int] = mapped_column(comment="grows by one with each new holder")
    expires_at: Mapped[datetime]
