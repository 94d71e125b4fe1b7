"""The forum: questions, answers and comments are posts; votes and revisions belong to posts.

One table holds the three kinds, since votes, revisions, verbatims and flags treat them alike and a page of a
question is then read with one statement.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from community.db import Base, Key
from community.models.accounts import Account
from community.models.catalog import Product, Tag, question_tag


class Post(Base):
    """What somebody wrote in public."""

    __tablename__ = "post"
    __table_args__ = (
        CheckConstraint("kind IN ('question', 'answer', 'comment')", name="kind"),
        CheckConstraint("(kind = 'question') = (question_id IS NULL)", name="answers_and_comments_have_a_question"),
        CheckConstraint("(kind = 'comment') = (parent_id IS NOT NULL)", name="comments_have_a_parent"),
        Index("ix_post_newest", "created_at", "id", sqlite_where=text("kind = 'question'"), postgresql_where=text("kind = 'question'")),
        Index(
            "ix_post_unanswered", "created_at", "id",
            sqlite_where=text("kind = 'question' AND answer_count = 0"),
            postgresql_where=text("kind = 'question' AND answer_count = 0"),
        ),
        Index(
            "uq_post_one_accepted_answer", "question_id", unique=True,
            sqlite_where=text("accepted_at IS NOT NULL"), postgresql_where=text("accepted_at IS NOT NULL"),
        ),
        Index(
            "ix_post_unsolved", "created_at", "id",
            sqlite_where=text("kind = 'question' AND solved_at IS NULL"),
            postgresql_where=text("kind = 'question' AND solved_at IS NULL"),
        ),
        Index("ix_post_of_author", "author_id", "created_at", "id"),
    )  # fmt: skip
    __mapper_args__: dict[str, Any] = {"polymorphic_on": "kind"}

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(10))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    body: Mapped[str] = mapped_column(comment="Markdown")
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None] = mapped_column(
        comment="its author erased the words; the row stays for what others wrote below it"
    )
    hidden_with_id: Mapped[int | None] = mapped_column(
        comment="taken out of sight with that post, or by itself: deleted_at is set too, and can be taken back",
    )
    hidden_as: Mapped[str | None] = mapped_column(String(10), comment="held, hidden, deleted, merged or split")
    hidden_kept: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), deferred=True, comment="what it comes back with: acceptance, tags"
    )
    score: Mapped[int] = mapped_column(default=0, comment="sum of the votes")
    external_id: Mapped[str | None] = mapped_column(String(120), unique=True, comment="key in the dump it came from")

    author: Mapped[Account | None] = relationship(lazy="raise_on_sql")


class Question(Post):
    """A question to the community."""

    __mapper_args__ = {"polymorphic_identity": "question"}

    title: Mapped[str | None] = mapped_column(String(200))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id", ondelete="SET NULL"))
    answer_count: Mapped[int | None] = mapped_column(default=0)
    me_too_count: Mapped[int | None] = mapped_column(default=0, comment="others who have the same problem")
    hot: Mapped[float | None] = mapped_column(default=0.0, comment="grows with use, and with the day it was asked")
    needs_info_at: Mapped[datetime | None] = mapped_column(comment="since when details are awaited from the asker")
    solved_at: Mapped[datetime | None]
    active_at: Mapped[datetime | None] = mapped_column(comment="last question, answer, comment or edit")
    closed_at: Mapped[datetime | None] = mapped_column(comment="takes no more answers")
    closed_for: Mapped[str | None] = mapped_column(String(20), comment="why, as in CLOSED_FOR")
    locked_at: Mapped[datetime | None] = mapped_column(comment="nobody but the staff writes, edits or votes here")
    pinned_at: Mapped[datetime | None] = mapped_column(comment="stands above the newest")
    merged_into_id: Mapped[int | None] = mapped_column(index=True, comment="asked the same; its answers went there")

    product: Mapped[Product | None] = relationship(lazy="raise_on_sql")
    tags: Mapped[list[Tag]] = relationship(secondary=question_tag, lazy="raise_on_sql", order_by=Tag.slug)


IS_QUESTION = text("kind = 'question'")
IS_PINNED = text("pinned_at IS NOT NULL")
Index("ix_post_pinned", Question.pinned_at, sqlite_where=IS_PINNED, postgresql_where=IS_PINNED)
for name, column in (("active", Question.active_at), ("hot", Question.hot)):
    Index(f"ix_post_{name}", column, Post.id, sqlite_where=IS_QUESTION, postgresql_where=IS_QUESTION)
Index(
    "ix_post_of_product", Question.product_id, Post.created_at, Post.id,
    sqlite_where=IS_QUESTION, postgresql_where=IS_QUESTION,
)  # fmt: skip


class Answer(Post):
    """An answer to a question."""

    __mapper_args__ = {"polymorphic_identity": "answer"}

    accepted_at: Mapped[datetime | None] = mapped_column(comment="when the asker said that this solved it")
    is_reply: Mapped[bool | None] = mapped_column(
        default=False, comment="talk that proposes nothing: the question stays unanswered"
    )


class Comment(Post):
    """A short remark below a question or an answer."""

    __mapper_args__ = {"polymorphic_identity": "comment"}

    parent_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)


class Vote(Base):
    """One person's judgement of one post."""

    __tablename__ = "vote"
    __table_args__ = (UniqueConstraint("voter_id", "post_id"), CheckConstraint("value IN (-1, 1)", name="value"))

    id: Mapped[Key]
    voter_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    value: Mapped[int] = mapped_column(comment="+1 helpful, -1 not")
    created_at: Mapped[datetime]


class Revision(Base):
    """How a post read before an edit, and who changed it."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("post_id", "number"), Index("ix_revision_editor_id", "editor_id"))

    id: Mapped[Key]
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(comment="1 for the first text")
    title: Mapped[str | None] = mapped_column(String(200))
    body: Mapped[str]
    editor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]


class MeToo(Base):
    """Somebody else has the same problem."""

    __tablename__ = "me_too"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, index=True)
    created_at: Mapped[datetime]


class Watch(Base):
    """What an account wants to hear of, or not to hear of: a question, a product or a tag."""

    __tablename__ = "watch"
    __table_args__ = (
        UniqueConstraint("account_id", "question_id"),
        UniqueConstraint("account_id", "product_id"),
        UniqueConstraint("account_id", "tag_id"),
        CheckConstraint("level IN ('watching', 'muted')", name="level"),
        CheckConstraint(
            "(CASE WHEN question_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN product_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN tag_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_thing",
        ),
    )

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    level: Mapped[str] = mapped_column(String(10))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"), index=True)
    tag_id: Mapped[int | None] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class Related(Base):
    """Another question that resembles this one, found by the worker when either was posted or edited."""

    __tablename__ = "related"

    question_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, index=True)
    likeness: Mapped[float] = mapped_column(comment="greater is nearer; only its order means something")


class Draft(Base):
    """What somebody is about to post, kept on the server."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("account_id", "place"),)

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    place: Mapped[str] = mapped_column(String(40), comment="ask, or answer:7 for an answer to question 7")
    title: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    product: Mapped[str] = mapped_column(default="", comment="slug")
    tags: Mapped[str] = mapped_column(default="", comment="as typed")
    saved_at: Mapped[datetime]


class Upload(Base):
    """An image, re-encoded; its file lies in the folder of uploads under its key."""

    __tablename__ = "upload"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(40), unique=True, comment="in the address and the file's name")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL"), index=True)
    width: Mapped[int] = mapped_column(comment="pixels")
    height: Mapped[int] = mapped_column(comment="pixels")
    size: Mapped[int] = mapped_column(comment="bytes")
    created_at: Mapped[datetime] = mapped_column(index=True)
