"""Vectors lose what tells of form where enough rows tell what that is, and keep it stored with the means."""

import numpy as np

from mining.centring import FORM, FORM_FROM, Centre, form_of


def made(rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Vectors of two matters, mood far along one axis of its own; their matter, form and texts."""
    drawn = np.random.default_rng(5)
    matter, mood = drawn.integers(0, 2, rows), drawn.uniform(-1, 1, rows)
    vectors = drawn.normal(0, 0.1, (rows, 8)).astype(np.float32)
    vectors[:, 0] += matter
    vectors[:, 1] += 3 * mood
    texts = ["x" * (1 + n % 40) + ("?" if n % 3 == 0 else "") for n in range(rows)]
    return vectors, matter, mood, texts


def test_mood_is_taken_out_and_matter_stays() -> None:
    vectors, matter, mood, texts = made(FORM_FROM)
    fitted = Centre().fit(vectors, ["en"] * len(vectors), form_of(texts, mood.tolist()))
    found = fitted.transform(vectors, ["en"] * len(vectors))
    assert abs(np.corrcoef(found[:, 1], mood)[0, 1]) < 0.2
    assert np.corrcoef(found[:, 0], matter)[0, 1] > 0.9
    again = Centre.of(dict(fitted.means_)).transform(vectors, ["en"] * len(vectors))
    assert np.array_equal(found, again), "as later runs read it"


def test_few_rows_learn_no_directions() -> None:
    vectors, _matter, mood, texts = made(FORM_FROM - 1)
    fitted = Centre().fit(vectors, ["en"] * len(vectors), form_of(texts, mood.tolist()))
    assert not any(key.startswith(FORM) for key in fitted.means_)


def test_a_form_that_never_changes_takes_nothing_away() -> None:
    vectors, _matter, _mood, texts = made(FORM_FROM)
    fitted = Centre().fit(vectors, ["en"] * len(vectors), form_of(texts, [0.5] * len(texts)))
    assert sum(key.startswith(FORM) for key in fitted.means_) == 2
