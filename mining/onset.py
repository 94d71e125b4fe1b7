"""Since when a theme is told, or told more: the stretch of days that stands out most, and how it began. Pure functions.

A scan over all stretches of days finds how much likelier the counts are if customers came faster within it than
outside (Poisson); its beginning is then dated again, for a story may grow for weeks. docs/decisions/0016.
"""

from dataclasses import dataclass

import numpy as np

from mining.columns import Floats, Ints

LEAST_DAYS = 28  # of history: under four weeks nobody can tell a rise from the mood of a week
QUIET = 7  # days before the stretch: what begins in the first week was there from the start
SHORTEST = 3  # days of a stretch, and of what follows it
OVER = 14  # days of quiet, before which nothing is over
TIMES = 2.0  # as many customers a day within as outside, at least
CERTAIN = 8.0  # the least logarithm of how much likelier a rise is than none
GROWING = (1, 7, 14, 21)  # days in which a story may grow to its full rate
BACK = 21  # days before the stretch in which it may have begun to grow
STEPS = 30  # of expectation and maximisation
SUDDEN = 7  # days: what grows for longer begins with single voices
LONE = 0.1  # how likely the silence after a single first voice must be for it to belong to the rise


@dataclass(frozen=True)
class Onset:
    """The day of the history on which it began; `end` is the day after its last, or None while it goes on."""

    first: int
    end: int | None


def onset(counts: Ints) -> Onset | None:
    """What stands out most of daily counts (n,), the oldest first; None where nothing does."""
    found = stretch(counts)
    if found is None:
        return None
    first, end = found
    begun, growing = grown(counts[:end], first)
    if growing <= SUDDEN:
        begun = joined(counts[:end], begun)
    rest, before = counts[end:], counts[:begun]
    goes_on = len(rest) < OVER or (rest.sum() > 0 and rest.mean() >= TIMES * before.mean())
    return Onset(begun, None if goes_on else end)


def stretch(counts: Ints) -> tuple[int, int] | None:
    """The first day and the day after the last of the likeliest stretch of more customers."""
    days, total = len(counts), float(counts.sum())
    if days < LEAST_DAYS or not total:
        return None
    before = np.concatenate([[0], np.cumsum(counts)])  # (n + 1,)
    first, end = np.arange(QUIET, days - SHORTEST + 1), np.arange(QUIET + SHORTEST, days + 1)
    inside = (before[end][None, :] - before[first][:, None]).astype(np.float64)  # (f, e)
    length = (end[None, :] - first[:, None]).astype(np.float64)
    is_one = (length >= SHORTEST) & ((end == days) | (end <= days - SHORTEST))[None, :]
    gain = np.where(is_one, likelier(inside, np.maximum(length, 1), total, days), -np.inf)
    row, column = np.unravel_index(int(gain.argmax()), gain.shape)
    return (int(first[row]), int(end[column])) if gain[row, column] >= CERTAIN else None


def likelier(inside: Floats, length: Floats, total: float, days: int) -> Floats:
    """The logarithm of how much likelier two rates are than one; 0 where the inner is not TIMES the outer."""
    outside, rest = total - inside, np.maximum(days - length, 1e-9)
    usual = total / days
    gain = told(inside, length * usual) + told(outside, rest * usual)
    return np.asarray(np.where(inside / length >= TIMES * outside / rest, gain, 0.0), np.float64)


def told(count: Floats, expected: Floats) -> Floats:
    """What a count adds to the logarithm when its own rate takes the place of the usual one."""
    ratio = np.where(count > 0, count / np.maximum(expected, 1e-9), 1.0)
    return np.asarray(count * np.log(ratio), np.float64)


def grown(counts: Ints, first: int) -> tuple[int, int]:
    """On which day about `first` the rise began, and in how many of GROWING days it grew in a straight line, then stayed.

    Rates before and after by expectation and maximisation, for each beginning and growth together; the likeliest wins.
    """
    days = len(counts)
    starts = np.arange(max(QUIET, first - BACK), min(first + SHORTEST, days - SHORTEST) + 1)
    start, growing = (one.ravel() for one in np.meshgrid(starts, GROWING))
    shape = np.clip((np.arange(days)[None, :] - start[:, None] + 1) / growing[:, None], 0, 1)  # (c, n)
    usual = np.full(len(start), max(float(counts[:first].mean()), 0.02))
    more = np.full(len(start), float(counts[first:].mean()))
    for _ in range(STEPS):
        share = counts / (usual[:, None] + more[:, None] * shape)
        usual = np.maximum(usual * share.mean(1), 1e-4)
        more = more * (share * shape).sum(1) / shape.sum(1)
    rate = usual[:, None] + more[:, None] * shape
    best = int((counts * np.log(rate) - rate).sum(1).argmax())
    return int(start[best]), int(growing[best])


def joined(counts: Ints, begun: int) -> int:
    """On which day a sudden rise began, if a single voice went before it: the day of the others, where the silence
    between is not to be expected at the rate that followed. One stray text must not date a story days too early."""
    told = begun + np.flatnonzero(counts[begun:])
    if len(told) < 2 or counts[told[0]] > 1:
        return begun
    rate = float(counts[told[1] :].sum()) / (len(counts) - told[1])
    silence = int(told[1] - told[0]) - 1
    return int(told[1]) if np.exp(-rate * silence) < LONE else begun
