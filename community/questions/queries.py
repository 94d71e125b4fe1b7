"""Reads of the forum: lists by key-set pages, and one question with all that hangs on it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session, selectinload

from community.errors import NotFound
from community.models import Account, Answer, Comment, Post, Product, Question, Revision, Tag, Vote, question_tag
from community.web.urls import page_key

PAGE = 20
MOST_ANSWERS = 200  # shown on one page
MOST_COMMENTS = 1000


@dataclass
class Page:
    """One page of a list and the key of the next."""

    rows: list[Question]
    next_key: str | None


@dataclass
class Thread:
    """A question as its page shows it."""

    question: Question
    answers: list[Answer]
    comments: dict[int, list[Comment]] = field(default_factory=dict)  # parent's id -> comments
    votes: dict[int, int] = field(default_factory=dict)  # post id -> the reader's vote


ORDERS: dict[str, ColumnElement[bool] | None] = {
    "newest": None,
    "unanswered": Question.answer_count == 0,
    "unsolved": Question.solved_at.is_(None),
}


def question_list(
    session: Session, order: str, product: Product | None = None, tag: Tag | None = None,
    after: tuple[datetime, int] | None = None,
) -> Page:  # fmt: skip
    """One page of questions, newest first. Raises NotFound for an order that is not in ORDERS."""
    if order not in ORDERS:
        raise NotFound
    rows = _listed(Question.deleted_at.is_(None))
    condition = ORDERS[order]
    if condition is not None:
        rows = rows.where(condition)
    if product:
        rows = rows.where(Question.product_id == product.id)
    if tag:
        rows = rows.join(question_tag, question_tag.c.question_id == Question.id).where(question_tag.c.tag_id == tag.id)
    if after:
        rows = rows.where(tuple_(Question.created_at, Question.id) < tuple_(*map(_bound, after)))
    found = list(session.scalars(rows.order_by(Question.created_at.desc(), Question.id.desc()).limit(PAGE + 1)))
    more = found[PAGE - 1] if len(found) > PAGE else None
    return Page(found[:PAGE], page_key(more.created_at, more.id) if more else None)


def _bound(value: Any) -> Any:
    return literal(value, Question.created_at.type) if isinstance(value, datetime) else literal(value)


def _listed(*conditions: ColumnElement[bool]) -> Select[tuple[Question]]:
    return (
        select(Question)
        .where(*conditions)
        .options(selectinload(Question.author), selectinload(Question.product), selectinload(Question.tags))
    )


def question(session: Session, question_id: int) -> Question:
    """Raises NotFound when there is none, or it was deleted."""
    found = session.scalar(_listed(Question.id == question_id, Question.deleted_at.is_(None)))
    if found is None:
        raise NotFound
    return found


def post(session: Session, post_id: int) -> Question | Answer | Comment:
    """Any post. Raises NotFound when there is none, or it or its question was deleted."""
    found = session.scalar(select(Post).where(Post.id == post_id, Post.deleted_at.is_(None)))
    if not isinstance(found, Question | Answer | Comment):
        raise NotFound
    return found


def thread(session: Session, question_id: int, reader: Account | None) -> Thread:
    """The question with answers (accepted first, then by score), comments and the reader's votes."""
    asked = question(session, question_id)
    answers = list(
        session.scalars(
            select(Answer)
            .where(Answer.question_id == asked.id, Answer.deleted_at.is_(None))
            .options(selectinload(Answer.author))
            .order_by(Answer.accepted_at.is_(None), Answer.score.desc(), Answer.created_at)
            .limit(MOST_ANSWERS)
        )
    )
    comments = session.scalars(
        select(Comment)
        .where(Comment.question_id == asked.id, Comment.deleted_at.is_(None))
        .options(selectinload(Comment.author))
        .order_by(Comment.created_at, Comment.id)
        .limit(MOST_COMMENTS)
    )
    below: dict[int, list[Comment]] = defaultdict(list)
    for written in comments:
        below[written.parent_id or asked.id].append(written)
    return Thread(asked, answers, below, reader_votes(session, reader, [asked.id, *(row.id for row in answers)]))


def reader_votes(session: Session, reader: Account | None, post_ids: list[int]) -> dict[int, int]:
    if reader is None:
        return {}
    rows = session.execute(
        select(Vote.post_id, Vote.value).where(Vote.voter_id == reader.id, Vote.post_id.in_(post_ids))
    )
    return {post_id: value for post_id, value in rows}


def revisions(session: Session, post_id: int) -> list[Revision]:
    rows = select(Revision).where(Revision.post_id == post_id).order_by(Revision.number.desc()).limit(100)
    return list(session.scalars(rows))


def products(session: Session) -> list[Product]:
    return list(session.scalars(select(Product).order_by(Product.name).limit(500)))


def product(session: Session, slug: str) -> Product:
    found = session.scalar(select(Product).where(Product.slug == slug))
    if found is None:
        raise NotFound
    return found


def tag(session: Session, slug: str) -> Tag:
    found = session.scalar(select(Tag).where(Tag.slug == slug))
    if found is None:
        raise NotFound
    return found


def tags(session: Session, most: int = 30) -> list[tuple[Tag, int]]:
    """The most used tags with their counts of questions."""
    uses = func.count().label("uses")
    rows = (
        select(Tag, uses)
        .join(question_tag, question_tag.c.tag_id == Tag.id)
        .join(Post, Post.id == question_tag.c.question_id)
        .where(Post.deleted_at.is_(None))
        .group_by(Tag.id)
        .order_by(uses.desc(), Tag.slug)
        .limit(most)
    )
    return [(row[0], row[1]) for row in session.execute(rows)]


def counts(session: Session) -> dict[str, int]:
    """How many questions there are, and how many of them are solved or unanswered."""
    row = session.execute(
        select(
            func.count(),
            func.count(Question.solved_at),
            func.count().filter(Question.answer_count == 0),
        ).where(Question.deleted_at.is_(None), Question.kind == "question")
    ).one()
    return {"questions": row[0], "solved": row[1], "unanswered": row[2]}


def home(session: Session, account: Account) -> list[Question]:
    """The account's own latest questions."""
    rows = _listed(Question.author_id == account.id, Question.deleted_at.is_(None))
    return list(session.scalars(rows.order_by(Question.created_at.desc()).limit(PAGE)))
