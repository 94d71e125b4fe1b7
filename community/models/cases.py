"""What is kept beside a complaint: its history, labels, notes, attachments, who looks at it, how it was judged."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.db import Base, Json, Key
from community.models.accounts import Account
from community.models.complaints import Complaint

PUBLICATIONS = ("proposed", "declined", "consented", "published", "withdrawn")


class ComplaintChange(Base):
    """One transition of a case: a row that is never changed. Played in order they lead to the case as it stands."""

    __tablename__ = "complaint_change"
    __table_args__ = (Index("ix_complaint_change_case", "complaint_id", "id"),)

    id: Mapped[Key]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"), comment="none: the customer without an account, or the clock"
    )
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column(comment="of the case, behind the change")
    before: Mapped[dict[str, Any]] = mapped_column(comment="of what changed, by column")
    after: Mapped[dict[str, Any]]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"))
    reason: Mapped[str | None] = mapped_column(String(500))

    actor: Mapped[Account | None] = relationship(lazy="raise_on_sql")


class ComplaintLabel(Base):
    """A free word that agents put on a case."""

    __tablename__ = "complaint_label"

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)


class Note(Base):
    """What agents write for each other. It has a table of its own so that no customer's page can show it."""

    __tablename__ = "note"

    id: Mapped[Key]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    body: Mapped[str]
    created_at: Mapped[datetime]

    author: Mapped[Account | None] = relationship(lazy="raise_on_sql")


class Looking(Base):
    """An agent has the case open; after a minute without news the row means nothing."""

    __tablename__ = "looking"

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]


class CannedReply(Base):
    """A reply that is written often, with fields in braces."""

    __tablename__ = "canned_reply"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    body: Mapped[str]
    body_zh: Mapped[str] = mapped_column(default="", comment="for customers who read Chinese")
    changed_at: Mapped[datetime]


class Fitting(Base):
    """Public questions with answers that mean what a case means, found by the worker."""

    __tablename__ = "fitting"

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[str] = mapped_column(String(32), comment="of the model whose embeddings were compared")
    last_id: Mapped[int] = mapped_column(comment="of the case's newest verbatim that was compared")
    questions: Mapped[list[Any]] = mapped_column(Json, comment="[question's id, likeness], the likest first")
    at: Mapped[datetime] = mapped_column(index=True)


class Attachment(Base):
    """A file of a case. It lies in the table, so it is as private as the case and goes with it."""

    __tablename__ = "attachment"

    id: Mapped[Key]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    draft_id: Mapped[int | None] = mapped_column(
        ForeignKey("draft.id", ondelete="CASCADE"), index=True, comment="of a reply that was taken back: not sent yet"
    )
    name: Mapped[str] = mapped_column(String(160))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(comment="bytes")
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime]


class Rating(Base):
    """How the customer judges what was done, asked once after each resolution."""

    __tablename__ = "rating"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        UniqueConstraint("complaint_id", "asked_at"),
    )

    id: Mapped[Key]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    score: Mapped[int | None] = mapped_column(comment="1 (bad) to 5 (very good)")
    rated_at: Mapped[datetime | None]
    message_id: Mapped[int | None] = mapped_column(
        ForeignKey("message.id", ondelete="SET NULL"), comment="their sentence, a verbatim"
    )


class Publication(Base):
    """A complaint on its way to a public question: what the customer is asked to agree to, word for word."""

    __tablename__ = "publication"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'declined', 'consented', 'published', 'withdrawn')", name="state"),
    )

    id: Mapped[Key]
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str]
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    is_named: Mapped[bool] = mapped_column(default=False, comment="under the customer's own name, as they chose")
    proposed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    question_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL"), index=True)
    told_post_id: Mapped[int | None] = mapped_column(
        ForeignKey("post.id", ondelete="SET NULL"), comment="the answer that the customer heard of"
    )

    complaint: Mapped[Complaint] = relationship(lazy="raise_on_sql")
