"""The outbox: what happened, written in the same transaction as the change itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from community.db import Base, Key


class Event(Base):
    """One thing that happened, until its reactions are done. The table is the queue: see docs/decisions."""

    __tablename__ = "event"
    __table_args__ = (
        Index(
            "ix_event_due", "due_at", "id",
            sqlite_where=text("finished_at IS NULL"), postgresql_where=text("finished_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(40), comment="noun.verb, as in question.asked")
    subject_id: Mapped[int] = mapped_column(comment="of the row that the kind's noun names")
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(comment="not before; pushed on by a claim and by each failure")
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(comment="of the last attempt")
    finished_at: Mapped[datetime | None]
