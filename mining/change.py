"""How much a figure changed between two periods, with a 95 % interval: pure functions over what each customer adds.

The customer is the unit: the texts of one person are no independent witnesses. Decision 0015 says why these methods.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t as student

from community.survival import curve
from mining.columns import Bools, Floats, Ints

SURE = 0.95
ROUNDS = 400  # of the bootstrap
AT_ONCE = 2_000_000  # numbers of rounds that are computed together
SEED = 7


@dataclass(frozen=True)
class Sums:
    """What each unit adds above and below the line; units are numbers, each once, sorted."""

    unit: Ints
    above: Floats
    below: Floats

    @classmethod
    def of(cls, unit: Ints, above: Floats | Bools, below: Floats | Bools | None = None) -> "Sums":
        """Of rows with their units; below the line each row counts 1 unless told otherwise."""
        units, row = np.unique(unit, return_inverse=True)
        under = np.ones(len(unit)) if below is None else below.astype(np.float64)
        over, under = (
            np.bincount(row, each.astype(np.float64), len(units)).astype(np.float64) for each in (above, under)
        )
        return cls(units, over, under)

    @property
    def ratio(self) -> float:
        return float(self.above.sum() / self.below.sum()) if self.below.sum() else 0.0


@dataclass(frozen=True)
class Change:
    """The difference and its interval; a zero within means that no change can be told."""

    difference: float
    low: float
    high: float

    def as_dict(self, digits: int) -> dict[str, Any]:
        return {name: round(getattr(self, name), digits) for name in ("difference", "low", "high")}


def around(difference: float, variance: float, units: int) -> Change:
    reach = float(student.ppf((1 + SURE) / 2, max(1, units - 1))) * math.sqrt(max(0.0, variance))
    return Change(difference, difference - reach, difference + reach)


def of_total(now: Sums, before: Sums) -> Change:
    """Of the sums above the line: each unit comes by itself and adds what it adds (compound Poisson)."""
    units, own = paired(now, before)
    each = own[0] - own[2]
    return around(float(each.sum()), float((each**2).sum()), len(units))


def of_ratio(now: Sums, before: Sums, ends: tuple[float, float] | None = None) -> Change:
    """Of sums above the line over sums below it, by the jackknife: each unit is left out once, of both periods.

    `ends` are the least and the greatest that a ratio can be.
    """
    difference = now.ratio - before.ratio
    if ends:
        now, before = with_ends(now, ends, -1), with_ends(before, ends, -3)
    units, own = paired(now, before)
    each = np.zeros(len(units))
    for sums, (above, below), sign in ((now, own[:2], 1), (before, own[2:], -1)):
        each += sign * (above - sums.ratio * below) / np.maximum(sums.below.sum() - below, 1e-9)
    size = len(units)
    return around(difference, float((each**2).sum()) * (size - 1) / size if size else 0.0, size)


def with_ends(sums: Sums, ends: tuple[float, float], key: int) -> Sums:
    """Two units more of the usual size, `key` and one less, one at either end."""
    size = float(sums.below.mean()) if len(sums.below) else 1.0
    return Sums(
        np.concatenate([[key - 1, key], sums.unit]), np.concatenate([[ends[0] * size, ends[1] * size], sums.above]),
        np.concatenate([[size, size], sums.below]),
    )  # fmt: skip


def paired(now: Sums, before: Sums) -> tuple[Ints, Floats]:
    """All units, sorted, and for each what it adds (4, n): above and below now, above and below before."""
    units = np.union1d(now.unit, before.unit)
    own = np.zeros((4, len(units)))
    for n, sums in enumerate((now, before)):
        place = np.searchsorted(units, sums.unit)
        own[2 * n, place], own[2 * n + 1, place] = sums.above, sums.below
    return units, own


@dataclass(frozen=True)
class Waits:
    """How long each took, or has lasted by now, and whether it is over: rows with their units."""

    unit: Ints
    seconds: Floats
    is_over: Bools

    def percentile(self, share: float) -> float | None:
        """Seconds by when this share is over, with those who still wait counted; None when that is not in sight."""
        rows = zip(self.seconds.tolist(), self.is_over.tolist(), strict=True)
        return curve(list(rows)).percentile(share)

    def resampled(self, share: float, units: Ints, weights: Ints) -> Floats:
        """The percentile of each round; weights (rounds, units) say how often each unit was drawn. Infinite: not in sight."""
        order = np.lexsort((~self.is_over, self.seconds))  # over before waiting, at one time
        seconds, is_over = self.seconds[order], self.is_over[order]
        drawn = weights[:, np.searchsorted(units, self.unit[order])]  # (rounds, n)
        at_risk = np.cumsum(drawn[:, ::-1], 1)[:, ::-1]
        left = np.cumprod(1 - np.where(is_over, drawn, 0) / np.maximum(at_risk, 1), 1)
        reached = (1 - left >= share - 1e-12) & is_over
        first = reached.argmax(1)
        return np.where(reached.any(1), seconds[first], np.inf)


def of_percentile(share: float, now: Waits, before: Waits) -> Change | None:
    """Of a percentile of waits, by bootstrap of the units; None when an end of the interval is not in sight."""
    ours, theirs = now.percentile(share), before.percentile(share)
    if ours is None or theirs is None:
        return None
    units = np.union1d(now.unit, before.unit)
    rounds = max(1, AT_ONCE // max(1, len(now.unit), len(before.unit), len(units)))
    random, parts = np.random.default_rng(SEED), []
    for begun in range(0, ROUNDS, rounds):
        weights = random.multinomial(len(units), [1 / len(units)] * len(units), min(rounds, ROUNDS - begun))
        with np.errstate(invalid="ignore"):  # neither is in sight: no number, and no change told
            parts.append(now.resampled(share, units, weights) - before.resampled(share, units, weights))
    found = np.sort(np.concatenate(parts))
    low, high = found[round((1 - SURE) / 2 * ROUNDS)], found[round((1 + SURE) / 2 * ROUNDS) - 1]
    if not (np.isfinite(low) and np.isfinite(high)):
        return None
    return Change(ours - theirs, float(low), float(high))
