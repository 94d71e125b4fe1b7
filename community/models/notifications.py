"""What people hear of: notifications in the page, preferences, saved searches, and mail on its way."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.db import Base, Key
from community.models.accounts import Account
from community.models.posts import Post, Question

NOTIFICATIONS = (
    "reply",
    "mention",
    "accepted",
    "needs information",
    "watched",
    "saved search",
    "badge",
    "alert",
    "decision",
    "report",
    "outcome",
    "complaint",
)
FREQUENCIES = ("now", "daily", "weekly", "never")


class Notification(Base):
    """Something happened that one account should hear of."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("account_id", "kind", "post_id"),
        UniqueConstraint("account_id", "alert_id"),
        UniqueConstraint("account_id", "entry_id"),
        UniqueConstraint("account_id", "report_id"),
        UniqueConstraint("account_id", "outcome_id"),
        UniqueConstraint("account_id", "message_id"),
        Index("ix_notification_newest", "account_id", "created_at", "id"),
        Index(
            "ix_notification_unread", "account_id",
            sqlite_where=text("read_at IS NULL"), postgresql_where=text("read_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id", ondelete="CASCADE"), index=True)
    entry_id: Mapped[int | None] = mapped_column(
        ForeignKey("log_entry.id", ondelete="CASCADE"), index=True, comment="of the moderators' log"
    )
    report_id: Mapped[int | None] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"), index=True)
    outcome_id: Mapped[int | None] = mapped_column(ForeignKey("outcome.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[int | None] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), index=True, comment="the company's turn in a complaint"
    )
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None] = mapped_column(comment="when it went into a mail, alone or in a digest")

    account: Mapped[Account] = relationship(lazy="raise_on_sql", foreign_keys=[account_id])
    actor: Mapped[Account | None] = relationship(lazy="raise_on_sql", foreign_keys=[actor_id])
    question: Mapped[Question | None] = relationship(lazy="raise_on_sql", foreign_keys=[question_id])
    post: Mapped[Post | None] = relationship(lazy="raise_on_sql", foreign_keys=[post_id])


class Preference(Base):
    """How often an account wants mail of one kind; where there is no row, the kind's default holds."""

    __tablename__ = "preference"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    frequency: Mapped[str] = mapped_column(String(10))


class SavedSearch(Base):
    """A query that its owner wants to ask again, or to hear of when something new answers to it."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("account_id", "query"),)

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    query: Mapped[str] = mapped_column(String(300))
    frequency: Mapped[str] = mapped_column(String(10), default="daily")
    created_at: Mapped[datetime]
    ran_at: Mapped[datetime] = mapped_column(comment="what was posted later is new")


class Mail(Base):
    """One mail on its way, queued in the transaction that it tells of."""

    __tablename__ = "mail"
    __table_args__ = (
        Index(
            "ix_mail_due", "due_at", "id",
            sqlite_where=text("sent_at IS NULL"), postgresql_where=text("sent_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    key: Mapped[str | None] = mapped_column(String(80), unique=True, comment="what it is about: queued once each")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    to: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str]
    html: Mapped[str | None]
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(comment="not before; pushed on by a claim and by each failure")
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(comment="of the last attempt")
    sent_at: Mapped[datetime | None] = mapped_column(comment="its text is wiped then")


class ReceivedMail(Base):
    """A mail that came in, known by its Message-ID so that it is taken once. What was refused is kept as it came."""

    __tablename__ = "received_mail"
    __table_args__ = (
        Index(
            "ix_received_mail_refused", "received_at", "id",
            sqlite_where=text("original IS NOT NULL"), postgresql_where=text("original IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Key]
    message_id: Mapped[str] = mapped_column(String(255), unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL"))
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    sender: Mapped[str | None] = mapped_column(String(320), index=True, comment="of mail to the complaints inbox")
    subject: Mapped[str | None] = mapped_column(String(300))
    outcome: Mapped[str] = mapped_column(String(20), comment="posted, or why not")
    received_at: Mapped[datetime]
    size: Mapped[int | None] = mapped_column(comment="bytes of the original")
    original: Mapped[bytes | None] = mapped_column(
        LargeBinary, deferred=True, comment="of what was refused, until somebody has dealt with it"
    )
