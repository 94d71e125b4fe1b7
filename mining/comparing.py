"""How loyal those who mention a theme are, beside comparable customers who do not: an association, not a cause.

Comparable: of the same value tier, at the same stage of life with the company, about as active in the period. Only
customers who consent to a profile are in it, on both sides.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit  # quantiles of Student's t
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import STAGES, VALUES, Customer, Profile, Verbatim

COVERED = 0.975  # of Student's t below: a 95 % interval
LEAST_FREEDOM = 5  # residuals beyond the means: of fewer the interval is so wide that it says nothing
ACTIVITY = (2, 4)  # texts in the period: one, two or three, more
MOST = max(ACTIVITY)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Crowd:
    """The customers who were heard in the period and have a profile: ids, loyalty and stratum, each (n,)."""

    ids: Ints
    loyalty: Floats
    stratum: Ints


def crowd(session: Session, start: datetime, end: datetime) -> Crowd:
    spoke = (
        select(Verbatim.customer_id, func.count().label("texts"))
        .where(Verbatim.said_at >= start, Verbatim.said_at < end)
        .group_by(Verbatim.customer_id)
        .subquery()
    )
    rows = session.execute(
        select(Profile.customer_id, Profile.loyalty, Profile.stage, Customer.value, spoke.c.texts)
        .join(Customer, Customer.id == Profile.customer_id)
        .join(spoke, spoke.c.customer_id == Customer.id)
        .where(Customer.is_profiled)
        .order_by(Profile.customer_id)
    ).all()
    known: dict[tuple[str, str, int], int] = {}  # few differ among many
    strata = [
        known.get(key) or known.setdefault(key, stratum(*key)) for key in ((r[2], r[3], min(r[4], MOST)) for r in rows)
    ]
    return Crowd(
        np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.float64),
        np.array(strata, np.int64),
    )  # fmt: skip


def stratum(stage: str, value: str, texts: int) -> int:
    """Customers of one number are comparable."""
    busy = sum(texts >= least for least in ACTIVITY)
    place = STAGES.index(stage) * len(VALUES) + VALUES.index(value)
    return place * (len(ACTIVITY) + 1) + busy


def compared(everyone: Crowd, customers: set[int], least: int) -> dict[str, Any] | None:
    """Mean loyalty of these customers and of comparable others, and the difference with its 95 % interval.

    Means by stratum, weighed by how many of these customers are in each; strata without others are left out. None
    when fewer than `least` are left on either side, or when nearly each stands alone in a stratum, so that nothing
    tells how far apart likes are.
    """
    inside = np.isin(everyone.ids, np.fromiter(customers, np.int64, len(customers)))
    size = int(everyone.stratum.max(initial=0)) + 1
    here, there = (np.bincount(everyone.stratum[side], minlength=size) for side in (inside, ~inside))
    both = (here > 0) & (there > 0)
    ours, others = int(here[both].sum()), int(there[both].sum())
    if ours < max(2, least) or others < max(2, least):
        return None
    share = np.where(both, here, 0) / ours
    mine = means(everyone, inside, size)
    theirs = means(everyone, ~inside, size)
    freedom = ours + others - 2 * int(both.sum())
    if freedom < LEAST_FREEDOM:
        return None
    left = sum(squares(everyone, side, mean, both) for side, mean in ((inside, mine), (~inside, theirs)))
    spread = left / freedom * float((share[both] ** 2 * (1 / here[both] + 1 / there[both])).sum())
    difference = float((share * (mine - theirs))[both].sum())
    reach = float(stdtrit(freedom, COVERED)) * math.sqrt(spread)
    return {
        "customers": ours, "others": others, "loyalty": round(float((share * mine)[both].sum()), 1),
        "others_loyalty": round(float((share * theirs)[both].sum()), 1), "difference": round(difference, 1),
        "low": round(difference - reach, 1), "high": round(difference + reach, 1),
    }  # fmt: skip


def means(everyone: Crowd, side: NDArray[np.bool_], size: int) -> Floats:
    """Mean loyalty by stratum (s,); 0 where nobody is."""
    sums = np.bincount(everyone.stratum[side], everyone.loyalty[side], minlength=size)
    return np.asarray(sums / np.maximum(np.bincount(everyone.stratum[side], minlength=size), 1), np.float64)


def squares(everyone: Crowd, side: NDArray[np.bool_], mean: Floats, both: NDArray[np.bool_]) -> float:
    """How far loyalty is from the means of its strata, squared and summed.

    Both sides and all strata share one variance: in most strata of a small group each stands alone, exactly on the
    mean, and would make the interval as narrow as it liked.
    """
    chosen = side & both[everyone.stratum]
    around = everyone.loyalty[chosen] - mean[everyone.stratum[chosen]]
    return float((around**2).sum())


def by_theme(everyone: Crowd, themes: Mapping[int, set[int]], least: int) -> dict[int, dict[str, Any] | None]:
    return {key: compared(everyone, customers, least) for key, customers in themes.items()}
