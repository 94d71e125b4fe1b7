"""What a theme is and what it weighs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.impact import GROWTH_BOUNDS, Impact, Tally, growth, kind

counts = st.integers(0, 10_000)


def tally(customers: int = 10, pain: float = 5.0, mentions: int = 10, **more: object) -> Tally:
    return Tally(mentions, customers, pain, **more)  # type: ignore[arg-type]


@given(counts, counts)
def test_growth_stays_within_its_bounds(now: int, before: int) -> None:
    assert GROWTH_BOUNDS[0] <= growth(now, before) <= GROWTH_BOUNDS[1]


@given(counts, counts, counts)
def test_growth_never_falls_when_more_customers_come(now: int, more: int, before: int) -> None:
    assert growth(now + more, before) >= growth(now, before)
    assert growth(now, before + more) <= growth(now, before)


def test_small_numbers_do_not_shout() -> None:
    assert growth(1, 0) == 2
    assert growth(5, 0) == growth(500, 0) == 3
    assert growth(0, 9) == 0.5
    assert growth(7, 7) == 1


def test_impact_is_customers_by_negativity_by_trend_by_value() -> None:
    assert Impact(customers=20, negativity=0.5, trend=1.5, value=1.2).total == pytest.approx(18.0)
    assert Impact(0, 0.9, 3.0, 2.0).total == Impact(9, 0.0, 3.0, 2.0).total == 0


@pytest.mark.parametrize(
    ("sentiments", "intents", "name"),
    [
        ({"negative": 6, "neutral": 4}, {"problem": 6, "question": 4}, "problem"),
        ({"negative": 1, "neutral": 9}, {"problem": 4, "question": 6}, "problem"),
        ({"positive": 8, "negative": 2}, {"praise": 8, "problem": 2}, "praise"),
        ({"positive": 5, "negative": 5}, {"praise": 5, "problem": 5}, "problem"),
        ({"neutral": 10}, {"suggestion": 4, "other": 6}, "suggestion"),
        ({"neutral": 10}, {"question": 7, "other": 3}, "question"),
        ({"positive": 9, "neutral": 1}, {"suggestion": 5, "praise": 5}, "suggestion"),
    ],
)
def test_the_kind_of_a_theme(sentiments: dict[str, int], intents: dict[str, int], name: str) -> None:
    assert kind(tally(sentiments=sentiments, intents=intents)) == name


def test_an_empty_theme_is_no_error() -> None:
    assert kind(Tally()) == "question"
