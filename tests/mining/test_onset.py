"""Since when: planted beginnings are found, and chance makes none."""

import numpy as np
import pytest

from mining.onset import Onset, onset

DAYS = 90


def drawn(seed: int, before: float, after: float, begins: int, growing: int = 1) -> np.ndarray:
    shape = np.clip((np.arange(DAYS) - begins + 1) / growing, 0, 1)
    return np.random.default_rng(seed).poisson(before + after * shape)


@pytest.mark.parametrize(("before", "after"), [(0.0, 0.6), (0.1, 1.0), (1.0, 3.0)])
def test_a_planted_beginning_is_found_within_three_days(before: float, after: float) -> None:
    found = [onset(drawn(seed, before, after, 60)) for seed in range(100)]
    assert sum(one is not None for one in found) >= 95
    assert sum(one is not None and abs(one.first - 60) <= 3 and one.end is None for one in found) >= 80


def test_what_grows_for_two_weeks_is_dated_by_its_beginning_and_not_by_its_height() -> None:
    found = [onset(drawn(seed, 0.1, 2.0, 60, growing=14)) for seed in range(100)]
    assert abs(float(np.median([one.first for one in found if one])) - 60) <= 2


def test_chance_alone_has_no_beginning() -> None:
    found = [onset(np.random.default_rng(seed).poisson(0.1 + seed % 20 / 10, DAYS)) for seed in range(400)]
    assert sum(one is not None for one in found) <= 8


def test_what_was_loud_for_a_week_and_then_ended_has_an_end() -> None:
    counts = np.zeros(DAYS, np.int64)
    counts[::9] = 1
    counts[40:47] = 6
    assert onset(counts) == Onset(40, 47)


def test_what_goes_on_more_quietly_but_more_than_before_has_no_end() -> None:
    counts = np.zeros(DAYS, np.int64)
    counts[40:47] = 6
    counts[47::2] = 1
    assert onset(counts) == Onset(40, None)


def test_some_quiet_days_are_no_end() -> None:
    counts = np.zeros(DAYS, np.int64)
    counts[40:80:2] = 3
    assert onset(counts) == Onset(40, None)


@pytest.mark.parametrize("counts", [np.zeros(0, np.int64), np.zeros(DAYS, np.int64), np.full(20, 9)])
def test_nothing_is_told_of_nothing_nor_of_three_weeks(counts: np.ndarray) -> None:
    assert onset(counts) is None


def test_what_was_there_from_the_first_week_has_no_beginning() -> None:
    assert onset(drawn(3, 0.0, 1.0, 4)) is None


def test_a_lone_voice_some_days_before_does_not_date_a_sudden_rise() -> None:
    counts = np.zeros(90, np.int64)
    counts[40:70] = 1
    alone = onset(counts)
    counts[36] = 1
    found = onset(counts)
    assert alone
    assert found
    assert (alone.first, found.first) == (40, 40)
    counts[36] = 3
    several = onset(counts)
    assert several
    assert several.first == 36, "three are no stray"
