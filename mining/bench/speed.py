"""Verbatims a second: the encoder by itself, the run from database to database, and a plain transformers pipeline.

All in one process, in turns, several rounds, with the same weights: shares are compared within a round. Seconds of the
processor stand beside those of the clock, for on a busy machine only they mean something.
"""

import pickle
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from mining import job
from mining.bench import store
from mining.corpus import Batch
from mining.encoder import OWN_WEIGHTS, Encoder
from mining.mentions import split
from mining.normalising import plain
from mining.readers import Chosen, Here
from mining.reading import Read, read
from mining.training.corpus import SENTENCES

BOTH = "database to database"
LENGTH = 30  # tokens of a verbatim, as the product's bar is stated
COUNT = 2_048
NAIVE = 200  # texts that the pipelines read: they are slow
ROUNDS = 3


def measured(count: int = COUNT, count_of_rounds: int = ROUNDS) -> dict[str, Any]:
    """Figures by name; shares are the medians of the rounds, and the lowest and highest stand behind them."""
    encoder = Encoder()
    texts = texts_of_length(encoder, count)
    parts = strings(texts)
    encoder.judge(parts[:500])
    contenders: dict[str, tuple[int, Callable[[], object]]] = {
        "encoder, the same strings": (count, lambda: encoder.judge(parts)),
        "encoder, each text once": (count, lambda: encoder.judge(texts)),
        BOTH: (count, lambda: None),
        "claims and writes alone": (count, lambda: None),
        "pipeline as it comes": (NAIVE, naive(texts[:NAIVE])),
        "pipeline, single precision, tensors": (
            NAIVE, naive(texts[:NAIVE], {"dtype": torch.float32}, {"return_tensors": True}),
        ),
    }  # fmt: skip
    mined(encoder, texts[:64], Here)  # the first run of a process compiles its statements
    said = read(encoder, texts)
    runs: dict[str, Chosen] = {BOTH: Here, "claims and writes alone": lambda _encoder: Already(said)}
    rounds = [
        {name: mined(encoder, texts, runs[name]) if name in runs else timed(*what) for name, what in contenders.items()}
        for _ in range(count_of_rounds)
    ]
    found: dict[str, Any] = {
        "texts": count,
        "tokens a text": LENGTH,
        "strings": len(parts),
        "threads": torch.get_num_threads(),
    }
    found["bytes that travel to a cluster's client for a text"] = round(len(pickle.dumps(said)) / count)
    for name in contenders:
        found[f"{name}: texts a second"] = summary([each[name][0] for each in rounds], 0)
        found[f"{name}: texts a second of processor"] = summary([each[name][1] for each in rounds], 0)
    for name in [name for name in contenders if name not in runs]:
        for clock, place in (("", 0), (", of the processor's time", 1)):
            shares = [each[BOTH][place] / each[name][place] for each in rounds]
            found[f"{BOTH} / {name}{clock}"] = summary(shares, 2)
    return found


def mined(encoder: Encoder, texts: Sequence[str], readers: Chosen) -> tuple[float, float]:
    """Texts a second by the clock and by the processor's time, from a database that is new into the same."""
    with store.database() as units:
        store.tell(units, texts)
        return timed(len(texts), lambda: job.mine(units, encoder, job.Counts(), readers=readers))


class Already:
    """Readers who have read it all before: what is left of a run is the database's part, and a cluster's client's."""

    most = 2

    def __init__(self, said: Sequence[Read]):
        self.said = said
        self.under_way: list[Batch] = []

    def begin(self, batch: Batch) -> None:
        self.under_way.append(batch)

    def take(self, seconds: float) -> tuple[Batch, list[Read]]:
        batch = self.under_way.pop(0)
        return batch, [self.said[text.id - 1] for text in batch.texts]

    def close(self) -> None:
        self.under_way.clear()


def timed(count: int, work: Callable[[], object]) -> tuple[float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return count / (time.perf_counter() - clock), count / (time.process_time() - processor)


def naive(
    texts: Sequence[str], options: dict[str, Any] | None = None, call: dict[str, Any] | None = None
) -> Callable[[], object]:
    """What a tutorial does: features of the same encoder for a list of texts, one text a batch; no heads, no mentions."""
    from transformers import pipeline

    pipe = pipeline("feature-extraction", model=str(OWN_WEIGHTS), device="cpu", **(options or {}))
    pipe(list(texts[:5]))
    return lambda: pipe(list(texts), **(call or {}))


def summary(values: Sequence[float], digits: int) -> str:
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def strings(texts: Sequence[str]) -> list[str]:
    """What the encoder has to read of them, as `reading.read` gives it: each mention, and each whole; each once."""
    said = [[plain(text[span.start : span.end]) for span in split(text)] for text in texts]
    return list(dict.fromkeys([part for found in said for part in found] + [" ".join(found) for found in said]))


def texts_of_length(encoder: Encoder, count: int) -> list[str]:
    """The project's own sentences, joined and cut to LENGTH tokens, all different."""
    lines = [
        line.split("\t")[3]
        for path in sorted(SENTENCES.glob("*.tsv"))
        for line in path.read_text(encoding="utf-8").splitlines()[1:]
    ]
    found: list[str] = []
    step = 0
    while len(found) < count:
        step += 1
        for number, line in enumerate(lines):
            text = line
            for more in range(1, 8):
                if len(encoder.token_ids([text])[0]) >= LENGTH:
                    break
                text += " " + lines[(number * step + more) % len(lines)]
            encoding = encoder.tokenizer.encode(text)
            found.append(text[: encoding.offsets[min(LENGTH, len(encoding.ids)) - 2][1]])
            if len(found) >= count:
                break
    return found
