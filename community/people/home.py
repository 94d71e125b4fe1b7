"""Reads of one's own home: what one asked, answered, complained of, watches, began and searches for."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, selectinload

from community.drafts import THROWN
from community.models import (
    UNRESOLVED,
    Account,
    Complaint,
    Draft,
    Notification,
    Post,
    Product,
    Question,
    SavedSearch,
    Tag,
    Watch,
)
from community.people.queries import Key, Page, answers_of, paged, questions_of

TABS = ("questions", "answers", "complaints", "watched", "drafts", "searches")
MOST_UNREAD = 100


@dataclass(frozen=True)
class Overview:
    """How many rows each tab has, and what waits for the owner."""

    tabs: dict[str, int]
    waiting: int  # own questions that wait for details
    open_complaints: int
    waiting_complaints: int  # of these: the company has answered or asked, and it is the customer's turn
    unread: int  # notifications; MOST_UNREAD at most


def overview(session: Session, account: Account) -> Overview:
    """All the counts in one statement."""
    standing = (Post.author_id == account.id, Post.deleted_at.is_(None), Post.erased_at.is_(None))
    own_case = Complaint.customer_id == account.customer_id
    unread = select(Notification.id).outerjoin(Post, Post.id == Notification.post_id)
    unread = unread.where(
        Notification.account_id == account.id, Notification.read_at.is_(None), Post.deleted_at.is_(None)
    ).limit(MOST_UNREAD)
    counts = (
        _count(Question.id, *_of(Question, account)),
        _count(Post.id, *standing, Post.kind == "answer"),
        _count(Complaint.id, own_case),
        select(func.count()).select_from(_watched(account).subquery()),
        _count(Draft.id, Draft.account_id == account.id, _is_kept()),
        _count(SavedSearch.id, SavedSearch.account_id == account.id),
        _count(Question.id, *_of(Question, account), Question.needs_info_at.is_not(None), Question.solved_at.is_(None)),
        _count(Complaint.id, own_case, Complaint.status.in_(UNRESOLVED)),
        _count(Complaint.id, own_case, Complaint.status == "waiting"),
        select(func.count()).select_from(unread.subquery()),
    )
    row = session.execute(select(*(count.scalar_subquery() for count in counts))).one()
    return Overview(dict(zip(TABS, row[:6], strict=True)), *row[6:])


def _of(kind: type[Question], account: Account) -> tuple[Any, ...]:
    return kind.author_id == account.id, kind.deleted_at.is_(None), kind.erased_at.is_(None)


def _count(column: Any, *conditions: Any) -> Select[Any]:
    return select(func.count(column)).where(*conditions)


def tab(session: Session, account: Account, name: str, after: Key | None) -> Page:
    """One page of a tab of TABS."""
    reads = {
        "questions": questions_of, "answers": answers_of, "complaints": complaints_of, "watched": watched_by,
        "drafts": drafts_of, "searches": searches_of,
    }  # fmt: skip
    return reads[name](session, account, after)


def news(session: Session, account: Account, questions: list[Question]) -> dict[int, int]:
    """How much is new on each of these questions since its owner looked: unread notifications of answers and the like."""
    rows = (
        select(Notification.question_id, func.count())
        .join(Post, Post.id == Notification.post_id)
        .where(
            Notification.account_id == account.id, Notification.read_at.is_(None), Post.deleted_at.is_(None),
            Notification.question_id.in_([question.id for question in questions]),
        )
        .group_by(Notification.question_id)
    )  # fmt: skip
    return {question_id: count for question_id, count in session.execute(rows) if question_id}


def complaints_of(session: Session, account: Account, after: Key | None) -> Page:
    """The account's own cases; the staff have none."""
    rows = select(Complaint).where(Complaint.customer_id == account.customer_id)
    return paged(session, rows.options(selectinload(Complaint.product)), Complaint.created_at, Complaint.id, after)


def watched_by(session: Session, account: Account, after: Key | None) -> Page:
    """What the account watches or has muted, with the question, product or tag."""
    return paged(session, _watched(account), Watch.created_at, Watch.id, after)


def _watched(account: Account) -> Select[Any]:
    asked = aliased(Question)
    return (
        select(Watch, asked, Product, Tag)
        .outerjoin(asked, asked.id == Watch.question_id)
        .outerjoin(Product, Product.id == Watch.product_id)
        .outerjoin(Tag, Tag.id == Watch.tag_id)
        .where(Watch.account_id == account.id, asked.deleted_at.is_(None), asked.erased_at.is_(None))
    )


def drafts_of(session: Session, account: Account, after: Key | None) -> Page:
    """Drafts that were not thrown away."""
    rows = select(Draft).where(Draft.account_id == account.id, _is_kept())
    return paged(session, rows, Draft.saved_at, Draft.id, after)


def _is_kept() -> Any:
    return ~Draft.place.startswith(THROWN)


def searches_of(session: Session, account: Account, after: Key | None) -> Page:
    """Saved searches."""
    rows = select(SavedSearch).where(SavedSearch.account_id == account.id)
    return paged(session, rows, SavedSearch.created_at, SavedSearch.id, after)
