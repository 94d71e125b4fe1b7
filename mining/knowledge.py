"""What customers know and do not: themes asked often and seldom solved, and answers that solve most.

Questions and answers are public; they are kept as ids, so that a deleted one leaves nothing behind.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from community.models import Answer, Mention, Question, Topic, Verbatim

PERIOD = timedelta(days=90)
MOST_QUESTIONS = 20_000  # the newest are looked at
MOST_GAPS = 12
MOST_ANSWERS = 12
EXAMPLES = 4
SELDOM = 0.5  # solved


@dataclass(frozen=True)
class Asked:
    """A question with what it is about: the theme of its first sentence that has one, most often the title."""

    id: int
    theme: int
    customer_id: int
    is_solved: bool
    me_too: int


def knowledge(session: Session, themes: Collection[int], end: datetime, least: int) -> dict[str, Any]:
    """Gaps and answers for the report; `themes` are those that may be shown."""
    asked = [one for one in questions(session, end) if one.theme in themes]
    return {
        "days": PERIOD.days, "gaps": gaps(asked, least),
        "answers": solving(session, {one.id: one.theme for one in asked if one.is_solved}),
    }  # fmt: skip


def questions(session: Session, end: datetime) -> list[Asked]:
    newest = (
        select(Question.id)
        .where(Question.created_at >= end - PERIOD, Question.created_at < end, Question.deleted_at.is_(None))
        .order_by(Question.created_at.desc(), Question.id.desc())
        .limit(MOST_QUESTIONS)
        .subquery()
    )
    nth = func.row_number().over(partition_by=Verbatim.post_id, order_by=Mention.start).label("nth")
    first = (
        select(Verbatim.post_id, Verbatim.customer_id, Topic.theme_id, nth)
        .join(Mention, Mention.verbatim_id == Verbatim.id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(Verbatim.post_id.in_(select(newest.c.id)))
        .subquery()
    )
    rows = session.execute(
        select(Question.id, first.c.theme_id, first.c.customer_id, Question.solved_at, Question.me_too_count)
        .join(first, first.c.post_id == Question.id)
        .where(first.c.nth == 1)
        .order_by(Question.id)
    )
    return [
        Asked(row.id, row.theme_id, row.customer_id, row.solved_at is not None, row.me_too_count or 0) for row in rows
    ]


def gaps(asked: Sequence[Asked], least: int) -> list[dict[str, Any]]:
    """Themes that `least` customers or more ask about and that are seldom solved, where most are left waiting first."""
    by_theme: dict[int, list[Asked]] = defaultdict(list)
    for one in asked:
        by_theme[one.theme].append(one)
    found = [gap(key, group) for key, group in by_theme.items() if len({one.customer_id for one in group}) >= least]
    seldom = [entry for entry in found if entry["solved"] < SELDOM * entry["asked"]]
    seldom.sort(key=lambda entry: (-entry["waiting"], entry["theme"]))
    return seldom[:MOST_GAPS]


def gap(theme: int, asked: Sequence[Asked]) -> dict[str, Any]:
    """Those who wait are the ones who asked without a solution, and those who said that they have the same problem."""
    unsolved = sorted((one for one in asked if not one.is_solved), key=lambda one: (-one.me_too, -one.id))
    return {
        "theme": theme, "asked": len(asked), "customers": len({one.customer_id for one in asked}),
        "solved": len(asked) - len(unsolved), "waiting": sum(1 + one.me_too for one in unsolved),
        "questions": [one.id for one in unsolved[:EXAMPLES]],
    }  # fmt: skip


def solving(session: Session, solved: dict[int, int]) -> list[dict[str, Any]]:
    """Accepted answers by how many they helped: who asked, who has the same problem, and who voted for it."""
    question = aliased(Question, flat=True)
    votes = case((Answer.score > 0, Answer.score), else_=0)
    helped = (1 + func.coalesce(question.me_too_count, 0) + votes).label("helped")
    rows: list[Any] = []
    for ids in pieces(list(solved)):
        rows += session.execute(
            select(Answer.id, Answer.question_id, helped)
            .join(question, question.id == Answer.question_id)
            .where(Answer.accepted_at.is_not(None), Answer.deleted_at.is_(None), Answer.erased_at.is_(None))
            .where(Answer.question_id.in_(ids))
            .order_by(helped.desc(), Answer.id)
            .limit(MOST_ANSWERS)
        ).all()
    rows.sort(key=lambda row: (-row.helped, row.id))
    return [
        {"answer": row.id, "question": row.question_id, "theme": solved[row.question_id], "helped": row.helped}
        for row in rows[:MOST_ANSWERS]
    ]


def pieces(ids: list[int], size: int = 5_000) -> list[list[int]]:
    """Lists that one statement takes."""
    return [ids[at : at + size] for at in range(0, len(ids), size)]
