"""What each theme of a report weighs, part by part, and its trend against what the weeks before led to expect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Customer, Verbatim
from mining import course, days, echoes, impact, trend
from mining.columns import DAY, Corpus, Floats, Ints, distinct
from mining.impact import Impact
from mining.said import read
from mining.scope import of_product, told_by_the_rest
from mining.trend import Expected
from mining.units import Units
from mining.voices import NOBODY, Heard, heard_in

TREND_DAYS = 7  # whole days, in UTC, up to yesterday: each weekday once
HISTORY = timedelta(weeks=max(1 + trend.MOST_WEEKS, course.WEEKS))
ORDINARY = 20  # customers of a theme that no burst outranks


@dataclass(frozen=True)
class Listening:
    """Who spoke of each theme, in the period and in the weeks that say what to expect; who is worth what."""

    corpus: Corpus  # all that was said since the weeks that say what to expect
    themes: Mapping[int, Heard]
    values: Mapping[int, str]  # customer id -> tier, of those whose tier is known and may be used
    known_since: date  # the first text ever: before it nobody listened
    start: datetime
    end: datetime
    least: int  # the smallest group that is shown
    hidden: frozenset[int] = frozenset()  # themes that are not shown, since another report less this would tell of few

    def worth(self, customers: Ints) -> Floats:
        """What each of these customers counts: more than one of unknown value, or less."""
        keys, worths = self.known_worth
        if not len(keys):
            return np.ones(len(customers))
        place = np.minimum(np.searchsorted(keys, customers), len(keys) - 1)
        return np.where(keys[place] == customers, worths[place], impact.WORTH["unknown"])

    @cached_property
    def known_worth(self) -> tuple[Ints, Floats]:
        keys = np.array(sorted(self.values), np.int64)
        return keys, np.array([impact.WORTH[self.values[key]] for key in keys.tolist()])

    def mentioned(self, theme: int) -> set[int]:
        """The customers who spoke of it in the period, whoever of them counts."""
        return set(self.themes.get(theme, NOBODY).since(self.start).said_by.tolist())


def keep_days(units: Units, start: datetime, end: datetime) -> int:
    """Keep the days that `listen` will read, as far as they are new or changed; how many were."""
    return days.keep(units, heard_from(start, end), end, history_from(start, end))


def listen(session: Session, start: datetime, end: datetime, least: int, product: str | None = None) -> Listening:
    """With a product, by its slug, to what was said about it."""
    since = history_from(start, end)
    corpus = echoes.compared(session, read(session, heard_from(start, end), end), since, end)
    hidden = frozenset(told_by_the_rest(corpus, product, start, end, least) if product else ())
    corpus = of_product(corpus, product) if product else corpus
    first = session.scalar(select(func.min(Verbatim.said_at)))
    spoke = select(Verbatim.customer_id).where(Verbatim.said_at >= start, Verbatim.said_at < end)
    tiers = select(Customer.id, Customer.value).where(
        Customer.is_profiled, Customer.value != "unknown", Customer.id.in_(spoke)
    )
    values = {row.id: row.value for row in session.execute(tiers)}
    themes = heard_in(session, corpus, since, end)
    return Listening(corpus, themes, values, (first or end).date(), start, end, least, hidden)


def history_from(start: datetime, end: datetime) -> datetime:
    """What was said since then is listened to."""
    return min(start, datetime.combine(end.astimezone(UTC).date(), datetime.min.time(), UTC) - HISTORY)


def heard_from(start: datetime, end: datetime) -> datetime:
    """What was said since then is read: the period before is compared with."""
    return min(history_from(start, end), start - (end - start))


def weigh(listening: Listening, theme: int) -> dict[str, Any]:
    """Impact with its four parts, None for how too few customers feel and what they are worth; the trend with its interval, and whether a burst of new accounts was left out."""
    everything = listening.themes.get(theme, NOBODY)
    now = everything.since(listening.start)
    new, customers = now.in_bursts, distinct(now.customer[~now.in_burst])
    found, week = lately(listening, everything)
    is_told = enough(len(customers), listening.least)
    parts = Impact(
        customers=len(customers),
        negativity=now.negativity if is_told else impact.UNTOLD,
        trend=factor(found, week, listening.least),
        value=float(listening.worth(customers).mean()) if is_told and len(customers) else 1.0,
    )
    return {
        "impact": round(parts.total, 2),
        "parts": {
            "customers": parts.customers, "negativity": round(parts.negativity, 3) if is_told else None,
            "trend": round(parts.trend, 2), "value": round(parts.value, 2) if is_told else None,
        },
        "trend": trend_row(listening, found, week),
        "burst": max(new, listening.least) if new else 0,
    }  # fmt: skip


def enough(customers: int, least: int) -> bool:
    """Whether a figure tells of a group, or of nobody: nearly the same text by six people may leave one who counts."""
    return customers == 0 or customers >= least


@dataclass(frozen=True)
class Week:
    """Those who spoke of a theme in the last seven days: each counts once a day, and how many they are."""

    count: int
    customers: int

    def is_shown(self, least: int) -> bool:
        """One who writes every day makes no group."""
        return enough(self.customers, least)


def lately(listening: Listening, everything: Heard) -> tuple[Expected | None, Week]:
    """What was to be expected of the last seven days, and what there was.

    Who spoke before counts as nobody while they are fewer than `least`: so small a group is not shown, nor inferred.
    """
    first = last_week(listening)
    past = trend.history(everything.by_day(listening.least, first), listening.known_since, first)
    days = everything.at // DAY - (first - date(1970, 1, 1)).days
    customers = everything.customer[~everything.in_burst & (days >= 0) & (days < TREND_DAYS)]
    return trend.expected(past, TREND_DAYS), Week(len(customers), len(distinct(customers)))


def last_week(listening: Listening) -> date:
    """The first of the seven days."""
    return listening.end.astimezone(UTC).date() - timedelta(TREND_DAYS)


def factor(found: Expected | None, week: Week, least: int) -> float:
    """The trend as a part of impact; 1 is as expected.

    Of fewer than `least` customers it tells only whether it is below the interval, so that it cannot be reckoned back.
    """
    if found is None:
        return 1.0
    if week.customers >= least:
        return impact.growth(week.count, found.count)
    return 1.0 if week.count >= found.low else impact.growth(min(least, found.count), found.count)


def trend_row(listening: Listening, found: Expected | None, week: Week) -> dict[str, Any]:
    """The trend as the report keeps it; no expectation where there is too little history."""
    last = last_week(listening) + timedelta(TREND_DAYS - 1)
    shown = week.count if week.is_shown(listening.least) else None
    row = {"until": last.isoformat(), "days": TREND_DAYS, "now": shown, "expected": None, "low": None, "high": None}
    if found is not None:
        row |= {
            name: round(getattr(found, key), 1)
            for name, key in (("expected", "count"), ("low", "low"), ("high", "high"))
        }
    return row


def ranked(entries: Sequence[dict[str, Any]], kind: str, most: int) -> list[int]:
    """Ids of the themes of one kind: problems by impact, the others by customers and trend.

    A theme that a burst of new accounts speaks of stands below all that ORDINARY customers speak of, unless so many
    ordinary ones speak of it too. What people pinned stands above all.
    """

    def weight(entry: dict[str, Any]) -> tuple[float, int]:
        parts = entry["parts"]
        weighs = entry["impact"] if kind == "problem" else parts["customers"] * parts["trend"]
        return (-weighs, entry["id"])

    of_kind = sorted((entry for entry in entries if entry["kind"] == kind), key=weight)
    marked = [entry for entry in of_kind if entry["burst"] and entry["parts"]["customers"] < ORDINARY]
    others = [entry for entry in of_kind if entry not in marked]
    settled = max([n + 1 for n, entry in enumerate(others) if entry["parts"]["customers"] >= ORDINARY], default=0)
    found = others[:settled] + sorted(others[settled:] + marked, key=weight)
    found.sort(key=lambda entry: not entry.get("is_pinned"))
    return [entry["id"] for entry in found[:most]]
