"""How hot a question is: one number that only changes when something happens to it, so that lists page by key.

A question asked five days later starts as high as one with ten times the use: Reddit's formula with longer days, for
help is asked for less often than links are posted, and with answers and "me too" counted besides votes.
"""

from datetime import datetime
from math import log10
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.models import Question

SECONDS_FOR_TEN_TIMES = 5 * 86_400


def heat(created_at: datetime, score: int, answers: int, me_too: int) -> float:
    """Grows with use, and with the moment it was asked; votes against it count as use the other way round."""
    use = score + 2 * answers + me_too
    weight = log10(max(1, abs(use) + 1))
    return created_at.timestamp() / SECONDS_FOR_TEN_TIMES + (weight if use >= 0 else -weight)


def reheat(session: Session, question_id: int, **changes: Any) -> None:
    """Change what it counts, if anything is given, and compute it from what the row says then; in one transaction."""
    columns = (Question.created_at, Question.score, Question.answer_count, Question.me_too_count)
    this = Question.id == question_id
    changed = update(Question).where(this).values(**changes).returning(*columns) if changes else None
    row = session.execute(select(*columns).where(this) if changed is None else changed).first()
    if row:
        hot = heat(row[0], row[1], row[2] or 0, row[3] or 0)
        session.execute(update(Question).where(this).values(hot=hot))
