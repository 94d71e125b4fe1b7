"""Changes between two periods: the interval holds the truth about as often as it says, and knows who wrote twice."""

import numpy as np
import pytest

from mining.change import Sums, Waits, of_percentile, of_ratio, of_total


def sample(random: np.random.Generator, share: float, customers: int = 40) -> Sums:
    """Customers who write one text or many, each leaning to an opinion of their own."""
    sizes = random.geometric(0.4, customers)
    leaning = random.beta(4 * share, 4 * (1 - share), customers)
    unit = np.repeat(random.choice(10_000, customers, replace=False), sizes)
    return Sums.of(unit, random.random(len(unit)) < np.repeat(leaning, sizes))


@pytest.mark.parametrize("share", [0.5, 0.1])
def test_the_interval_of_a_share_holds_the_truth_19_times_of_20(share: float) -> None:
    random = np.random.default_rng(3)
    found = [of_ratio(sample(random, share), sample(random, share), (0.0, 1.0)) for _ in range(400)]
    assert sum(one.low <= 0 <= one.high for one in found) / len(found) >= 0.93


def test_the_interval_of_a_number_of_texts_holds_the_truth_19_times_of_20() -> None:
    random = np.random.default_rng(4)
    samples = [(sample(random, 0.5, random.poisson(40)), sample(random, 0.5, random.poisson(40))) for _ in range(400)]
    ones = [[Sums(one.unit, one.below, one.below) for one in pair] for pair in samples]
    found = [of_total(*pair) for pair in ones]
    assert 0.93 <= sum(one.low <= 0 <= one.high for one in found) / len(found) <= 0.99


def test_a_real_change_is_told() -> None:
    random = np.random.default_rng(5)
    found = of_ratio(sample(random, 0.8, 200), sample(random, 0.2, 200), (0.0, 1.0))
    assert found.low > 0.4
    assert found.low < found.difference < found.high


def test_one_loud_customer_proves_nothing() -> None:
    loud = Sums.of(np.array([1] * 50 + [2, 3, 4, 5]), np.array([True] * 50 + [False] * 4))
    quiet = Sums.of(np.array([2, 3, 4, 5, 6]), np.zeros(5, np.bool_))
    found = of_ratio(loud, quiet, (0.0, 1.0))
    assert found.difference > 0.9
    assert found.low < 0 < found.high, "50 texts, but one person"


def test_who_says_the_same_in_both_periods_adds_no_doubt() -> None:
    units = np.arange(50)
    same = Sums(units, (units % 2).astype(float), np.ones(50))
    others = Sums(units + 100, same.above, same.below)
    assert of_ratio(same, same).high == 0
    assert of_ratio(same, others).high > 0.1


def test_five_who_agree_are_not_certain() -> None:
    all_of_them, none_of_them = (Sums.of(np.arange(5), np.full(5, value)) for value in (True, False))
    assert of_ratio(all_of_them, none_of_them).low == 1, "without the imagined ones they would be"
    assert of_ratio(all_of_them, none_of_them, (0.0, 1.0)).low < 0.7


def waits(hours: list[float], is_over: list[bool]) -> Waits:
    return Waits(np.arange(len(hours)), np.array(hours), np.array(is_over))


def test_who_still_waits_counts_in_a_percentile() -> None:
    assert waits([1, 2, 3, 4], [True] * 4).percentile(0.5) == 2
    assert waits([1, 2, 9, 9], [True, True, False, False]).percentile(0.5) == 2
    assert waits([1, 9, 9, 9], [True, False, False, False]).percentile(0.5) is None


def test_the_bootstrap_tells_a_change_of_waits_and_gives_none_when_it_is_not_in_sight() -> None:
    random = np.random.default_rng(6)
    short, long = (waits(random.exponential(mean, 80).tolist(), [True] * 80) for mean in (5, 50))
    found = of_percentile(0.5, long, short)
    assert found is not None
    assert 0 < found.low < found.difference < found.high
    same = of_percentile(0.5, short, waits(random.exponential(5, 80).tolist(), [True] * 80))
    assert same is not None
    assert same.low < 0 < same.high
    few_done = waits([1.0] * 41 + [9.0] * 39, [True] * 41 + [False] * 39)
    assert few_done.percentile(0.5) == 1
    assert of_percentile(0.5, few_done, short) is None, "in many of the rounds more than half still wait"


def test_a_round_of_the_bootstrap_is_the_percentile_of_what_was_drawn() -> None:
    random = np.random.default_rng(8)
    own = waits(random.integers(1, 9, 30).astype(float).tolist(), (random.random(30) < 0.7).tolist())
    weights = random.multinomial(30, [1 / 30] * 30, 20)
    found = own.resampled(0.5, np.arange(30), weights)
    for drawn, value in zip(weights, found.tolist(), strict=True):
        again = np.repeat(np.arange(30), drawn)
        expected = Waits(again, own.seconds[again], own.is_over[again]).percentile(0.5)
        assert value == (np.inf if expected is None else expected)
