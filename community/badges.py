"""Badges: each by one rule that the tables can answer. Once earned they stay. docs/trust.md lists them.

A rule is the n-th row of a list. So the tables say not only who has earned a badge, but by which post and when.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    CompoundSelect,
    Integer,
    Select,
    bindparam,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from community import crediting
from community.models import Account, Answer, MeToo, Post, Question, Revision, Verbatim, Vote

YEAR = timedelta(days=365)

A_YEAR_AGO = bindparam("a_year_ago", type_=Account.created_at.type)

Rows = Callable[[], Select[Any]]  # account_id, post_id, at; of the accounts of crediting.IDS


@dataclass(frozen=True)
class Badge:
    """What one can earn: the `nth` row of `rows` earns it, `later` than that row's moment."""

    key: str
    group: str
    sign: str
    name: Any
    description: Any
    rows: Rows
    nth: int = 1
    later: timedelta = timedelta()


@dataclass(frozen=True)
class Earned:
    """Who has earned which badge, by which post, when."""

    account_id: int
    badge: str
    post_id: int | None
    at: datetime


def _standing(kind: type[Post]) -> Select[Any]:
    return select(kind.author_id.label("account_id"), kind.id.label("post_id"), kind.created_at.label("at")).where(
        kind.author_id.in_(crediting.IDS), kind.deleted_at.is_(None), kind.erased_at.is_(None)
    )


def asked() -> Select[Any]:
    return _standing(Question)


def answered() -> Select[Any]:
    return _standing(Answer).where(Answer.is_reply.is_not(True))


def solved() -> Select[Any]:
    return crediting.solutions()


def thanked() -> Select[Any]:
    return crediting.thanks()


def days_with_a_question() -> Select[Any]:
    """The first question of each day."""
    return _first_by(_standing(Question), crediting.utc_day)


def languages_answered_in() -> Select[Any]:
    """The first answer in each of the languages, as mining has read them."""
    read = answered().join(Verbatim, Verbatim.post_id == Answer.id)
    read = read.where(or_(Verbatim.language == "en", Verbatim.language.startswith("zh")))
    rows = read.add_columns(func.substr(Verbatim.language, 1, 2).label("language")).subquery()
    return _first_of_each(rows, rows.c.language)


def helpful_answers(votes: int = 5) -> Select[Any]:
    """Answers when they got so many helpful votes that count."""
    cast_votes = crediting.votes().subquery()
    place = func.row_number().over(partition_by=cast_votes.c.post_id, order_by=cast_votes.c.at)
    rows = (
        select(cast_votes, place.label("nth")).where(cast_votes.c.kind == "answer", cast_votes.c.value > 0).subquery()
    )
    return select(rows.c.account_id, rows.c.post_id, rows.c.at).where(rows.c.nth == votes)


def shared_questions(people: int = 10) -> Select[Any]:
    """Questions when so many others had the same problem."""
    mine = _standing(Question).subquery()
    place = func.row_number().over(partition_by=MeToo.question_id, order_by=(MeToo.created_at, MeToo.account_id))
    rows = (
        select(mine.c.account_id, mine.c.post_id, MeToo.created_at.label("at"), place.label("nth"))
        .join(mine, mine.c.post_id == MeToo.question_id)
        .where(MeToo.account_id != mine.c.account_id)
        .subquery()
    )
    return select(rows.c.account_id, rows.c.post_id, rows.c.at).where(rows.c.nth == people)


def edited() -> Select[Any]:
    """Posts that they edited, by the first edit."""
    rows = (
        select(Revision.editor_id.label("account_id"), Revision.post_id, func.min(Revision.created_at).label("at"))
        .join(Post, Post.id == Revision.post_id)
        .where(Revision.editor_id.in_(crediting.IDS), Post.deleted_at.is_(None))
        .group_by(Revision.editor_id, Revision.post_id)
        .subquery()
    )
    return select(rows.c.account_id, rows.c.post_id, rows.c.at)


def voted() -> Select[Any]:
    rows = select(Vote.voter_id.label("account_id"), Vote.post_id, Vote.created_at.label("at"))
    return rows.where(Vote.voter_id.in_(crediting.IDS), Vote.value > 0)


def there_for_a_year() -> Select[Any]:
    has_written = exists().where(Post.author_id == Account.id, Post.deleted_at.is_(None))
    rows = select(
        Account.id.label("account_id"), cast(null(), Integer).label("post_id"), Account.created_at.label("at")
    )
    return rows.where(Account.id.in_(crediting.IDS), Account.created_at <= A_YEAR_AGO, has_written)


def _first_by(rows: Select[Any], of: Callable[[Any], Any]) -> Select[Any]:
    listed = rows.subquery()
    return _first_of_each(listed, of(listed.c.at))


def _first_of_each(rows: Any, group: Any) -> Select[Any]:
    """The first row of each group of each account."""
    place = func.row_number().over(partition_by=(rows.c.account_id, group), order_by=(rows.c.at, rows.c.post_id))
    firsts = select(rows.c.account_id, rows.c.post_id, rows.c.at, place.label("place")).subquery()
    return select(firsts.c.account_id, firsts.c.post_id, firsts.c.at).where(firsts.c.place == 1)


GROUPS = {"asking": _l("Asking"), "answering": _l("Answering"), "taking part": _l("Taking part")}

ALL = (
    Badge("first-question", "asking", "question", _l("First question"), _l("Asked a question."), asked),
    Badge("curious", "asking", "spark", _l("Curious"), _l("Asked questions on five different days."), days_with_a_question, nth=5),
    Badge("closed-the-loop", "asking", "loop", _l("Closed the loop"), _l("Said which answer solved their question."), thanked),
    Badge("popular-question", "asking", "crowd", _l("Popular question"), _l("Asked a question that ten others had too."), shared_questions),
    Badge("first-answer", "answering", "answer", _l("First answer"), _l("Answered a question."), answered),
    Badge("first-solution", "answering", "check", _l("First solution"), _l("Solved somebody's problem: the answer was accepted."), solved),
    Badge("helper", "answering", "hand", _l("Helper"), _l("Solved ten problems of others."), solved, nth=10),
    Badge("mentor", "answering", "star", _l("Mentor"), _l("Solved fifty problems of others."), solved, nth=50),
    Badge("teacher", "answering", "book", _l("Teacher"), _l("Wrote an answer that five people found helpful."), helpful_answers),
    Badge("bilingual", "answering", "languages", _l("Bilingual"), _l("Answered in English and in Chinese."), languages_answered_in, nth=2),
    Badge("supporter", "taking part", "heart", _l("Supporter"), _l("Marked ten posts of others as helpful."), voted, nth=10),
    Badge("editor", "taking part", "pencil", _l("Editor"), _l("Improved five posts after they were written."), edited, nth=5),
    Badge("one-year", "taking part", "calendar", _l("One year"), _l("A member for a year, who wrote something in it."), there_for_a_year, later=YEAR),
)  # fmt: skip
BADGES = {badge.key: badge for badge in ALL}


def earned(session: Session, ids: Sequence[int], now: datetime) -> list[Earned]:
    """What the tables say these accounts have earned, in one statement."""
    if not ids:
        return []
    rows = session.execute(_all_rows(), {"account_ids": list(ids), "a_year_ago": now - YEAR})
    return [Earned(account_id, key, post_id, min(at + BADGES[key].later, now)) for key, account_id, post_id, at in rows]


@cache
def _all_rows() -> CompoundSelect[Any]:
    return union_all(*map(_nth_row, ALL))


def _nth_row(badge: Badge) -> Select[Any]:
    rows = badge.rows().subquery()
    place = func.row_number().over(partition_by=rows.c.account_id, order_by=(rows.c.at, rows.c.post_id))
    numbered = select(rows.c.account_id, rows.c.post_id, rows.c.at, place.label("place")).subquery()
    return select(literal(badge.key), numbered.c.account_id, numbered.c.post_id, numbered.c.at).where(
        numbered.c.place == badge.nth
    )
