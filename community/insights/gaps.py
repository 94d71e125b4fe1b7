"""Reads of what customers know and do not: the report's ids with their posts as they stand now."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.masking import mask
from community.models import Answer, Post, Question
from community.web.markdown import plain

EXCERPT = 240  # characters of an answer


@dataclass(frozen=True)
class Gap:
    """A theme that is asked often and seldom solved; `questions` are the unsolved ones where most wait."""

    theme: dict[str, Any]
    asked: int
    customers: int
    solved: int
    waiting: int
    questions: list[Question]


@dataclass(frozen=True)
class Solving:
    """An accepted answer that helped many."""

    theme: dict[str, Any]
    answer_id: int
    question: Question
    excerpt: str
    helped: int


@dataclass(frozen=True)
class Knowledge:
    """Nothing of it for a report that was made before there was any."""

    days: int = 0
    gaps: list[Gap] = field(default_factory=list)
    answers: list[Solving] = field(default_factory=list)


def knowledge(session: Session, content: dict[str, Any], is_frozen: bool = False) -> Knowledge:
    """What the report found, without posts deleted since, and unless it is frozen without questions solved; two statements."""
    found = content.get("knowledge")
    if not found:
        return Knowledge()
    themes = content["themes"]
    wanted = {key for gap in found["gaps"] for key in gap["questions"]} | {row["question"] for row in found["answers"]}
    questions = {row.id: row for row in session.scalars(select(Question).where(Question.id.in_(wanted), still_there()))}
    given = {row["answer"] for row in found["answers"]}
    answers = {row.id: row for row in session.scalars(select(Answer).where(Answer.id.in_(given), still_there()))}
    return Knowledge(
        found["days"],
        [
            gap_of(row, themes[str(row["theme"])], questions, is_frozen)
            for row in found["gaps"]
            if str(row["theme"]) in themes
        ],
        [
            Solving(
                themes[str(row["theme"])], row["answer"], questions[row["question"]],
                mask(plain(answers[row["answer"]].body, EXCERPT)), row["helped"],
            )
            for row in found["answers"]
            if row["answer"] in answers and row["question"] in questions
            and (is_frozen or answers[row["answer"]].accepted_at)
        ],
    )  # fmt: skip


def still_there() -> Any:
    return Post.deleted_at.is_(None) & Post.erased_at.is_(None)


def gap_of(row: dict[str, Any], theme: dict[str, Any], questions: dict[int, Question], is_frozen: bool) -> Gap:
    there = [questions[key] for key in row["questions"] if key in questions]
    unsolved = [one for one in there if is_frozen or not one.solved_at]
    return Gap(theme, row["asked"], row["customers"], row["solved"], row["waiting"], unsolved)
