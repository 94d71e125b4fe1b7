"""Probabilities become labels, and a text's judgement follows from the whole and its mentions."""

import numpy as np
import pytest

from mining.classify import LEAVES_FROM, WHOLE_SHARE, Labels, blended, labels, pooled
from mining.encoder import Judgements
from mining.reading import read
from tests.mining.fakes import FakeEncoder


def judged(*sentiments: tuple[float, float, float], leaving: float = 0.0, intent: int = 4) -> Judgements:
    count = len(sentiments)
    intents = np.full((count, 5), 0.05, np.float32)
    intents[:, intent] = 0.8
    embedding = np.eye(count, 8, dtype=np.float32)
    return Judgements(embedding, np.array(sentiments, np.float32), intents, np.full(count, leaving, np.float32))


def test_the_score_is_how_positive_less_how_negative() -> None:
    found = labels(judged((0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.05, 0.05, 0.9)))
    assert [one.sentiment for one in found] == ["negative", "neutral", "positive"]
    assert [one.score for one in found] == pytest.approx([-0.7, 0.0, 0.85], abs=1e-3)


@pytest.mark.parametrize(("place", "name"), list(enumerate(["problem", "question", "suggestion", "praise", "other"])))
def test_the_likeliest_intent_is_the_label(place: int, name: str) -> None:
    assert labels(judged((0.1, 0.8, 0.1), intent=place))[0].intent == name


def test_a_customer_leaves_from_the_threshold_on() -> None:
    assert labels(judged((0, 1, 0), leaving=LEAVES_FROM))[0].leaving
    assert not labels(judged((0, 1, 0), leaving=LEAVES_FROM - 0.01))[0].leaving


def test_nothing_gives_no_labels() -> None:
    assert labels(judged((0, 1, 0))[0:0]) == []


def test_a_long_mention_weighs_more_than_a_short_one_but_not_by_its_length() -> None:
    parts = judged((0.9, 0.1, 0.0), (0.0, 0.1, 0.9))
    found = pooled(parts, [range(2)], np.array([100.0, 25.0]))
    assert found.sentiment[0] == pytest.approx([0.9 * 2 / 3, 0.1, 0.9 / 3], abs=1e-5)
    assert np.linalg.norm(found.embedding[0]) == pytest.approx(1)


def test_a_text_leaves_when_one_of_its_mentions_does() -> None:
    parts = judged((0, 1, 0), (0, 1, 0))
    parts.leaving[1] = 0.9
    assert pooled(parts, [range(2)], np.ones(2)).leaving[0] == pytest.approx(0.9)


def test_a_text_without_mentions_takes_nothing_from_its_neighbours() -> None:
    found = pooled(judged((0.9, 0.1, 0.0)), [range(0), range(1)], np.ones(1))
    assert not found.sentiment[0].any()
    assert found.sentiment[1] == pytest.approx([0.9, 0.1, 0.0])


def test_the_whole_counts_more_than_its_parts() -> None:
    found = blended(judged((1.0, 0.0, 0.0)), judged((0.0, 0.0, 1.0)))
    assert found.sentiment[0] == pytest.approx([WHOLE_SHARE, 0, 1 - WHOLE_SHARE], abs=1e-6)
    assert found.sentiment.sum() == pytest.approx(1)


def test_texts_are_read_in_order_whatever_stands_between_them() -> None:
    texts = ["It is broken.", "", "I love it. I will cancel.", "```\ncode\n```", "Please add a lamp."]
    found = read(FakeEncoder(), texts)  # type: ignore[arg-type]
    assert [one.whole.sentiment for one in found] == ["negative", "neutral", "positive", "neutral", "neutral"]
    assert [one.whole.intent for one in found][-1] == "suggestion"
    assert [one.whole.leaving for one in found] == [False, False, True, False, False]
    assert [len(one.spans) for one in found] == [len(one.mentions) for one in found] == [1, 0, 2, 0, 1]
    assert [one.embeddings.shape[0] for one in found] == [1, 0, 2, 0, 1]
    assert found[1].whole == Labels("neutral", 0.0, "other", False)
    assert all(np.allclose(np.linalg.norm(one.embeddings, axis=1), 1) for one in found)


def test_reading_nothing_is_no_error() -> None:
    assert read(FakeEncoder(), []) == []  # type: ignore[arg-type]
    assert len(read(FakeEncoder(), ["", "  "])) == 2  # type: ignore[arg-type]
