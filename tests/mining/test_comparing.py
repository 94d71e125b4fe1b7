"""Loyalty beside comparable others: a difference that strata explain vanishes, one they do not stays; none of few."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import update

from community.models import STAGES, VALUES, Customer
from mining.comparing import Crowd, compared, crowd, stratum
from mining.job import silent
from mining.profiles import renew_profiles
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory


def people(loyalty: list[float], strata: list[int]) -> Crowd:
    return Crowd(np.arange(len(loyalty)), np.array(loyalty, float), np.array(strata))


def test_a_difference_of_likes_is_found_with_its_interval() -> None:
    rng = np.random.default_rng(1)
    strata = np.tile([1, 5], 100)
    mentions = np.arange(200) < 80
    loyalty = 60 - 20 * (strata == 5) - 10 * mentions + rng.normal(0, 4, 200)
    found = compared(people(loyalty.tolist(), strata.tolist()), set(range(80)), 5)
    assert found is not None
    assert found["low"] < -10 < found["high"] < 0
    assert (found["customers"], found["others"]) == (80, 120)
    assert found["loyalty"] - found["others_loyalty"] == pytest.approx(found["difference"], abs=0.11)


def test_what_only_the_strata_explain_is_no_difference() -> None:
    """Those who mention it are mostly of the unhappy stratum: a plain comparison would say minus fifteen."""
    strata = [5] * 40 + [1] * 10 + [5] * 10 + [1] * 40
    loyalty = [30.0 + (n % 3) if one == 5 else 55.0 + (n % 3) for n, one in enumerate(strata)]
    found = compared(people(loyalty, strata), set(range(50)), 5)
    assert found is not None
    assert abs(found["difference"]) < 1
    assert found["low"] < 0 < found["high"]


@pytest.mark.parametrize(("mentioning", "others"), [(4, 30), (30, 4), (0, 30), (30, 0)])
def test_nothing_is_said_of_fewer_than_five_on_either_side(mentioning: int, others: int) -> None:
    crowded = people([50.0] * (mentioning + others), [3] * (mentioning + others))
    assert compared(crowded, set(range(mentioning)), 5) is None
    assert compared(people([50.0] * 10, [3] * 10), set(range(5)), 5) is not None


def test_who_has_no_like_is_left_out_of_the_comparison() -> None:
    found = compared(people([10.0] * 5 + [50.0] * 10, [9] * 5 + [3] * 10), set(range(10)), 5)
    assert found is not None
    assert (found["customers"], found["others"], found["difference"]) == (5, 5, 0)


@pytest.mark.parametrize("others", [12, 60])
def test_the_interval_of_eight_customers_over_twelve_strata_holds_the_truth(others: int) -> None:
    rng = np.random.default_rng(3)
    held, told = 0, 0
    for _ in range(1_000):
        strata = rng.integers(0, 12, 8 + others)
        loyalty = 50 + 4 * strata - 6 * (np.arange(8 + others) < 8) + rng.normal(0, 10, 8 + others)
        found = compared(people(loyalty.tolist(), strata.tolist()), set(range(8)), 5)
        if found:
            told += 1
            held += found["low"] <= -6 <= found["high"]
    assert told > 100
    assert held / told >= 0.93


def test_where_each_stands_alone_nothing_is_said() -> None:
    assert compared(people([float(n % 7) for n in range(20)], [*range(10), *range(10)]), set(range(10)), 5) is None


def test_each_stage_value_and_activity_is_a_stratum_of_its_own() -> None:
    every = [stratum(stage, value, texts) for stage in STAGES for value in VALUES for texts in (1, 3, 9)]
    assert len(set(every)) == len(every)
    assert stratum("active", "mid", 2) == stratum("active", "mid", 3)


def test_only_those_who_consent_and_were_heard_are_compared(make: Factory, units: Units) -> None:
    for number in range(4):
        make.contact("It is broken.", f"p{number}@example.org", now=NOW - timedelta(days=2 if number else 60))
    renew_profiles(units, NOW, silent)
    units.write(lambda session: session.execute(update(Customer).where(Customer.id == 4).values(is_profiled=False)))
    found = units.read(lambda session: crowd(session, NOW - timedelta(days=30), NOW))
    assert found.ids.tolist() == [2, 3]
    assert len(found.loyalty) == len(found.stratum) == 2
