"""How well topics are named: `python -m mining.bench_names --data DIR [--judge DIR]`.

Finds topics in labelled questions, names them, and asks what each name has of the label that most of the topic's texts bear:
how many of the label's words it holds, and, with `--judge`, the directory of another encoder (the teacher that the weights were
trained with), whether that label is the nearest of all to the name, or among the nearest three.
"""

import argparse
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mining.bench_topics import CORPORA, SEED, rows_of
from mining.centring import Centre
from mining.discovery import Floats, Ints, cluster
from mining.encoder import Encoder
from mining.gathering import embedder
from mining.keywords import ENGLISH_STOPS, stem
from mining.naming import is_single, name_topics
from mining.training import teacher

NEAR = 3  # places among which the label may be
FEW = 1_500  # rows of the second run of each set: topics of a young community


@dataclass(frozen=True)
class Named:
    """Figures of one set's names, each a share of its topics but `held`: of the label's words."""

    topics: int
    held: float
    single: float
    nearest: float | None
    near: float | None


def named(
    texts: Sequence[str], labels: Sequence[str], embeddings: Floats, encoder: Encoder, judge: Path | None
) -> Named:
    languages = ["en"] * len(texts)
    centring = Centre().fit(embeddings, languages)
    vectors = centring.transform(embeddings, languages)
    topics = cluster(vectors, seed=SEED)
    found = name_topics(texts, languages, topics, vectors, embed=embedder(encoder.embed, centring))
    names = [one.label_en or "" for one in found]
    truth = commonest(labels, topics)
    places = ranks(judge, names, truth) if judge else None
    return Named(
        len(names),
        held=float(np.mean([share_held(label, name) for label, name in zip(truth, names, strict=True)])),
        single=float(np.mean([is_single(name) for name in names])),
        nearest=None if places is None else float(np.mean(places == 0)),
        near=None if places is None else float(np.mean(places < NEAR)),
    )


def commonest(labels: Sequence[str], topics: Ints) -> list[str]:
    """The label that most texts of each topic bear, as words."""
    rows = [np.flatnonzero(topics == topic) for topic in range(topics.max() + 1)]
    return [Counter(labels[row] for row in some).most_common(1)[0][0].replace("_", " ") for some in rows]


def share_held(label: str, name: str) -> float:
    """How much of the label's words the name holds, in [0, 1]."""
    wanted = content(label)
    return len(wanted & content(name)) / max(1, len(wanted))


def content(text: str) -> set[str]:
    return {stem(word) for word in re.findall("[a-z]+", text.lower()) if word not in ENGLISH_STOPS}


def ranks(judge: Path, names: Sequence[str], truth: Sequence[str]) -> Ints:
    """How many labels are nearer to each name than its own (n,), to another encoder."""
    labels = sorted(set(truth))
    vectors = teacher.embed(judge, [*names, *labels], lambda done, seconds: None).astype(np.float32)
    likeness = vectors[: len(names)] @ vectors[len(names) :].T  # (n, d) @ (d, l) -> (n, l)
    own = likeness[np.arange(len(names)), [labels.index(label) for label in truth]]
    return np.asarray((likeness > own[:, None] + 1e-6).sum(1), np.int64)


def main() -> None:
    """Print the figures of each English set, whole and a part of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--judge", type=Path, help="the directory of another encoder, in the transformers layout")
    options = parser.parse_args()
    encoder = Encoder()
    for corpus in (corpus for corpus, language in CORPORA if language == "en"):
        texts, labels = rows_of(options.data / corpus)
        embeddings = encoder.embed(texts)
        for count in (len(texts), FEW):
            rows = np.sort(np.random.default_rng(SEED).choice(len(texts), count, replace=False))
            figures = named(
                [texts[row] for row in rows], [labels[row] for row in rows], embeddings[rows], encoder, options.judge
            )
            print(f"{corpus}, {count} rows: {figures}", flush=True)


if __name__ == "__main__":
    main()
