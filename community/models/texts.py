"""What is mined: customers' texts, and the mentions found in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.db import Base, Key


class Verbatim(Base):
    """One text in a customer's own words, as mined. It dies with the post or complaint that it came from."""

    __tablename__ = "verbatim"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN post_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN complaint_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN message_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_source",
        ),
        Index("ix_verbatim_waiting", "mined_revision", "id"),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id", ondelete="SET NULL"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), unique=True)
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), unique=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), unique=True)
    is_private: Mapped[bool] = mapped_column(comment="from a complaint: quoted only as the rules allow")
    text: Mapped[str]
    text_hash: Mapped[str] = mapped_column(String(32), comment="first half of the SHA-256 of the text")
    said_at: Mapped[datetime] = mapped_column(index=True)

    language: Mapped[str | None] = mapped_column(String(8), comment="en, zh-Hans, zh-Hant or und")
    sentiment: Mapped[str | None] = mapped_column(String(8))  # negative, neutral, positive or mixed
    score: Mapped[float | None] = mapped_column(comment="sentiment in [-1, 1]")
    intent: Mapped[str | None] = mapped_column(String(10))
    leaving: Mapped[bool | None]
    mined_revision: Mapped[str | None] = mapped_column(String(32), comment="of the model that mined it; none: waiting")
    claimed_by: Mapped[str | None] = mapped_column(String(36), comment="the batch that is mining it")
    claimed_until: Mapped[datetime | None]

    mentions: Mapped[list["Mention"]] = relationship(
        lazy="raise_on_sql", order_by="Mention.start", passive_deletes=True, back_populates="verbatim"
    )


class Echo(Base):
    """That a verbatim nearly repeats an earlier one of its day, or that it repeats none: found once, kept by the worker."""

    __tablename__ = "echo"

    verbatim_id: Mapped[int] = mapped_column(ForeignKey("verbatim.id", ondelete="CASCADE"), primary_key=True)
    leader_id: Mapped[int | None] = mapped_column(
        ForeignKey("verbatim.id", ondelete="SET NULL"), index=True, comment="what it repeats; itself, if nothing"
    )
    text_hash: Mapped[str] = mapped_column(String(32), comment="of the text that was compared")


class Mention(Base):
    """One sentence or clause of a verbatim."""

    __tablename__ = "mention"
    __table_args__ = (
        UniqueConstraint("verbatim_id", "start"),
        CheckConstraint('start >= 0 AND "end" > start', name="offsets"),
        Index(  # what discovery has not seen: few, among millions
            "ix_mention_loose",
            "revision",
            "id",
            sqlite_where=text("topic_id IS NULL AND considered IS 0"),
            postgresql_where=text("topic_id IS NULL AND considered IS false"),
        ),
        {"sqlite_autoincrement": True},  # reports keep ids of mentions: an id must never come back as another's words
    )

    id: Mapped[Key]
    verbatim_id: Mapped[int] = mapped_column(ForeignKey("verbatim.id", ondelete="CASCADE"))
    start: Mapped[int] = mapped_column(comment="offset in the verbatim's text, code points")
    end: Mapped[int] = mapped_column(comment="offset behind the last character, code points")
    sentiment: Mapped[str] = mapped_column(String(8))
    score: Mapped[float] = mapped_column(comment="sentiment in [-1, 1]")
    intent: Mapped[str] = mapped_column(String(10))
    leaving: Mapped[bool]
    embedding: Mapped[bytes] = mapped_column(
        LargeBinary, comment="float16, unit length, in the context of its text and thread"
    )
    revision: Mapped[str] = mapped_column(String(32), comment="of the model that judged it")
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id", ondelete="SET NULL"), index=True)
    # With a topic: it is too unlike the others to be one of them, and only leans to it.
    considered: Mapped[bool] = mapped_column(
        default=False, comment="discovery has seen it and found no topic; it waits for others like it"
    )

    verbatim: Mapped[Verbatim] = relationship(lazy="raise_on_sql", back_populates="mentions")


class Verdict(Base):
    """What people decided about one mention, as it stands. Kept by the text's hash and the place: it outlives later runs.

    While moderation keeps the text out of mining it waits with the post, and comes back with it.
    """

    __tablename__ = "verdict"
    __table_args__ = (
        UniqueConstraint("verbatim_id", "text_hash", "start"),
        CheckConstraint("(verbatim_id IS NULL) <> (post_id IS NULL)", name="of_a_text_or_kept_for_a_post"),
    )

    id: Mapped[Key]
    verbatim_id: Mapped[int | None] = mapped_column(ForeignKey("verbatim.id", ondelete="CASCADE"))
    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("post.id", ondelete="CASCADE"), index=True, comment="whose words are out of mining: it waits with it"
    )
    text_hash: Mapped[str] = mapped_column(String(32))
    start: Mapped[int]
    topic_id: Mapped[int | None] = mapped_column(
        ForeignKey("topic.id", ondelete="SET NULL"), comment="where a person put it, or said that it belongs"
    )
    rejected: Mapped[list[Any] | None] = mapped_column(
        JSON(none_as_null=True), comment="ids of topics that it is not about"
    )
    sentiment: Mapped[str | None] = mapped_column(String(8))
    intent: Mapped[str | None] = mapped_column(String(10))
    reading: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), comment="what the model reads the whole text as, once the parts decide instead"
    )
    at: Mapped[datetime] = mapped_column(comment="of the latest decision")
