"""The steps of training that must not go wrong in silence: what is shown, what is doubted, what goes on after a stop."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from mining.encoder import OWN_WEIGHTS, Encoder
from mining.network import Heads, Miner
from mining.training import corpus, measure
from mining.training.batches import token_ids
from mining.training.checkpoint import Checkpoint
from mining.training.doubt import believed
from mining.training.examples import Example, sentiment
from mining.training.student import Prepared, Recipe, prepare, saved_student, train
from mining.training.train import calibrate, fingerprint

SENTENCES = sorted(corpus.SENTENCES.glob("*.tsv"))


def student() -> Miner:
    torch.manual_seed(3)
    settings = BertConfig(
        vocab_size=60, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, pad_token_id=1
    )
    return Miner(BertModel(settings, add_pooling_layer=False), Heads(16))


def shown(count: int = 80) -> Prepared:
    rng = np.random.default_rng(4)
    rows = [[0, *rng.integers(5, 60, 60).tolist(), 2] for _ in range(count)]
    examples = [Example(str(index), "en", "own", sentiment("negative"), None, 0.0) for index in range(count)]
    return prepare(examples, rows, rng.normal(size=(count, 16)).astype(np.float16))


class Stopped(Exception):
    """As a kill would stop it."""


class EveryStep(Checkpoint):
    """Saves at each step, and stops at the given one."""

    stop = 0

    def save_sometimes(self, step: int, student: object, optimizer: object, schedule: object) -> None:
        self.save(step, student, optimizer, schedule)
        if step == self.stop:
            raise Stopped


def quiet(_step: int, _total: int, _losses: dict[str, float]) -> None:
    pass


def test_a_stopped_round_goes_on_to_the_same_end(tmp_path: Path) -> None:
    whole, halved, parts = student(), student(), [shown(), shown()]
    train(whole, parts, Recipe(), 1e-3, quiet, Checkpoint(tmp_path / "none", "a"))
    kept = EveryStep(tmp_path / "round.state", "a")
    kept.stop = 2
    with pytest.raises(Stopped):
        train(halved, parts, Recipe(), 1e-3, quiet, kept)
    resumed = student()
    train(resumed, parts, Recipe(), 1e-3, quiet, Checkpoint(tmp_path / "round.state", "a"))
    for name, value in whole.state_dict().items():
        assert torch.allclose(value, resumed.state_dict()[name], atol=1e-5), name


def test_the_state_of_another_round_is_not_gone_on_with(tmp_path: Path) -> None:
    one = student()
    optimizer = torch.optim.AdamW(one.parameters())
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    Checkpoint(tmp_path / "round.state", "a").save(7, one, optimizer, schedule)
    assert Checkpoint(tmp_path / "round.state", "a").restore(one, optimizer, schedule) == 7
    assert Checkpoint(tmp_path / "round.state", "b").restore(one, optimizer, schedule) == 0


def test_another_recipe_or_other_texts_are_another_round() -> None:
    show = [[Example("a", "en", "own")]]
    keys = {
        fingerprint(Recipe(), 2, show), fingerprint(Recipe(seed=1), 2, show), fingerprint(Recipe(), 1, show),
        fingerprint(Recipe(), 2, [[Example("b", "en", "own")]]), fingerprint(Recipe(), 2, [[Example("a", "en", "own", weight=2)]]),
    }  # fmt: skip
    assert len(keys) == 5
    assert fingerprint(Recipe(), 2, show) in keys


def test_a_label_that_the_student_denies_is_left_out_of_noisy_sets_only() -> None:
    praise, blame = "非常好，我很喜欢，推荐购买！", "质量太差了，非常失望，不推荐。"
    examples = [
        Example(praise, "zh-Hans", "shops", sentiment("positive", 0.12)),
        Example(blame, "zh-Hans", "shops", sentiment("positive", 0.12)),
        Example(praise, "zh-Hans", "shops", sentiment("negative", 0.12)),
        Example(blame, "zh-Hans", "own", sentiment("positive")),
    ]
    rows = token_ids(Tokenizer.from_file(str(OWN_WEIGHTS / "tokenizer.json")), [one.text for one in examples])
    assert believed(saved_student(OWN_WEIGHTS), examples, rows, 0.7) == ([examples[0], examples[3]], 2)


def test_a_student_that_was_just_loaded_judges_without_dropout() -> None:
    rows = token_ids(Tokenizer.from_file(str(OWN_WEIGHTS / "tokenizer.json")), ["It works, but only just."])
    loaded = saved_student(OWN_WEIGHTS)
    first, again = (measure.judged(loaded, rows)["sentiment"] for _ in range(2))
    assert (first == again).all()


def test_own_sentences_are_shown_whole_however_small_the_share_of_the_sets() -> None:
    fit = [Example(f"own {n}", "en", "own") for n in range(50)] + [
        Example(f"set {n}", "en", "amazon") for n in range(4000)
    ]
    show = corpus.an_epoch(fit, seed=1, share=0.1)
    assert sum(one.source == "own" for one in show) == 100
    assert sum(one.source == "amazon" for one in show) == corpus.A_SHOW["amazon"] // 10
    assert show == corpus.an_epoch(fit, seed=1, share=0.1)
    assert show != corpus.an_epoch(fit, seed=2, share=0.1)


def test_each_language_has_a_temperature_of_its_own() -> None:
    rng = np.random.default_rng(6)
    truth = rng.integers(0, 3, 900)
    right = np.where(rng.random(900) < 0.75, truth, (truth + 1) % 3)
    bold = np.where(np.arange(900) < 450, 8.0, 1.0)  # English boasts, Chinese is shy
    logits = (np.eye(3)[right] * bold[:, None]).astype(np.float32)
    dev = [Example(str(n), "en" if n < 450 else "zh-Hant", "own", sentiment(("negative", "neutral", "positive")[t]))
           for n, t in enumerate(truth)]  # fmt: skip
    intents = [Example(one.text, one.language, "own", one.sentiment, (1.0, 0, 0, 0, 0)) for one in dev]
    found = calibrate(intents, {"sentiment": logits, "intent": np.tile([2.0, 0, 0, 0, 0], (900, 1)).astype(np.float32)})
    heats = found["temperature"]["sentiment"]
    assert heats["zh"] < heats["und"] < heats["en"]
    assert found["calibration"]["sentiment"]["after"] < found["calibration"]["sentiment"]["before"]


def test_a_text_is_cooled_by_the_temperature_of_its_language() -> None:
    encoder = Encoder(OWN_WEIGHTS)
    texts = ["It broke.", "坏了。", "Это не работает"]
    encoder.settings = {"temperature": {"sentiment": {"en": 2.0, "zh": 3.0, "und": 4.0}, "intent": 1.5}}
    assert encoder.heat("sentiment", texts).tolist() == [[2.0], [3.0], [4.0]]
    assert encoder.heat("intent", texts).tolist() == [[1.5], [1.5], [1.5]]


@pytest.mark.parametrize("path", SENTENCES, ids=[path.stem for path in SENTENCES])
def test_the_own_sentences_have_four_fields_and_known_labels(path: Path) -> None:
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    assert header == "sentiment\tintent\tleaving\ttext"
    for line in lines:
        feeling, wish, leaving, text = line.split("\t")
        assert feeling in {"negative", "neutral", "positive"}, line
        assert wish in {"problem", "question", "suggestion", "praise", "other"}, line
        assert leaving in {"0", "1"}, line
        assert text == text.strip() != "", line


def test_no_own_sentence_stands_twice_with_two_opinions() -> None:
    labels: dict[str, str] = {}
    for path in SENTENCES:
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            said, _, text = line.rpartition("\t")
            assert labels.setdefault(text, said) == said, line
