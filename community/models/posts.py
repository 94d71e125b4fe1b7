"""The forum: questions, answers and comments are posts; votes and revisions belong to posts.

One table holds the three kinds, since votes, revisions, verbatims and flags treat them alike and a page of a
question is then read with one statement.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
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
    )  # fmt: skip
    __mapper_args__: dict[str, Any] = {"polymorphic_on": "kind"}

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(10))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    question_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    body: Mapped[str] = mapped_column(comment="Markdown")
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    score: Mapped[int] = mapped_column(default=0, comment="sum of the votes")
    external_id: Mapped[str | None] = mapped_column(String(120), unique=True, comment="key in the dump it came from")

    author: Mapped[Account | None] = relationship(lazy="raise_on_sql")


class Question(Post):
    """A question to the community."""

    __mapper_args__ = {"polymorphic_identity": "question"}

    title: Mapped[str | None] = mapped_column(String(200))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id", ondelete="SET NULL"), index=True)
    answer_count: Mapped[int | None] = mapped_column(default=0)
    solved_at: Mapped[datetime | None]
    active_at: Mapped[datetime | None] = mapped_column(comment="last question, answer, comment or edit")

    product: Mapped[Product | None] = relationship(lazy="raise_on_sql")
    tags: Mapped[list[Tag]] = relationship(secondary=question_tag, lazy="raise_on_sql", order_by=Tag.slug)


class Answer(Post):
    """An answer to a question."""

    __mapper_args__ = {"polymorphic_identity": "answer"}

    accepted_at: Mapped[datetime | None] = mapped_column(comment="when the asker said that this solved it")


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
    __table_args__ = (UniqueConstraint("post_id", "number"),)

    id: Mapped[Key]
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(comment="1 for the first text")
    title: Mapped[str | None] = mapped_column(String(200))
    body: Mapped[str]
    editor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
