"""Moderation: what waits for a decision, what was decided and by whom, flags, sanctions, and what spam reads like.

A row of the queue is an item. The log is append-only: a row says who did what, why, and the values before and after.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.db import Base, Key
from community.models.accounts import Account
from community.models.catalog import Tag
from community.models.complaints import Complaint
from community.models.posts import Post

ITEMS = ("flag", "held", "appeal", "escalation", "burst")
STATES = ("open", "claimed", "decided")
FLAGS = ("spam", "abuse", "off topic", "duplicate", "wrong", "private data", "other")
SANCTIONS = ("silence", "suspension")

WAITS = text("state <> 'decided'")


class QueueItem(Base):
    """One thing that waits for a person's decision, or was decided. Rows change by conditional updates only."""

    __tablename__ = "queue_item"
    __table_args__ = (
        CheckConstraint(f"kind IN {ITEMS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'claimed') = (claimed_by_id IS NOT NULL)", name="claimed_by_somebody"),
        CheckConstraint("(state = 'decided') = (decided_at IS NOT NULL)", name="decided_at_some_time"),
        Index(
            "uq_queue_item_one_of_a_post", "kind", "post_id", unique=True, sqlite_where=WAITS, postgresql_where=WAITS
        ),
        Index("ix_queue_item_waiting", "score", "id", sqlite_where=WAITS, postgresql_where=WAITS),
        Index("ix_queue_item_waiting_of_kind", "kind", "score", "id", sqlite_where=WAITS, postgresql_where=WAITS),
        Index("ix_queue_item_decided", "decided_at", "id"),
    )

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(10))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True, comment="whom it is about: the author, who appeals"
    )
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(20), comment="of most flags; why it was held")
    score: Mapped[float] = mapped_column(default=0.0, comment="the greater, the sooner")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="signals of spam, the words of an appeal")
    opened_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(8), default="open")
    version: Mapped[int] = mapped_column(default=1, comment="grows with every transition")
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    claimed_until: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20))

    post: Mapped[Post | None] = relationship(lazy="raise_on_sql")
    account: Mapped[Account | None] = relationship(lazy="raise_on_sql", foreign_keys=[account_id])
    complaint: Mapped[Complaint | None] = relationship(lazy="raise_on_sql")
    claimed_by: Mapped[Account | None] = relationship(lazy="raise_on_sql", foreign_keys=[claimed_by_id])
    decided_by: Mapped[Account | None] = relationship(lazy="raise_on_sql", foreign_keys=[decided_by_id])


class LogEntry(Base):
    """One transition or decision, for ever. No row is changed after it was written; undoing one writes another."""

    __tablename__ = "log_entry"
    __table_args__ = (Index("ix_log_entry_newest", "at", "id"),)

    id: Mapped[Key]
    action: Mapped[str] = mapped_column(String(20))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("queue_item.id", ondelete="SET NULL"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL"), index=True)
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"), index=True, comment="whom it concerns"
    )
    actor_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"), comment="none: the rules did it, or somebody who has left"
    )
    is_automatic: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(20), default="", comment="one of the reasons that are ready to hand")
    note: Mapped[str] = mapped_column(default="", comment="to the person concerned, never public")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changes: Mapped[list[Any]] = mapped_column(default=list, comment="rows before and after; what undoing restores")
    undoes_id: Mapped[int | None] = mapped_column(
        ForeignKey("log_entry.id", ondelete="SET NULL"), unique=True, comment="an entry is undone once"
    )

    actor: Mapped[Account | None] = relationship(lazy="raise_on_sql", foreign_keys=[actor_id])
    account: Mapped[Account | None] = relationship(lazy="raise_on_sql", foreign_keys=[account_id])
    post: Mapped[Post | None] = relationship(lazy="raise_on_sql")


class Flag(Base):
    """One person says that something is wrong with one post."""

    __tablename__ = "flag"
    __table_args__ = (
        UniqueConstraint("account_id", "post_id"),
        CheckConstraint(f"reason IN {FLAGS}", name="reason"),
    )

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("queue_item.id", ondelete="SET NULL"), index=True)
    reason: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(default="")
    weight: Mapped[float] = mapped_column(comment="by the trust and the record of who flagged, at that time")
    created_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(String(10), comment="upheld, rejected or set aside; none: waits")

    account: Mapped[Account] = relationship(lazy="raise_on_sql")


class Sanction(Base):
    """Somebody may not write, or not sign in, for a time."""

    __tablename__ = "sanction"
    __table_args__ = (CheckConstraint(f"kind IN {SANCTIONS}", name="kind"),)

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(default="", comment="to the person")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None] = mapped_column(comment="before its end, by an appeal or by undoing it")
    appealed_at: Mapped[datetime | None] = mapped_column(comment="once")


class SpamMark(Base):
    """What a decided post reads like: a hash near those of similar texts, and whether it was spam."""

    __tablename__ = "spam_mark"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    print: Mapped[int] = mapped_column(BigInteger, comment="simhash of its words, 64 bits")
    is_spam: Mapped[bool]
    at: Mapped[datetime] = mapped_column(index=True)


# From which cosine on a post means what another means, perhaps and surely. Of twelve spam texts written anew 11 and 4 reach
# them, translated 4 and 1; of 310 posts and cases of the demo 1 and 0, of 1,500 sentences of forums 0.8 % and one.
ALIKE, VERY_ALIKE = 0.45, 0.55


class Likeness(Base):
    """What a post means, as a vector, and how near that is to what was decided: written by the worker, read by the web.

    Of recent posts, and of those that were decided to be spam or not, whose words may be gone by now.
    """

    __tablename__ = "likeness"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[str] = mapped_column(String(32), comment="of the model that embedded it")
    language: Mapped[str] = mapped_column(String(8))
    embedding: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, comment="float16, of unit length, of the text")
    spam: Mapped[float | None] = mapped_column(comment="cosine with the nearest other post that was decided to be spam")
    good: Mapped[float | None] = mapped_column(comment="with the nearest other that was published after a look")
    like_id: Mapped[int | None] = mapped_column(
        ForeignKey("post.id", ondelete="SET NULL"), index=True, comment="the nearest that was decided to be spam"
    )
    at: Mapped[datetime]


class CannedReason(Base):
    """A reason that moderators wrote for themselves, in both languages. Retired, it still says why earlier decisions were taken."""

    __tablename__ = "canned_reason"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    name_zh: Mapped[str] = mapped_column(String(80), default="")
    text: Mapped[str] = mapped_column(default="", comment="what the author reads")
    text_zh: Mapped[str] = mapped_column(default="")
    retired_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class TagSynonym(Base):
    """Another word for a tag: whoever types it gets the tag."""

    __tablename__ = "tag_synonym"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(50), unique=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), index=True)

    tag: Mapped[Tag] = relationship(lazy="raise_on_sql")
