"""The project's own weights: what comes out has the promised form and does not hang on the company a text keeps."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from mining.classify import Labels, labels
from mining.encoder import LONGEST, OWN_WEIGHTS, Encoder, by_length, revision_of

THINGS = "battery screen courier invoice password speaker charger keyboard router helpline".split()
SAYINGS = [
    "The {} is terrible.", "I love the new {}!", "How do I change the {}?", "Please add another {} to the app.",
    "My {} arrived on Tuesday.", "The {} broke after two days and nobody answers.", "Great {}, thank you so much.",
]  # fmt: skip
SACHEN = "电池 屏幕 快递 发票 密码 音箱 充电器 键盘 路由器 客服".split()
WORTE = [
    "{}太差了。",
    "我很喜欢新的{}！",
    "怎么换{}？",
    "建议增加{}的功能。",
    "{}星期二到的。",
    "{}用了两天就坏了，没人理。",
    "{}很好，谢谢。",
]
TEXTS = [
    saying.format(thing)
    for things, sayings in ((THINGS, SAYINGS), (SACHEN, WORTE))
    for saying in sayings
    for thing in things
]
DEMO = Path(__file__).parents[2] / "community/exchange/demo/complaints.json"
LONGER = [complaint["body"] for complaint in json.loads(DEMO.read_text(encoding="utf-8"))]
MIXED = TEXTS + LONGER[:60]


@pytest.fixture(scope="module")
def encoder() -> Iterator[Encoder]:
    threads = torch.get_num_threads()
    yield Encoder(OWN_WEIGHTS)
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def whole(encoder: Encoder) -> list[Labels]:
    """Labels of all texts, judged together."""
    return labels(encoder.judge(MIXED))


def agreement(left: list[Labels], right: list[Labels], name: str) -> float:
    return float(np.mean([getattr(a, name) == getattr(b, name) for a, b in zip(left, right, strict=True)]))


def test_embeddings_are_unit_vectors_in_the_order_of_the_texts(encoder: Encoder) -> None:
    vectors = encoder.embed(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), 384), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    order = random.Random(3).sample(range(len(TEXTS)), len(TEXTS))
    shuffled = encoder.embed([TEXTS[place] for place in order])
    assert np.einsum("nd,nd->n", shuffled, vectors[order]).min() > 0.99
    nearest = (shuffled @ vectors.T).argmax(1)
    assert np.mean(nearest == order) > 0.97


def test_judgements_are_probabilities(encoder: Encoder) -> None:
    found = encoder.judge(TEXTS[:40])
    assert found.sentiment.shape == (40, 3)
    assert found.intent.shape == (40, 5)
    assert found.leaving.shape == (40,)
    for part in (found.sentiment, found.intent, found.leaving):
        assert part.dtype == np.float32
        assert part.min() >= 0
        assert part.max() <= 1
    assert np.allclose(found.sentiment.sum(1), 1, atol=1e-4)
    assert np.allclose(found.intent.sum(1), 1, atol=1e-4)


def test_a_text_alone_is_judged_as_in_a_batch(encoder: Encoder, whole: list[Labels]) -> None:
    assert len(MIXED) == 200
    alone = [labels(encoder.judge([text]))[0] for text in MIXED]
    for name in ("sentiment", "intent", "leaving"):
        assert agreement(alone, whole, name) >= 0.99, name


def test_the_same_batch_is_judged_the_same_again(encoder: Encoder, whole: list[Labels]) -> None:
    assert labels(encoder.judge(MIXED)) == whole


def test_equal_texts_get_equal_answers(encoder: Encoder) -> None:
    vectors = encoder.embed(["The lamp hangs.", "Other.", "The lamp hangs."])
    assert np.array_equal(vectors[0], vectors[2])


def test_it_knows_praise_from_complaint_in_both_languages(encoder: Encoder) -> None:
    texts = ["I love it, great work!", "This is terrible, I hate it.", "非常好，我很喜欢！", "太差了，非常失望。"]
    assert [one.sentiment for one in labels(encoder.judge(texts))] == ["positive", "negative", "positive", "negative"]


def test_no_texts_give_empty_arrays(encoder: Encoder) -> None:
    assert encoder.embed([]).shape == (0, 384)
    found = encoder.judge([])
    assert [part.shape for part in (found.embedding, found.sentiment, found.intent, found.leaving)] == [
        (0, 384),
        (0, 3),
        (0, 5),
        (0,),
    ]


ODD = [
    "", " ", "\0", "\n\n\n", "\u200b\u200d", "👩‍👩‍👧‍👦🔋💔", "e\u0301\u0323" * 50, "\u202eabc", "𝕎𝕚𝕕𝕖", "\ufdd0\uffff", "ꙮ" * 30, "أهلا", "हिन्दी",
    "a" * 50_000, "好" * 50_000, "word " * 50_000, "!" * 10_000, "\r\n\t", "\x1b[31mred",
]  # fmt: skip


def test_odd_and_very_long_texts_are_read(encoder: Encoder) -> None:
    found = encoder.judge(ODD)
    assert len(found.embedding) == len(ODD)
    assert np.isfinite(found.embedding).all()
    assert np.isfinite(found.sentiment).all()
    assert np.allclose(np.linalg.norm(found.embedding, axis=1), 1, atol=1e-3)


def test_both_ends_of_a_long_text_are_read(encoder: Encoder) -> None:
    (ids,) = encoder.token_ids(["first " + "middle " * 3_000 + "last"])
    assert len(ids) == LONGEST
    short = encoder.token_ids(["first", "last"])
    assert ids[1] == short[0][1]
    assert ids[-2] == short[1][-2]


def test_batches_hold_every_text_once_and_are_alike_in_length() -> None:
    rows = [[1] * length for length in random.Random(1).choices(range(1, 129), k=500)]
    batches = by_length(rows)
    assert sorted(index for batch in batches for index in batch) == list(range(500))
    for batch in batches:
        lengths = [len(rows[index]) for index in batch]
        assert len(batch) * max(lengths) <= 4096 or len(batch) == 1
    assert by_length([]) == []


def test_the_weights_are_small_and_of_the_standard_layout() -> None:
    size = sum(path.stat().st_size for path in OWN_WEIGHTS.iterdir() if path.is_file())
    assert size < 60 * 2**20
    from transformers import AutoModel  # takes seconds, which every process of a test run would spend

    model = AutoModel.from_pretrained(OWN_WEIGHTS)
    assert model.config.hidden_size == 384
    assert {"MODEL_CARD.md", "config.json", "model.safetensors", "tokenizer.json"} <= {
        path.name for path in OWN_WEIGHTS.iterdir()
    }


def test_the_quick_way_of_computing_says_what_single_precision_says(
    encoder: Encoder, whole: list[Labels], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mining.encoder.computes_bfloat16", lambda: False)
    exact = Encoder(OWN_WEIGHTS)
    assert {value.dtype for value in exact.network.parameters()} == {torch.float32}
    found = labels(exact.judge(MIXED))
    for name in ("sentiment", "intent", "leaving"):
        assert agreement(found, whole, name) >= 0.97, name
    assert np.einsum("nd,nd->n", exact.embed(TEXTS), encoder.embed(TEXTS)).min() > 0.98


def test_another_encoder_in_the_standard_layout_embeds_and_our_weights_judge(
    encoder: Encoder, tmp_path: Path, whole: list[Labels]
) -> None:
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).symlink_to(OWN_WEIGHTS / name)
    other = Encoder(tmp_path)
    assert not other.has_heads
    found = other.judge(TEXTS[:20])
    assert found.embedding.shape == (20, 384)
    assert np.allclose(found.sentiment, encoder.judge(TEXTS[:20]).sentiment)
    assert other.revision != encoder.revision


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none"):
        Encoder(tmp_path / "none")


def test_other_weights_have_another_revision(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder, content in ((first, b"1"), (second, b"2")):
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(content)
    assert revision_of(str(first)) != revision_of(str(second))
    assert revision_of(str(first)) == revision_of(str(first))
    assert len(revision_of("some/hub-id")) <= 32
    assert revision_of("some/hub-id") != revision_of("other/hub-id")
