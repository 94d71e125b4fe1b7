"""Probabilities become labels, and a text's judgement follows from the whole and its mentions."""

import numpy as np
import pytest

from mining.classify import LEAVES_FROM, WHOLE_SHARE, Labels, blended, labels, pooled, verbatim_sentiment
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


def said(*scores: float) -> list[Labels]:
    """Mentions that feel so."""
    sides = ["negative" if score < 0 else "positive" if score > 0 else "neutral" for score in scores]
    return [Labels(side, score, "other", False) for side, score in zip(sides, scores, strict=True)]


@pytest.mark.parametrize(
    ("scores", "lengths", "is_mixed"),
    [
        ((0.9, -0.9), (40, 40), True),
        ((0.9, 0.0, -0.9), (40, 40, 40), True),
        ((0.9, -0.9), (160, 20), True),
        ((0.9, -0.9), (400, 20), False),  # an aside
        ((0.9, 0.9, 0.9, 0.9, -0.9), (40,) * 5, False),
        ((0.9, -0.3), (40, 40), False),  # hardly a complaint
        ((0.9, 0.0), (40, 40), False),
        ((-0.9, -0.9), (40, 40), False),
        ((0.9,), (40,), False),
        ((), (), False),
    ],
)
def test_a_text_is_mixed_when_clear_praise_and_clear_blame_share_it(
    scores: tuple[float, ...], lengths: tuple[int, ...], is_mixed: bool
) -> None:
    whole = Labels("negative", -0.2, "other", False)
    assert verbatim_sentiment(whole, said(*scores), lengths) == ("mixed" if is_mixed else "negative")


def test_a_text_that_is_clear_as_a_whole_is_not_mixed() -> None:
    whole = Labels("positive", 0.7, "praise", False)
    assert verbatim_sentiment(whole, said(0.9, -0.9), (40, 40)) == "positive"


def test_a_verbatim_follows_from_its_mentions_and_keeps_its_score() -> None:
    mixed, plain = read(FakeEncoder(), ["I love the screen. The battery is terrible.", "The battery is terrible."])  # type: ignore[arg-type]
    assert [one.sentiment for one in mixed.mentions] == ["positive", "negative"]
    assert mixed.whole.sentiment == "mixed"
    assert mixed.leaning in {"negative", "neutral", "positive"}
    assert -1 <= mixed.whole.score <= 1
    assert plain.whole.sentiment == plain.leaning == "negative"


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
