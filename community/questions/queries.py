"""Reads of the forum: lists by key-set pages, single posts, what stands beside lists."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import ColumnElement, Select, exists, func, literal, literal_column, select, tuple_
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import InstrumentedAttribute

from community.errors import NotFound
from community.models import Account, Answer, Comment, Post, Product, Question, Tag, TagSynonym, Watch, question_tag
from community.moderation.hiding import in_sight
from community.web.caching import for_a_while
from community.web.urls import number_key, page_key

PAGE = 20
MOST_PINNED = 3
LONGEST_LIST = 200  # products offered
TAGS = 100  # of one page

IS_QUESTION = Post.kind == literal_column("'question'")  # literally: with a bound value no partial index is used
WIDELY_USED = 1_000  # questions: beyond, a tag's newest are found sooner by walking the list than by sorting them

Key = tuple[datetime | float, int]


@dataclass
class Page:
    """One page of a list and the key of the next."""

    rows: list[Question]
    next_key: str | None


@dataclass(frozen=True)
class TagPage:
    """One page of tags with their counts of questions, and the key of the next."""

    rows: list[tuple[str, int]]
    next_key: str | None


@dataclass(frozen=True)
class Order:
    """A list: by what it is sorted, the greatest first, and which questions belong to it."""

    by: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None] | InstrumentedAttribute[float | None]
    condition: ColumnElement[bool] | None = None


ORDERS: dict[str, Order] = {
    "newest": Order(Post.created_at),
    "active": Order(Question.active_at),
    "unanswered": Order(Post.created_at, (Question.answer_count == 0) & Question.needs_info_at.is_(None)),
    "unsolved": Order(Post.created_at, Question.solved_at.is_(None)),
    "hot": Order(Question.hot),
    "watched": Order(Question.active_at),
}


def question_list(
    session: Session, order: str, product: Product | None = None, tag: Tag | None = None, after: Key | None = None,
    reader: Account | None = None, most: int = PAGE,
) -> Page:  # fmt: skip
    """One page of questions, the greatest by its order first. `watched` is the reader's own list.

    Raises NotFound for an order that is not in ORDERS, and for `watched` without a reader.
    """
    if order not in ORDERS or (order == "watched" and reader is None):
        raise NotFound
    column, condition = ORDERS[order].by, ORDERS[order].condition
    rows = listed(IS_QUESTION, Question.deleted_at.is_(None), Question.erased_at.is_(None))
    if condition is not None:
        rows = rows.where(condition)
    if order == "watched" and reader:
        rows = rows.where(watched_by(reader))
    if product:
        rows = rows.where(Question.product_id == product.id)
    if tag:
        rows = tagged_by(session, rows, tag)
    if after:
        bound = tuple_(literal(after[0], column.type), literal(after[1]))
        rows = rows.where(tuple_(column, Question.id) < bound)
    found = list(session.scalars(rows.order_by(column.desc(), Question.id.desc()).limit(most + 1)))
    last = found[most - 1] if len(found) > most else None
    return Page(found[:most], key_of(last, order) if last else None)


def tagged_by(session: Session, rows: Select[tuple[Question]], tag: Tag) -> Select[tuple[Question]]:
    """The rows with this tag: found by it if it is rare, else noticed while walking the list."""
    of = question_tag.c.tag_id == tag.id
    few = select(question_tag.c.question_id).where(of).limit(WIDELY_USED).subquery()
    if (session.scalar(select(func.count()).select_from(few)) or 0) < WIDELY_USED:
        return rows.join(question_tag, question_tag.c.question_id == Question.id).where(of)
    return rows.where(exists().where(of, question_tag.c.question_id == Question.id))


def key_of(question: Question, order: str) -> str:
    """The key behind this question in a list of this order."""
    value = getattr(question, ORDERS[order].by.key)
    return page_key(value, question.id) if isinstance(value, datetime) else number_key(value, question.id)


def watched_by(reader: Account) -> ColumnElement[bool]:
    """Questions that the reader watches: by themselves, or by a product or tag of which none is muted."""
    of, off = (
        (Watch.account_id == reader.id, Watch.level == "watching"), (Watch.account_id == reader.id, Watch.level == "muted"),
    )  # fmt: skip
    labels = question_tag.c
    tagged = select(labels.question_id).join(Watch, Watch.tag_id == labels.tag_id).where(*of)
    product = select(Watch.product_id).where(*of, Watch.product_id.is_not(None))
    muted = exists().where(*off, Watch.question_id == Question.id)
    label_muted = exists().where(*off, Watch.product_id == Question.product_id) | exists().where(
        *off, Watch.tag_id == labels.tag_id, labels.question_id == Question.id
    )
    by_label = (Question.product_id.in_(product) | Question.id.in_(tagged)) & ~label_muted
    by_itself = Question.id.in_(select(Watch.question_id).where(*of, Watch.question_id.is_not(None)))
    return (by_itself | by_label) & ~muted


def listed(*conditions: ColumnElement[bool]) -> Select[tuple[Question]]:
    """Questions with what a row of a list shows."""
    return (
        select(Question)
        .where(*conditions)
        .options(selectinload(Question.author), selectinload(Question.product), selectinload(Question.tags))
    )


def question(session: Session, question_id: int, reader: Account | None = None) -> Question:
    """Raises NotFound when there is none, it was deleted, or it is hidden from this reader."""
    found = session.scalar(listed(Question.id == question_id, in_sight(reader)))
    if found is None:
        raise NotFound
    return found


def bare_question(session: Session, question_id: int, reader: Account | None = None) -> Question:
    """The row alone, for those who do something to it. Raises NotFound as `question` does."""
    found = session.scalar(select(Question).where(Question.id == question_id, in_sight(reader)))
    if found is None:
        raise NotFound
    return found


def post(session: Session, post_id: int, reader: Account | None = None) -> Question | Answer | Comment:
    """Any post, the row alone. Raises NotFound when there is none, or it or its question is gone or hidden."""
    found = session.scalar(select(Post).where(Post.id == post_id, in_sight(reader)))
    if not isinstance(found, Question | Answer | Comment):
        raise NotFound
    return found


def editable_post(session: Session, post_id: int, reader: Account) -> Question | Answer | Comment:
    """A post that is seen, or one of the reader's own that is hidden and may be mended. Raises NotFound."""
    found = post(session, post_id, reader)
    if found.deleted_at and (found.hidden_as != "hidden" or found.author_id != reader.id):
        raise NotFound
    return found


def merged_into(session: Session, post_id: int) -> int | None:
    """Where a question went that was merged, or what an answer or a comment became; None for any other.

    Also when its own words were hidden since: what was answered stands there.
    """
    table = Post.__table__.c
    return session.scalar(select(table.merged_into_id).where(table.id == post_id, table.deleted_at.is_not(None)))


def merged(session: Session, question_id: int) -> list[Question]:
    """The questions that were merged into this one."""
    rows = select(Question).where(Question.merged_into_id == question_id, Question.hidden_as == "merged")
    return list(session.scalars(rows.order_by(Question.id).limit(PAGE)))


def original(session: Session, question_id: int) -> Question:
    """A question that was merged, as it was asked. Raises NotFound for any other."""
    found = session.scalar(listed(Question.id == question_id, Question.hidden_as == "merged"))
    if found is None:
        raise NotFound
    return found


def pinned(session: Session) -> list[Question]:
    """What stands above the newest, the latest pinned first."""
    rows = listed(Question.pinned_at.is_not(None), Question.deleted_at.is_(None), Question.erased_at.is_(None))
    return list(session.scalars(rows.order_by(Question.pinned_at.desc()).limit(MOST_PINNED)))


def products(session: Session) -> list[Product]:
    return list(session.scalars(select(Product).order_by(Product.name).limit(LONGEST_LIST)))


def product(session: Session, slug: str) -> Product:
    found = session.scalar(select(Product).where(Product.slug == slug))
    if found is None:
        raise NotFound
    return found


def tag(session: Session, slug: str) -> Tag:
    found = session.scalar(select(Tag).where(Tag.slug == slug)) or session.scalar(
        select(Tag).join(TagSynonym, TagSynonym.tag_id == Tag.id).where(TagSynonym.slug == slug)
    )
    if found is None:
        raise NotFound
    return found


def tags(session: Session, most: int = 30) -> list[tuple[str, int]]:
    """The slugs of the most used tags with their counts of questions, as of half a minute ago."""
    return for_a_while(("tags", most), current_app.config["COUNTS_SECONDS"], lambda: _tags(session, most))


def _tags(session: Session, most: int) -> list[tuple[str, int]]:
    """From the index of tags alone: to ask each question whether it was deleted takes a hundred times as long."""
    uses = func.count().label("uses")
    counted = (
        select(question_tag.c.tag_id, uses)
        .group_by(question_tag.c.tag_id)
        .order_by(uses.desc(), question_tag.c.tag_id)
        .limit(most)
        .subquery()
    )
    rows = select(Tag.slug, counted.c.uses).join(counted, counted.c.tag_id == Tag.id)
    return [(row[0], row[1]) for row in session.execute(rows.order_by(counted.c.uses.desc(), Tag.slug))]


def tag_page(session: Session, typed: str, after: str, most: int = TAGS) -> TagPage:
    """Tags that a question in sight has, by name, of those that contain what is typed; a page by key."""
    labels = question_tag.c
    used = exists().where(labels.tag_id == Tag.id, labels.question_id == Post.id, Post.deleted_at.is_(None))
    rows = select(Tag.id, Tag.slug).where(Tag.slug > after, used)
    if typed:
        rows = rows.where(Tag.slug.icontains(typed, autoescape=True))
    found = session.execute(rows.order_by(Tag.slug).limit(most + 1)).all()
    uses = dict(
        session.execute(
            select(labels.tag_id, func.count())
            .where(labels.tag_id.in_([row.id for row in found[:most]]), labels.question_id == Post.id)
            .where(Post.deleted_at.is_(None))
            .group_by(labels.tag_id)
        ).tuples().all()
    )  # fmt: skip
    last = found[most - 1].slug if len(found) > most else None
    return TagPage([(row.slug, uses.get(row.id, 0)) for row in found[:most]], last)


def counts(session: Session) -> dict[str, int]:
    """How many questions there are, and how many of them are solved or unanswered, as of half a minute ago."""
    return for_a_while("counts", current_app.config["COUNTS_SECONDS"], lambda: _counts(session))


def _counts(session: Session) -> dict[str, int]:
    row = session.execute(
        select(
            func.count(),
            func.count(Question.solved_at),
            func.count().filter((Question.answer_count == 0) & Question.needs_info_at.is_(None)),
        ).where(Question.deleted_at.is_(None), Question.erased_at.is_(None), Question.kind == "question")
    ).one()
    return {"questions": row[0], "solved": row[1], "unanswered": row[2]}


def watch_level(session: Session, what: Product | Tag, reader: Account | None) -> str:
    """watching, muted or none."""
    if reader is None:
        return "none"
    column = Watch.product_id if isinstance(what, Product) else Watch.tag_id
    return session.scalar(select(Watch.level).where(Watch.account_id == reader.id, column == what.id)) or "none"
