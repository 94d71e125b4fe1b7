"""How well topics are found: `python -m mining.bench_topics --data DIR [--encoder DIR] [--out FILE]`.

Compares the topics of labelled questions and posts with their labels, and shows on sentences in two languages whether
a topic holds both. `make bench-topics` runs BERTopic on the same embeddings, and `--compare` sets it beside. The data
sets stay outside of the project.
"""

import argparse
import csv
import json
import math
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, fields
from itertools import combinations
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from mining.bench_bilingual import bilingual, together
from mining.discovery import NONE, Floats, Ints, centre, cluster
from mining.encoder import Encoder
from mining.keywords import keywords

SEED = 0
LONGEST = 200  # characters: mining sees mentions, not posts

WORDS = 10  # of each topic, for coherence and diversity

# file, language
CORPORA = (("banking77_train.csv", "en"), ("clinc150_train.csv", "en"), ("lihkg_zht_train.csv", "zh-Hant"))


@dataclass(frozen=True)
class Figures:
    """How the topics of one corpus agree with its labels; `none` is the share of rows without a topic."""

    corpus: str
    rows: int
    labels: int
    topics: int
    none: float
    nmi: float
    ari: float
    npmi: float  # coherence of the topics' words
    diversity: float
    words: float  # a topic, of up to WORDS: short lists are easier to keep coherent and diverse
    seconds: float  # of finding and wording topics, not of the encoder
    computing: float  # the same in seconds of the processor, which other work beside it does not lengthen
    first: float = math.nan  # the seconds of a process that has done nothing before; of BERTopic with its default size


def rows_of(path: Path) -> tuple[list[str], list[str]]:
    """Texts and labels."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["text"][:LONGEST], row["label"]) for row in csv.DictReader(file)]
    return [text for text, _ in rows], [label for _, label in rows]


def figures_of(
    corpus: str,
    texts: Sequence[str],
    labels: Sequence[str],
    topics: Ints,
    words: Sequence[Sequence[str]],
    took: tuple[float, float],
    first: float = math.nan,
) -> Figures:
    """What one system's topics (n,) and their words are worth; rows of no topic count as one more topic."""
    return Figures(
        corpus,
        rows=len(labels),
        labels=len(set(labels)),
        topics=len(set(topics.tolist()) - {NONE}),
        none=round(float(np.mean(topics == NONE)), 4),
        nmi=round(float(normalized_mutual_info_score(labels, topics)), 4),
        ari=round(float(adjusted_rand_score(labels, topics)), 4),
        npmi=round(npmi(texts, words), 4),
        diversity=round(diversity(words), 4),
        words=round(float(np.mean([len(some) for some in words])), 1),
        seconds=round(took[0], 2),
        computing=round(took[1], 2),
        first=round(first, 2),
    )


def npmi(texts: Sequence[str], words: Sequence[Sequence[str]]) -> float:
    """Mean over the topics of how much likelier than by chance two of their words are in one text, in [-1, 1].

    Normalised pointwise mutual information: Bouma, 2009; over whole texts, a pair that never meets counts -1.
    """
    plain = [f" {folded(text)} " for text in texts]
    vocabulary = sorted({word for some in words for word in some})
    holds = np.array([[form(word) in text for text in plain] for word in vocabulary], np.float32)  # (w, n)
    share = holds @ holds.T / len(texts)  # (w, w), of the texts that hold both
    place = {word: number for number, word in enumerate(vocabulary)}
    found = []
    for some in words:
        pairs = [(place[left], place[right]) for left, right in combinations(some, 2)]
        found.append(np.mean([pair_npmi(share[a, b], share[a, a], share[b, b]) for a, b in pairs]) if pairs else 0.0)
    return float(np.mean(found)) if found else 0.0


def form(word: str) -> str:
    """As it is looked for in a text: whole words of English, characters of Chinese."""
    return f" {folded(word)} " if word.isascii() else folded(word)


def folded(text: str) -> str:
    """Its words in lower case, without marks."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def pair_npmi(both: float, left: float, right: float) -> float:
    if both == 0:
        return -1.0
    return 1.0 if both == 1 else math.log(both / (left * right)) / -math.log(both)


def diversity(words: Sequence[Sequence[str]]) -> float:
    """The share of the topics' words that no other topic has too. Dieng et al., 2020."""
    every = [word.casefold() for some in words for word in some]
    return len(set(every)) / max(1, len(every))


def measure(
    corpus: str,
    embeddings: Floats,
    languages: Sequence[str],
    labels: Sequence[str],
    texts: Sequence[str],
    first: float = math.nan,
) -> tuple[Figures, Ints]:
    """The figures of one corpus and its topics (n,). The seconds are those of finding and wording them."""
    topics, words, took = timed(embeddings, languages, texts)
    return figures_of(corpus, texts, labels, topics, words, took, first), topics


def timed(
    embeddings: Floats, languages: Sequence[str], texts: Sequence[str]
) -> tuple[Ints, list[list[str]], tuple[float, float]]:
    """The topics (n,), their words, and what they took: seconds, and those of the processor."""
    start = time.perf_counter(), time.process_time()
    topics = cluster(centre(embeddings, languages), seed=SEED)
    words = wording(texts, languages, topics)
    return topics, words, (time.perf_counter() - start[0], time.process_time() - start[1])


def in_new_process(path: Path) -> float:
    """Seconds of finding and wording the topics of a kept corpus in a process that has done nothing but read it."""
    command = [sys.executable, "-m", "mining.bench_topics", "--first", str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)  # noqa: S603  this module
    return float(said.stdout.split()[-1])


def wording(texts: Sequence[str], languages: Sequence[str], topics: Ints) -> list[list[str]]:
    """The best WORDS keywords of each topic, in the language that most of its texts are in."""
    found: dict[int, list[str]] = {}
    for code in sorted(set(languages), key=list(languages).count):
        found |= {
            topic: one.best for topic, one in keywords(texts, languages, topics, code, WORDS, frozenset()).items()
        }
    return list(found.values())


def run(encoder: Encoder, data: Path, work: Path) -> dict[str, object]:
    """All figures, as they are written to the file; the embeddings stay in `work`, for others to be measured on."""
    work.mkdir(parents=True, exist_ok=True)
    corpora = []
    for name, language in CORPORA:
        texts, labels = rows_of(data / name)
        embeddings = encoder.embed(texts)
        kept = work / f"{name}.npz"
        np.savez(kept, embeddings=embeddings, texts=json.dumps(texts), language=language)
        figures, _ = measure(name, embeddings, [language] * len(texts), labels, texts, in_new_process(kept))
        corpora.append(asdict(figures))
    texts, languages, subjects = bilingual()
    figures, topics = measure("bilingual", encoder.embed(texts), languages, subjects, texts)
    by_language = float(normalized_mutual_info_score(languages, topics))
    mixed = {"pairs_together": round(together(topics, languages, subjects), 4), "nmi_language": round(by_language, 4)}
    return {"corpora": [*corpora, asdict(figures)], "bilingual": mixed}


def compared(data: Path, work: Path) -> list[Figures]:
    """BERTopic's figures: of each corpus those of its default size, and of the size that agrees best with the labels."""
    found = []
    for name, _ in CORPORA:
        texts, labels = rows_of(data / name)
        runs = json.loads((work / f"{name}.bertopic.json").read_text(encoding="utf-8"))
        figures = [
            figures_of(
                f"{name} BERTopic {one['size']}", texts, labels, np.array(one["labels"]), list(one["words"].values()),
                (one["seconds"], one["computing"]), one["first"],
            )
            for one in runs
        ]  # fmt: skip
        found += dict.fromkeys([figures[0], max(figures, key=lambda one: one.nmi)])
    return found


def table(figures: Sequence[Figures]) -> str:
    names = [field.name for field in fields(Figures)]
    lines = [names, ["---"] * len(names), *([str(value) for value in astuple(one)] for one in figures)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Print the figures and write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the labelled sets")
    parser.add_argument("--encoder", type=Path, help="instead of the project's own weights")
    parser.add_argument("--out", type=Path, default=Path("instance/bench/topics.json"))
    parser.add_argument("--work", type=Path, default=Path("instance/bench/topics"))
    parser.add_argument("--compare", action="store_true", help="set BERTopic beside what was measured before")
    parser.add_argument("--first", type=Path, help="only the seconds of one corpus that was kept in --work")
    options = parser.parse_args()
    if options.first:
        given = np.load(options.first)
        texts = json.loads(str(given["texts"]))
        print(timed(given["embeddings"], [str(given["language"])] * len(texts), texts)[2][0])
        return
    if options.data is None:
        parser.error("name the folder of the labelled sets: --data")
    if options.compare:
        own = [Figures(**one) for one in json.loads(options.out.read_text(encoding="utf-8"))["corpora"]]
        print(table(sorted([*own, *compared(options.data, options.work)], key=lambda one: one.corpus)))
        return
    figures = json.dumps(run(Encoder(options.encoder), options.data, options.work), indent=2)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(figures + "\n", encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
