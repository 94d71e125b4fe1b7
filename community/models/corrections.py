"""What people corrected of what the machine made: a row each, with what it changed, so that it can be undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from community.db import Base, Json, Key

CORRECTIONS = (
    "rename", "status", "owner", "pin", "ignore", "merge", "split", "move", "keep", "reject", "relabel",
    "department", "due", "note", "tracker", "publish", "withdraw",
)  # fmt: skip


class Correction(Base):
    """Who corrected what, and when. Rows are only added; undoing one notes by whom and when."""

    __tablename__ = "correction"

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(12))
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("theme.id", ondelete="CASCADE"), index=True)
    other_theme_id: Mapped[int | None] = mapped_column(
        ForeignKey("theme.id", ondelete="SET NULL"), index=True, comment="merged into, split off, or moved to"
    )
    verdict_id: Mapped[int | None] = mapped_column(ForeignKey("verdict.id", ondelete="SET NULL"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime]
    told: Mapped[dict[str, Any]] = mapped_column(comment="names as they were then; never a customer's words")
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))


class Change(Base):
    """One value that a correction changed, from what to what."""

    __tablename__ = "change"

    id: Mapped[Key]
    correction_id: Mapped[int] = mapped_column(ForeignKey("correction.id", ondelete="CASCADE"), index=True)
    what: Mapped[str] = mapped_column(String(60), index=True, comment="table:id:value, as in theme:7:status")
    before: Mapped[Any] = mapped_column(Json, nullable=False)
    after: Mapped[Any] = mapped_column(Json, nullable=False)


class Calibration(Base):
    """What one language's relabelled mentions taught about one head: a small bias on its probabilities."""

    __tablename__ = "calibration"

    id: Mapped[Key]
    revision: Mapped[str] = mapped_column(String(32), comment="of the model whose probabilities it shifts")
    language: Mapped[str] = mapped_column(String(8), comment="en, zh or und")
    head: Mapped[str] = mapped_column(String(10), comment="sentiment or intent")
    learned_from: Mapped[str] = mapped_column(String(32), comment="hash of the labels it was fitted on")
    examples: Mapped[int]
    bias: Mapped[list[Any]] = mapped_column(comment="added to the log probabilities")
    before: Mapped[float] = mapped_column(comment="share of the examples on which the model agrees with the people")
    after: Mapped[float] = mapped_column(comment="the same with a bias learned from the other examples")
    fitted_at: Mapped[datetime]


class Explanation(Base):
    """Which words drive a mention's sentiment: asked for by a person or a report, worked out by the worker."""

    __tablename__ = "explanation"

    id: Mapped[Key]
    mention_id: Mapped[int] = mapped_column(ForeignKey("mention.id", ondelete="CASCADE"), unique=True)
    asked_at: Mapped[datetime]
    sentiment: Mapped[str | None] = mapped_column(String(8), comment="that the words speak for, as the model reads it")
    words: Mapped[list[Any] | None] = mapped_column(
        Json, comment="[start in the verbatim, end, weight], strongest first"
    )
    worked_out_at: Mapped[datetime | None] = mapped_column(index=True)
