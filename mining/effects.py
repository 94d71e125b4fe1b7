"""Whether what was done helped: those who raised a theme before and after, beside comparable customers.

Who complained once seldom complains again, fix or no fix. So those who raised this theme are compared with customers
who raised something else in the same days, and of these that something else is counted: both are chosen in one way,
and what is left between them is the change. An association still: see docs/decisions/0017.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

import config
from community.models import Customer, Outcome, Profile, Theme
from mining.columns import Corpus, micros
from mining.comparing import ACTIVITY, stratum
from mining.labels import INTENTS
from mining.said import read
from mining.units import Units

DAYS = 28  # before, and after, as far as there are
LEAST_DAYS = 7  # fewer tell nothing
MOST_OUTCOMES = 50  # the newest; older ones keep what was measured
STILL = timedelta(
    days=60
)  # after that an outcome's windows are full, late texts included, and nothing changes any more
RAISING = [INTENTS.index(name) for name in ("problem", "suggestion")]
SAMPLES = (200, 2_000)  # at least, and at most: as many as draw some ten million customers in all
DRAWN = 10_000_000
SEED = 17
BAND = (2.5, 97.5)  # percentiles: a 95 % interval
KEPT = 0.8  # of those who raised it must have somebody to be compared with; else strata are made wider

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Sides:
    """The customers compared, each (n,): whether they raised this theme, their stratum, and both windows of each.

    `mentions` (n, 2) count what they raised; `scores` and `said` (n, 2) are the sum of sentiment and the number of all
    texts by them that were read.
    """

    touched: Bools
    stratum: Ints
    mentions: Floats
    scores: Floats
    said: Floats


def keep(units: Units, now: datetime) -> int:
    """Measure every published outcome that may still change, and keep it; how many."""
    least = config.settings()["K_ANONYMITY"]
    found = units.read(lambda session: measured(session, now, least))
    for key, effect in found.items():
        units.write(
            lambda session, key=key, effect=effect: session.execute(  # type: ignore[misc]
                update(Outcome).where(Outcome.id == key).values(effect=effect, measured_at=now)
            )
        )
    return len(found)


def measured(session: Session, now: datetime, least: int) -> dict[int, dict[str, Any]]:
    """Outcome id -> what it changed, of those published ones whose windows are not full for long."""
    rows = session.execute(
        select(Outcome.id, Outcome.done_on, Theme.id.label("theme"), Theme.merged_into_id)
        .join(Theme, Theme.id == Outcome.theme_id)
        .where(Outcome.state == "published", or_(Outcome.measured_at.is_(None), Outcome.done_on > (now - STILL).date()))
        .order_by(Outcome.measured_at.is_not(None), Outcome.id.desc())
        .limit(MOST_OUTCOMES)
    ).all()
    done = select(func.coalesce(Theme.merged_into_id, Theme.id)).join(Outcome, Outcome.theme_id == Theme.id)
    ended = set(session.scalars(done.where(Outcome.state == "published", Outcome.is_done)))
    return {row.id: effect_of(session, row.merged_into_id or row.theme, ended, row.done_on, now, least) for row in rows}


def effect_of(
    session: Session, theme: int, ended: set[int], done_on: date, now: datetime, least: int
) -> dict[str, Any]:  # fmt: skip
    """What changed at `done_on` for those who raised the theme in the days before, beside comparable others.

    For each customer i and window w of d days (d = 28, or as many as have passed since; the windows are equally long),
    y(i, w) = 7/d x mentions of problems and wishes: of this theme if i raised it before, of all other themes of which
    nothing was done if i raised only those. By stratum s, weighed by how many of those who raised it are in s:

        difference = sum_s share(s) x [(mean y after - mean y before of ours in s) - (the same of the others in s)]

    Sentiment likewise, with the mean score of all texts of the customers of s in w, whatever they tell. The interval:
    the 2.5th and 97.5th percentile of 2,000 bootstrap samples of customers (fewer of more than 5,000), each side drawn for itself,
    seeded.
    None for `mentions` and `sentiment` where fewer than `least` customers are on a side, or fewer than 7 days passed.
    """
    done_at = datetime.combine(done_on, time(), UTC)
    days = min(DAYS, (now - done_at).days)
    told: dict[str, Any] = {
        "days": days, "least_days": LEAST_DAYS, "least": least, "customers": None, "others": None, "mentions": None,
        "sentiment": None,
    }  # fmt: skip
    if days < LEAST_DAYS:
        return told
    window = timedelta(days=days)
    corpus = read(session, done_at - window, done_at + window)
    sides = sides_of(session, corpus, theme, ended - {theme}, done_at)
    sides = comparable(sides, least)
    ours, others = int(sides.touched.sum()), int((~sides.touched).sum())
    if ours < max(2, least) or others < max(2, least):
        return told
    told |= {"customers": ours, "others": others}
    told["mentions"] = compared(sides.touched, sides.stratum, sides.mentions * (7 / days), np.ones_like(sides.mentions))
    if all((sides.said[side] > 0).sum(0).min() >= least for side in (sides.touched, ~sides.touched)):
        told["sentiment"] = compared(sides.touched, sides.stratum, sides.scores, sides.said)
    return told


def sides_of(session: Session, corpus: Corpus, theme: int, ended: set[int], done_at: datetime) -> Sides:
    """Who raised the theme in the window before, and who raised only something else; all with a profile."""
    said, texts = corpus.said, corpus.texts
    profiles = session.execute(
        select(Profile.customer_id, Profile.stage, Customer.value)
        .join(Customer, Customer.id == Profile.customer_id)
        .where(Customer.is_profiled)
        .order_by(Profile.customer_id)
    ).all()
    ids = np.array([row.customer_id for row in profiles], np.int64)
    place, known = places(ids, texts.customer)
    is_after = (texts.at >= micros(done_at)).astype(np.int64)
    raising = known[said.text] & np.isin(said.intent, RAISING)
    own = raising & (said.theme == theme)
    other = raising & (said.theme != theme) & ~np.isin(said.theme, list(ended))
    read = known & ~np.isnan(texts.score)

    def tally(rows: Ints, weights: Floats | None = None) -> Floats:
        """Texts, or what they weigh, by customer and window (n, 2)."""
        flat = np.bincount(place[rows] * 2 + is_after[rows], weights, minlength=2 * len(ids))
        return np.asarray(flat.reshape(-1, 2), np.float64)

    mine, elses = tally(said.text[own]), tally(said.text[other])
    touched = mine[:, 0] > 0
    chosen = touched | (elses[:, 0] > 0)
    busy = texts_before(corpus, ids, done_at)
    strata = np.array(
        [stratum(row.stage, row.value, int(count)) for row, count in zip(profiles, busy, strict=True)], np.int64
    )
    mentions = np.where(touched[:, None], mine, elses)
    rows = np.flatnonzero(read)
    return Sides(
        touched[chosen], strata[chosen], mentions[chosen], tally(rows, texts.score[rows])[chosen], tally(rows)[chosen]
    )


def places(ids: Ints, customers: Ints) -> tuple[Ints, Bools]:
    """Where each of the customers (n,) stands among the sorted ids, and whether it is there at all."""
    place = np.minimum(np.searchsorted(ids, customers), max(0, len(ids) - 1))
    return place, ids[place] == customers if len(ids) else np.zeros(len(customers), np.bool_)


def texts_before(corpus: Corpus, ids: Ints, done_at: datetime) -> Ints:
    """How many texts each of the customers (n,) wrote in the window before."""
    writer = corpus.texts.customer[corpus.texts.at < micros(done_at)]
    found, counts = np.unique(writer, return_counts=True)
    by_id = dict(zip(found.tolist(), counts.tolist(), strict=True))
    return np.array([by_id.get(int(one), 0) for one in ids], np.int64)


def comparable(sides: Sides, least: int) -> Sides:
    """Those who have somebody to be compared with: of one value, stage and activity, or where too few have, of one
    activity, or all with all."""
    for strata in (sides.stratum, sides.stratum % (len(ACTIVITY) + 1), np.zeros_like(sides.stratum)):
        size = int(strata.max(initial=0)) + 1
        here = np.bincount(strata[sides.touched], minlength=size) > 0
        there = np.bincount(strata[~sides.touched], minlength=size) > 0
        kept = (here & there)[strata]
        ours, others = (sides.touched & kept).sum(), (~sides.touched & kept).sum()
        if ours >= max(least, KEPT * sides.touched.sum()) and others >= least:
            break
    return Sides(
        sides.touched[kept], strata[kept], sides.mentions[kept], sides.scores[kept], sides.said[kept]
    )  # fmt: skip


def compared(touched: Bools, strata: Ints, above: Floats, below: Floats) -> dict[str, float] | None:
    """Means above/below (n, 2) of both sides in both windows, their difference in differences and its interval.

    None where no stratum has all four.
    """
    random = np.random.default_rng(SEED)
    ours, others = np.flatnonzero(touched), np.flatnonzero(~touched)
    plain = means(strata, above, below, ours, others)
    if np.isnan(plain).any():
        return None
    differences = np.empty(int(np.clip(DRAWN // len(touched), *SAMPLES)))
    for n in range(len(differences)):
        drawn = means(strata, above, below, random.choice(ours, len(ours)), random.choice(others, len(others)))
        differences[n] = difference(drawn)
    low, high = np.nanpercentile(differences, BAND)
    names = ("before", "after", "others_before", "others_after")
    told = dict(zip(names, (round(float(one), 3) for one in plain), strict=True))
    return told | {
        "difference": round(difference(plain), 3), "low": round(float(low), 3), "high": round(float(high), 3)
    }  # fmt: skip


def difference(four: Floats) -> float:
    return float((four[1] - four[0]) - (four[3] - four[2]))


def means(strata: Ints, above: Floats, below: Floats, ours: Ints, others: Ints) -> Floats:
    """Ours before and after, the others' before and after (4,): means by stratum, weighed by how many of ours are there.

    A stratum in which a side said nothing in one of the windows is left out of all four.
    """
    size = int(strata.max(initial=0)) + 1
    found = []
    for side in (ours, others):
        for window in (0, 1):
            top = np.bincount(strata[side], above[side, window], minlength=size)
            bottom = np.bincount(strata[side], below[side, window], minlength=size)
            with np.errstate(invalid="ignore", divide="ignore"):
                found.append(np.where(bottom > 0, top / bottom, np.nan))
    table = np.array(found)  # (4, s)
    weight = np.where(np.isnan(table).any(0), 0, np.bincount(strata[ours], minlength=size))
    if not weight.sum():
        return np.full(4, np.nan)
    return np.asarray(np.nansum(table * weight, 1) / weight.sum(), np.float64)
