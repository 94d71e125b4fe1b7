"""Reads of outcomes for the page of a theme: what was told to how many, and what it changed."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from community.anonymity import large_alone
from community.models import Outcome, Telling, Theme

MOST = 10  # of one theme, the newest


@dataclass
class Shown:
    """One outcome, and how far its telling has come: customers, None where they are too few to be numbered.

    `erased` are gone since it was published.
    """

    outcome: Outcome
    told: int | None = 0
    waiting: int | None = 0
    left_out: dict[str, int | None] = field(default_factory=dict)
    erased: int | None = 0


def of_theme(session: Session, theme_id: int, least: int) -> list[Shown]:
    """Of the theme and of those merged into it, newest first; two statements."""
    rows = (
        select(Outcome)
        .join(Theme, Theme.id == Outcome.theme_id)
        .where(or_(Theme.id == theme_id, Theme.merged_into_id == theme_id))
        .order_by(Outcome.id.desc())
        .limit(MOST)
    )
    outcomes = {outcome.id: outcome for outcome in session.scalars(rows)}
    state = case((Telling.told_at.is_not(None), "told"), (Telling.left_out.is_(None), "waiting"), else_="")
    counts = session.execute(
        select(Telling.outcome_id, state, Telling.left_out, func.count())
        .where(Telling.outcome_id.in_(outcomes))
        .group_by(Telling.outcome_id, state, Telling.left_out)
    )
    told: dict[int, Counter[str]] = defaultdict(Counter)  # outcome id -> told, waiting, or why they were left out
    for key, said, why, count in counts:
        told[key][said or why] += count
    return [shown(outcome, told[key], least) for key, outcome in outcomes.items()]


def shown(outcome: Outcome, counts: Counter[str], least: int) -> Shown:
    counted: Mapping[str, Mapping[str, int]] = outcome.counted or {}
    erased = max(0, sum(counted.get("told", {}).values()) - counts.total())
    told, waiting = counts.pop("told", 0), counts.pop("waiting", 0)
    left_out = counts + Counter(counted.get("left_out", {}))
    parts = large_alone({"told": told, "waiting": waiting, "erased": erased}, least)
    return Shown(outcome, parts["told"], parts["waiting"], large_alone(left_out, least), parts["erased"])
