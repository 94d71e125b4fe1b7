"""Service time: hours, holidays and zones, and what is due when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.clocks import read_hours, read_levels

WORK = read_hours("mon-fri 09:00-17:00", "UTC", "2026-06-03 12-25")
FRIDAY = datetime(2026, 6, 5, 16, 0, tzinfo=UTC)
HOUR = 3600
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda one: one.replace(tzinfo=UTC))


def test_an_hour_late_on_friday_ends_on_friday_and_two_on_monday() -> None:
    assert WORK.after(FRIDAY, HOUR) == datetime(2026, 6, 5, 17, tzinfo=UTC)
    assert WORK.after(FRIDAY, 2 * HOUR) == datetime(2026, 6, 8, 10, tzinfo=UTC)


def test_nothing_runs_on_holidays_of_one_year_or_of_every_year() -> None:
    tuesday = datetime(2026, 6, 2, 17, 0, tzinfo=UTC)
    assert WORK.after(tuesday, HOUR) == datetime(2026, 6, 4, 10, tzinfo=UTC)
    for year in (2025, 2026):
        assert WORK.open_on(datetime(year, 12, 25).date()) == []


def test_hours_are_those_of_the_zone_whatever_its_clocks_do_in_spring() -> None:
    oslo = read_hours("mon-sun 09:00-17:00", "Europe/Oslo", "")
    assert oslo.after(datetime(2026, 3, 27, 20, tzinfo=UTC), HOUR) == datetime(2026, 3, 28, 9, tzinfo=UTC)
    assert oslo.after(datetime(2026, 3, 28, 20, tzinfo=UTC), HOUR) == datetime(2026, 3, 29, 8, tzinfo=UTC)


def test_always_means_every_second() -> None:
    always = read_hours("always", "UTC", "")
    assert always.after(FRIDAY, 100 * HOUR) == FRIDAY + timedelta(hours=100)
    assert always.between(FRIDAY, FRIDAY + timedelta(days=9)) == 9 * 24 * HOUR


@given(moments, st.integers(0, 300 * HOUR))
def test_what_is_added_is_what_lies_between(start: datetime, seconds: int) -> None:
    assert WORK.between(start, WORK.after(start, seconds)) == pytest.approx(seconds, abs=1e-3)


@given(moments, moments, moments)
def test_time_between_adds_up(one: datetime, other: datetime, third: datetime) -> None:
    first, middle, last = sorted([one, other, third])
    assert WORK.between(first, middle) + WORK.between(middle, last) == pytest.approx(WORK.between(first, last))


@pytest.mark.parametrize("text", ["", "mon", "mon-fri 9-17", "mon-fri 17:00-09:00", "day 09:00-10:00"])
def test_hours_that_nobody_can_read_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="SERVICE_HOURS"):
        read_hours(text, "UTC", "")


def test_levels_name_all_four_priorities() -> None:
    assert read_levels("urgent 1/8, high 4/16, normal 8/40, low 16/80")["high"] == (4.0, 16.0)
    with pytest.raises(ValueError, match="SERVICE_LEVELS"):
        read_levels("urgent 1/8")
