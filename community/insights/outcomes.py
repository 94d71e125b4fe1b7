"""Reads of outcomes for the page of a theme: what was told to how many, and what it changed."""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from community.models import Outcome, Telling, Theme

MOST = 10  # of one theme, the newest


@dataclass
class Shown:
    """One outcome, and how far its telling has come. `erased`: customers who are gone since it was published."""

    outcome: Outcome
    told: int = 0
    waiting: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    erased: int = 0


def of_theme(session: Session, theme_id: int) -> list[Shown]:
    """Of the theme and of those merged into it, newest first; two statements."""
    rows = (
        select(Outcome)
        .join(Theme, Theme.id == Outcome.theme_id)
        .where(or_(Theme.id == theme_id, Theme.merged_into_id == theme_id))
        .order_by(Outcome.id.desc())
        .limit(MOST)
    )
    found = {outcome.id: Shown(outcome) for outcome in session.scalars(rows)}
    state = case((Telling.told_at.is_not(None), "told"), (Telling.left_out.is_(None), "waiting"), else_="")
    counts = session.execute(
        select(Telling.outcome_id, state, Telling.left_out, func.count())
        .where(Telling.outcome_id.in_(found))
        .group_by(Telling.outcome_id, state, Telling.left_out)
    )
    rows_there: dict[int, int] = defaultdict(int)
    for key, said, why, count in counts:
        rows_there[key] += count
        if said == "told":
            found[key].told += count
        elif said == "waiting":
            found[key].waiting += count
        else:
            found[key].left_out[why] = count
    for key, shown in found.items():
        before = sum((shown.outcome.counted or {}).get("told", {}).values())
        shown.erased = max(0, before - rows_there[key])
        for why, count in (shown.outcome.counted or {}).get("left_out", {}).items():
            shown.left_out[why] = shown.left_out.get(why, 0) + count
    return list(found.values())
