"""What is to be expected: weekdays are known, single weeks forgiven, and two weeks are too little history."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining import trend

DAY = date(2026, 6, 1)
counts = st.lists(st.integers(0, 200), min_size=21, max_size=56).map(lambda past: past[: len(past) // 7 * 7])


def test_two_weeks_are_too_little() -> None:
    assert trend.expected([5] * 14, 1) is None
    assert trend.expected([5] * 20, 7) is None
    assert trend.expected([5] * 21, 7) is not None


@given(counts, st.integers(1, 14))
def test_the_expectation_lies_within_its_interval(past: list[int], days: int) -> None:
    found = trend.expected(past, days)
    assert found is not None
    assert 0 <= found.low <= found.count <= found.high


def test_weekdays_are_known() -> None:
    week = [40, 40, 40, 40, 40, 5, 5]
    monday = trend.expected(week * 8, 1)
    saturday = trend.expected([*week[5:], *week[:5]] * 8, 1)
    whole = trend.expected(week * 8, 7)
    assert monday is not None
    assert saturday is not None
    assert whole is not None
    assert monday.count == pytest.approx(40, rel=0.05)
    assert saturday.count == pytest.approx(5, abs=1)
    assert whole.count == pytest.approx(sum(week), rel=0.01)
    assert saturday.high < 20, "twenty on a Saturday is beyond"


def test_one_week_that_stood_out_does_not_hide_the_next() -> None:
    quiet, loud = [4] * 7, [40] * 7
    with_it = trend.expected([*quiet * 4, *loud, *quiet * 3], 1)
    assert with_it is not None
    assert with_it.count == pytest.approx(4, rel=0.05)
    assert with_it.high < 12


def test_where_hardly_anybody_spoke_one_is_no_surprise_and_five_are() -> None:
    found = trend.expected([0] * 56, 1)
    assert found is not None
    assert 1 < found.high < 5


def test_a_day_as_before_is_rarely_beyond() -> None:
    rng = np.random.default_rng(3)
    rates = np.tile([9.0, 9, 8, 8, 7, 3, 3], 9)
    beyond = 0
    for _ in range(400):
        drawn = rng.poisson(rates[:57]).tolist()
        found = trend.expected(drawn[:56], 1)
        assert found is not None
        beyond += drawn[56] > found.high
    assert beyond <= 400 * 0.05


def test_history_is_whole_weeks_and_no_older_than_what_is_known() -> None:
    days = {DAY - timedelta(n): n for n in range(1, 100)}
    assert trend.history(days, DAY - timedelta(200), DAY) == list(range(56, 0, -1))
    assert trend.history(days, DAY - timedelta(24), DAY) == list(range(21, 0, -1))
    assert trend.history(days, DAY, DAY) == []
