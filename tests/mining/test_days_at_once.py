"""In which parts days are kept: many at once where little was said, few where the writer's place would be held long."""

from datetime import timedelta

import pytest

from mining import days
from mining.columns import DAY, micros
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory

TODAY = micros(NOW) // DAY


def sizes(units: Units, count: int) -> list[int]:
    wanted = range(TODAY - count + 1, TODAY + 1)
    parts = list(days.at_once(units, wanted))
    assert [day for part in parts for day in part] == list(wanted), "each day once, in order"
    return [len(part) for part in parts]


def test_years_without_a_word_are_kept_in_two_goes(units: Units) -> None:
    assert sizes(units, 732) == [366, 366]
    assert sizes(units, 10) == [10]
    assert sizes(units, 0) == []


def test_days_of_which_much_was_said_are_kept_seven_at_a_time(
    units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(days, "QUIET", (4, 30))
    for day in range(5):
        make.question(now=NOW - timedelta(days=40 + day))
    assert sizes(units, 60) == [7, 7, 7, 30, 9]
