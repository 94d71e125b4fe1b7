"""Figures and their intervals: what is known by hand comes out, and chance is told from a difference."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from mining.evaluation.figures import accuracy, compared, f1_of, macro_f1, measured

FIGURES = {"accuracy": accuracy, "macro F1": macro_f1, "F1 of 2": f1_of(2)}
RNG = np.random.default_rng(5)
TRUTH = RNG.integers(0, 3, 600)


def off(share: float, seed: int) -> np.ndarray:
    """Answers of which about this share is wrong."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(len(TRUTH)) < share, (TRUTH + rng.integers(1, 3, len(TRUTH))) % 3, TRUTH)


def test_figures_are_those_of_the_textbook() -> None:
    said = off(0.3, 1)
    found = measured(TRUTH, said, 3, FIGURES, 200, seed=1)
    assert found["accuracy"].value == pytest.approx(float((said == TRUTH).mean()))
    assert found["macro F1"].value == pytest.approx(f1_score(TRUTH, said, average="macro"))
    assert found["F1 of 2"].value == pytest.approx(f1_score(TRUTH, said, average=None)[2])


def test_a_class_that_is_not_there_lowers_no_mean() -> None:
    truth, said = np.array([0, 0, 2, 2]), np.array([0, 1, 2, 2])
    found = measured(truth, said, 3, FIGURES, 100, seed=1)
    assert found["macro F1"].value == pytest.approx((2 / 3 + 1) / 2)


def test_an_interval_holds_what_resampling_the_texts_themselves_gives() -> None:
    said = off(0.3, 1)
    found = measured(TRUTH, said, 3, FIGURES, 5_000, seed=1)["macro F1"]
    rng = np.random.default_rng(2)
    drawn = [rng.integers(0, len(TRUTH), len(TRUTH)) for _ in range(500)]
    sampled = [f1_score(TRUTH[rows], said[rows], average="macro") for rows in drawn]
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(sampled, (0.025, 0.975))), abs=0.01)


def test_more_texts_make_a_narrower_interval() -> None:
    few = measured(TRUTH[:50], off(0.3, 1)[:50], 3, FIGURES, 1_000, seed=1)["accuracy"]
    many = measured(TRUTH, off(0.3, 1), 3, FIGURES, 1_000, seed=1)["accuracy"]
    assert many.high - many.low < 0.6 * (few.high - few.low)


def test_the_same_answers_differ_by_nothing() -> None:
    found = compared(TRUTH, off(0.3, 1), off(0.3, 1), 3, FIGURES, 500, seed=1)
    assert all((one.value, one.low, one.high) == (0, 0, 0) for one in found.values())


def test_a_real_difference_is_beyond_chance_and_has_its_sign() -> None:
    better, worse = off(0.1, 1), off(0.3, 2)
    found = compared(TRUTH, better, worse, 3, FIGURES, 1_000, seed=1)["accuracy"]
    assert found.value == pytest.approx(float((better == TRUTH).mean() - (worse == TRUTH).mean()))
    assert found.low > 0
    back = compared(TRUTH, worse, better, 3, FIGURES, 1_000, seed=1)["accuracy"]
    assert back.high < 0


def test_pairing_sees_what_two_intervals_apart_would_not() -> None:
    worse = off(0.3, 1)
    better = worse.copy()
    wrong = np.flatnonzero(worse != TRUTH)[:15]
    better[wrong] = TRUTH[wrong]
    apart = [measured(TRUTH, said, 3, FIGURES, 1_000, seed=1)["accuracy"] for said in (worse, better)]
    assert apart[0].high > apart[1].low
    assert compared(TRUTH, better, worse, 3, FIGURES, 1_000, seed=1)["accuracy"].low > 0


def test_the_same_seed_gives_the_same_interval() -> None:
    first, second = (measured(TRUTH, off(0.3, 1), 3, FIGURES, 300, seed=7) for _ in range(2))
    assert first == second
    assert first != measured(TRUTH, off(0.3, 1), 3, FIGURES, 300, seed=8)
