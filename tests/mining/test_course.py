"""The course of a theme: customers by day or week with what was to be expected, and nothing of fewer than five."""

from datetime import UTC, date, datetime, timedelta

from mining.course import course
from mining.voices import Heard, Voice

END = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SINCE = date(2026, 1, 1)


def heard(*rows: tuple[int, int]) -> Heard:
    """Voices by (customer, days before the end), the earliest first."""
    ordered = sorted(rows, key=lambda row: -row[1])
    return Heard.of([Voice(customer, END - timedelta(days=back), 0.5, False) for customer, back in ordered])


def test_weeks_end_yesterday_and_count_each_customer_once() -> None:
    found = course(heard(*((n, 3) for n in range(6)), (1, 4), (9, 0)), SINCE, END, 5)["series"]
    assert (found["step"], len(found["now"]), found["now"][-1]) == (7, 13, 6)
    assert found["first"] == (END.date() - timedelta(91)).isoformat()
    assert sum(found["now"]) == 6, "what was said today is not over"


def test_a_theme_of_many_is_drawn_by_the_day() -> None:
    found = course(heard(*((n, back) for back in range(1, 60) for n in range(8))), SINCE, END, 5)["series"]
    assert (found["step"], len(found["now"])) == (1, 91)
    assert found["now"][-1] == 8
    assert found["low"][-1] <= found["expected"][-1] <= found["high"][-1]


def test_a_week_of_four_is_not_told_nor_can_it_be_reckoned_back_from_the_band() -> None:
    base = [(100 * week + n, 7 * week + 3) for week in (1, 2, 3, 5, 6) for n in range(7)]
    few = [course(heard(*base, *((900 + n, 31) for n in range(count))), SINCE, END, 5)["series"] for count in (1, 4)]
    assert few[0]["now"][-5] is None
    assert few[0]["expected"][-1] is not None
    assert few[0] == few[1], "one customer and four look the same"


def test_the_band_has_nothing_before_three_weeks_are_known() -> None:
    found = course(heard((1, 3)), SINCE, END, 5)["series"]
    assert [one is None for one in found["expected"]][:4] == [True, True, True, False]


def test_no_series_and_no_beginning_of_a_community_of_five_days() -> None:
    assert course(heard((1, 2)), END.date() - timedelta(5), END, 5) == {"series": None, "since": None}


def test_a_beginning_is_told_with_whether_it_is_new() -> None:
    quiet = [(n, back) for n, back in enumerate(range(25, 88, 8))]
    loud = [(50 + n, 1 + n % 20) for n in range(40)]
    new = course(heard(*loud), SINCE, END, 5)["since"]
    more = course(heard(*quiet, *loud), SINCE, END, 5)["since"]
    for found in (new, more):
        assert abs((date.fromisoformat(found["on"]) - (END.date() - timedelta(20))).days) <= 1
        assert found["until"] is None
    assert (new["is_new"], more["is_new"]) == (True, False)


def test_one_customer_who_writes_every_day_begins_nothing() -> None:
    rows = [(n, 60 + 2 * n) for n in range(10)] + [(1, back) for back in range(1, 15)]
    assert course(heard(*rows), SINCE, END, 5)["since"]["on"] is None


def test_nothing_is_told_of_fewer_than_five() -> None:
    assert course(heard(*((n, 3) for n in range(4))), SINCE, END, 5)["since"] is None
