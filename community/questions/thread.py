"""One question with all that its page shows, in a constant number of statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, or_, select
from sqlalchemy.orm import Session

from community.models import (
    Account,
    Answer,
    Comment,
    MeToo,
    Outcome,
    OutcomeNote,
    Post,
    Question,
    Related,
    Vote,
    Watch,
)
from community.moderation.hiding import in_sight
from community.questions import queries

ANSWERS = 30  # on one page
MOST_COMMENTS = 500  # below the posts of one page
MOST_RELATED = 5

SORTS: dict[str, tuple[Any, ...]] = {
    "score": (Answer.score.desc(), Answer.created_at.asc(), Answer.id.asc()),
    "newest": (Answer.created_at.desc(), Answer.id.desc()),
    "oldest": (Answer.created_at.asc(), Answer.id.asc()),
}


@dataclass
class Thread:
    """A question as its page shows it. `total`: all answers and replies, on however many pages."""

    question: Question
    answers: list[Answer]
    total: int
    page: int
    sort: str
    comments: dict[int, list[Comment]] = field(default_factory=dict)  # parent's id -> comments
    votes: dict[int, int] = field(default_factory=dict)  # post id -> the reader's vote
    related: list[Question] = field(default_factory=list)
    merged: list[Question] = field(default_factory=list)  # questions that asked the same and were merged into it
    people: list[Account] = field(default_factory=list)  # who wrote them: kept, so that each post finds its author
    level: str = "none"  # the reader's watch: watching, muted or none
    is_me_too: bool = False
    outcome: Outcome | None = None  # the latest that was published of what it asks about

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // ANSWERS))


def thread(session: Session, question_id: int, reader: Account | None, sort: str = "score", page: int = 1) -> Thread:
    """The accepted answer first whatever the order, then answers, then mere replies. Raises NotFound."""
    asked = queries.question(session, question_id, reader)
    sort = sort if sort in SORTS else "score"
    seen = in_sight(reader) if asked.deleted_at is None else or_(in_sight(reader), Post.hidden_with_id == asked.id)
    total, outcome_id = session.execute(select(_total(asked.id, seen), _outcome_id(asked.id))).one()
    page = max(1, min(page, -(-total // ANSWERS) or 1))
    answers = list(session.scalars(_sorted(asked.id, sort, seen).limit(ANSWERS).offset((page - 1) * ANSWERS)))
    shown = Thread(asked, answers, total, page, sort)
    ids = [asked.id, *(row.id for row in answers)]
    shown.comments = _comments(session, ids, seen)
    shown.people = _people(session, [*answers, *(row for below in shown.comments.values() for row in below)])
    shown.related = related(session, asked.id)
    shown.merged = queries.merged(session, asked.id)
    shown.outcome = session.get(Outcome, outcome_id) if outcome_id else None
    if reader:
        shown.votes = reader_votes(session, reader, ids)
        shown.level, shown.is_me_too = _reader(session, reader, asked.id)
    return shown


def _total(question_id: int, seen: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count(Answer.id)).where(Answer.question_id == question_id, seen).scalar_subquery()


def _outcome_id(question_id: int) -> ScalarSelect[int]:
    """The latest that was published of what it asks about; most questions have no row in this index."""
    rows = select(Outcome.id).join(OutcomeNote, OutcomeNote.outcome_id == Outcome.id)
    rows = rows.where(OutcomeNote.question_id == question_id, Outcome.state == "published")
    return rows.order_by(Outcome.published_at.desc()).limit(1).scalar_subquery()


def _sorted(question_id: int, sort: str, seen: ColumnElement[bool]) -> Select[tuple[Answer]]:
    """By time a thread reads as it was said; by score mere replies come last."""
    last = (Answer.is_reply.is_(True),) if sort == "score" else ()
    rows = select(Answer).where(Answer.question_id == question_id, seen)
    return rows.order_by(Answer.accepted_at.is_(None), *last, *SORTS[sort])


def page_of(session: Session, answer: Answer) -> int:
    """On which page of the thread by score the answer stands."""
    if answer.accepted_at:
        return 1
    ids = session.scalars(
        _sorted(answer.question_id or 0, "score", in_sight(None)).with_only_columns(Answer.id).limit(10_000)
    ).all()
    return ids.index(answer.id) // ANSWERS + 1 if answer.id in ids else 1


def _comments(session: Session, post_ids: Sequence[int], seen: ColumnElement[bool]) -> dict[int, list[Comment]]:
    rows = session.scalars(
        select(Comment)
        .where(Comment.parent_id.in_(post_ids), seen, Comment.erased_at.is_(None))
        .order_by(Comment.created_at, Comment.id)
        .limit(MOST_COMMENTS)
    )
    below: dict[int, list[Comment]] = defaultdict(list)
    for written in rows:
        below[written.parent_id or 0].append(written)
    return below


def _people(session: Session, posts: Sequence[Answer | Comment]) -> list[Account]:
    """The authors of all of them at once; a post then finds its own in the session."""
    ids = {post.author_id for post in posts if post.author_id}
    return list(session.scalars(select(Account).where(Account.id.in_(ids)))) if ids else []


def related(session: Session, question_id: int) -> list[Question]:
    """Questions that resemble it, the nearest first."""
    rows = (
        select(Question)
        .join(Related, Related.other_id == Question.id)
        .where(Related.question_id == question_id, Question.deleted_at.is_(None), Question.erased_at.is_(None))
        .order_by(Related.likeness.desc(), Question.id)
        .limit(MOST_RELATED)
    )
    return list(session.scalars(rows))


def reader_votes(session: Session, reader: Account, post_ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(Vote.post_id, Vote.value).where(Vote.voter_id == reader.id, Vote.post_id.in_(post_ids))
    )
    return {post_id: value for post_id, value in rows}


def _reader(session: Session, reader: Account, question_id: int) -> tuple[str, bool]:
    level = select(Watch.level).where(Watch.account_id == reader.id, Watch.question_id == question_id)
    me_too = (
        select(func.count()).select_from(MeToo).where(MeToo.account_id == reader.id, MeToo.question_id == question_id)
    )
    row = session.execute(select(level.scalar_subquery(), me_too.scalar_subquery())).one()
    return row[0] or "none", bool(row[1])
