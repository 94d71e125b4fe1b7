"""The course of a theme as the report keeps it: customers a day or a week, what was to be expected, and since when.

Whole days in UTC up to yesterday, thirteen weeks at most. A time in which fewer than `least` customers spoke is None,
and what is expected is reckoned from what is shown alone, so that nothing can be reckoned back.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from community.anonymity import masked
from mining import trend
from mining.columns import DAY, Ints, distinct, pairs
from mining.onset import LEAST_DAYS, onset
from mining.voices import Heard

WEEKS = 13
DAYS_TELL = 0.5  # of the days have enough customers to be shown: then it is drawn by the day
EPOCH = date(1970, 1, 1)


def course(heard: Heard, known_since: date, end: datetime, least: int) -> dict[str, Any]:
    """The series with its band, and since when; bursts of new accounts are left out, as they are of impact."""
    last = end.astimezone(UTC).date()  # the day that is not over
    days = min(7 * WEEKS, (last - known_since).days)
    first = (last - timedelta(days) - EPOCH).days
    rows = ~heard.in_burst & (heard.at // DAY >= first) & (heard.at // DAY < first + days)
    day, customer = heard.at[rows] // DAY - first, heard.customer[rows]
    return {"series": series(day, customer, days, first, least), "since": since(day, customer, days, first, least)}


def series(day: Ints, customer: Ints, days: int, first: int, least: int) -> dict[str, Any] | None:
    """Customers by steps of one day or seven, the oldest first, as `now`, and the band; None under one week."""
    weeks = days // 7
    if not weeks:
        return None
    first, day = first + days - 7 * weeks, day - (days - 7 * weeks)  # whole weeks, the last one last
    daily = by_step(day, customer, 1, 7 * weeks)
    step = 1 if (daily >= least).mean() >= DAYS_TELL else 7
    counts = daily if step == 1 else by_step(day, customer, 7, weeks)
    shown = masked({number: (int(count), int(count)) for number, count in enumerate(counts)}, least)
    now = [shown[number] for number in range(len(counts))]
    band = [one for week in range(weeks) for one in expected(now[: week * 7 // step], step, least)]
    return {
        "first": day_of(first), "step": step, "now": now,
        "expected": [one and round(one.count, 1) for one in band],
        "low": [one and round(one.low, 1) for one in band], "high": [one and round(one.high, 1) for one in band],
    }  # fmt: skip


def by_step(day: Ints, customer: Ints, step: int, count: int) -> Ints:
    """Different customers in each of `count` steps of days from day 0 on."""
    if not len(day):
        return np.zeros(count, np.int64)
    within = day >= 0
    steps, _people = pairs(day[within] // step, customer[within])
    return np.bincount(steps, minlength=count)[:count]


def expected(past: Sequence[int | None], step: int, least: int) -> Sequence[trend.Expected | None]:
    """Of the steps of the week after these; what is not shown counts as the middle of what it may be."""
    shown = [least / 2 if count is None else count for count in past]
    daily = shown if step == 1 else [count / 7 for count in shown for _ in range(7)]
    daily = daily[-7 * trend.MOST_WEEKS :]
    if step == 1:
        return trend.expected_each(daily, 7) or [None] * 7
    return [trend.expected(daily, 7)]


def since(day: Ints, customer: Ints, days: int, first: int, least: int) -> dict[str, Any] | None:
    """Since when customers speak of it, or more than before; None where that cannot be told.

    `on` is None when nothing stands out in all of the time from `known` on; `until` is the last day of what is over.
    """
    if days < LEAST_DAYS or len(distinct(customer)) < least:
        return None
    found = onset(np.bincount(day, minlength=days))
    everything: Mapping[str, Any] = {"on": None, "until": None, "is_new": False, "known": day_of(first)}
    if found is None:
        return dict(everything)
    inside = (day >= found.first) & (day < (days if found.end is None else found.end))
    if len(distinct(customer[inside])) < least:
        return dict(everything)
    before = len(distinct(customer[day < found.first]))
    return {
        **everything, "on": day_of(first + found.first), "is_new": before < least,
        "until": None if found.end is None else day_of(first + found.end - 1),
    }  # fmt: skip


def day_of(number: int) -> str:
    return (EPOCH + timedelta(number)).isoformat()
