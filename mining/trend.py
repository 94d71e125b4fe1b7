"""What was to be expected of a day or a week, from the weeks before: pure functions over daily counts.

The expectation knows weekdays and keeps off single weeks that stood out. Where there is too little history it is None,
for a number made of two weeks is a guess. Its interval is two standard deviations to each side.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

LEAST_WEEKS = 3
MOST_WEEKS = 8
DEVIATIONS = 2.0
TRIMMED_FROM = 5  # weeks: of so many the fullest and the emptiest are left out
WEEKDAY_PRIOR = 5.0  # customers: so many must speak on a weekday before it counts as different from the others
LEAST_VARIANCE = 0.5  # where hardly anybody spoke before, one customer is no surprise


@dataclass(frozen=True)
class Expected:
    """How many customers were to be expected, and between which numbers."""

    count: float
    low: float
    high: float


def history(counts: Mapping[date, int], known_since: date, until: date) -> list[int]:
    """Daily counts before `until`, oldest first, as many whole weeks as are known, MOST_WEEKS at most."""
    weeks = max(0, min(MOST_WEEKS, (until - known_since).days // 7))
    return [counts.get(until - timedelta(days), 0) for days in range(7 * weeks, 0, -1)]


def expected(past: Sequence[float], days: int) -> Expected | None:
    """What to expect of the `days` after a past of whole weeks of daily counts; None when it is too short."""
    found = usual(past)
    return None if found is None else found.of(range(days))


def expected_each(past: Sequence[float], days: int) -> list[Expected] | None:
    """The same of each of these days by itself."""
    found = usual(past)
    return None if found is None else [found.of([day]) for day in range(days)]


@dataclass(frozen=True)
class Usual:
    """A usual week: customers by weekday (7,), how much they vary beyond chance, and over how many weeks that is."""

    means: np.ndarray
    dispersion: float
    weeks: int

    def of(self, days: Iterable[int]) -> Expected:
        """What to expect of some days after the past, counted from 0, together."""
        count = float(sum(self.means[day % 7] for day in days))
        spread = self.dispersion * count * (1 + 1 / self.weeks)  # of the days, and of the means
        deviation = math.sqrt(max(spread, LEAST_VARIANCE))
        return Expected(count, max(0.0, count - DEVIATIONS * deviation), count + DEVIATIONS * deviation)


def usual(past: Sequence[float]) -> Usual | None:
    weeks = len(past) // 7
    if weeks < LEAST_WEEKS:
        return None
    table = np.asarray(past, np.float64).reshape(weeks, 7)
    if weeks >= TRIMMED_FROM:
        order = np.argsort(table.sum(1), kind="stable")
        table = table[np.sort(order[1:-1])]
    level = table.mean()
    weekday = (table.sum(0) + WEEKDAY_PRIOR) / (len(table) * level + WEEKDAY_PRIOR)
    means = level * weekday * (7 / weekday.sum())  # (7,) and their sum is a week's
    return Usual(means, dispersion(table, means), len(table))


def dispersion(table: np.ndarray, means: np.ndarray) -> float:
    """How much more the counts (w, 7) vary than chance alone would make them around their means (7,); at least 1.

    By the day, and by the week: weeks vary more than their days when good and bad times last.
    """
    by_day = ((table - means) ** 2).mean() / max(float(means.mean()), 0.1)
    by_week = table.sum(1).var(ddof=1) / max(float(means.sum()), 0.7)
    return float(max(1.0, by_day, by_week))
