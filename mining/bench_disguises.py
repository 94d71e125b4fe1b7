"""How often a disguise changes the topic of a text: `python -m mining.bench_disguises [--texts 200]`.

Topics are found on the demo's texts with the weights in use; then texts are read again with homoglyphs, zero-width
characters or typos in them. A text's topic is the one that most of its mentions have. Every text is also read as it
is, without `normalising.plain`, which shows what the normalising is worth.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np

from mining import reading, topics
from mining.discovery import NONE, Centre, cluster
from mining.encoder import Encoder
from mining.known import Known
from mining.reading import Read, read

DEMO = Path(__file__).parent.parent / "community" / "exchange" / "demo"
SEED = 20
LIKE = dict(zip("aeopcyxijsABEKMHOPCTX", "аеорсухіјѕАВЕКМНОРСТХ", strict=True))  # Latin: Cyrillic
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
NEIGHBOURS = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertyuiopqsdfghjklaxcvbnmz", strict=True))
Change = Callable[[str, random.Random], str]


def homoglyphs(text: str, rng: random.Random) -> str:
    """A third of the letters that have a double are it."""
    return "".join(LIKE[letter] if letter in LIKE and rng.random() < 1 / 3 else letter for letter in text)


def all_homoglyphs(text: str, _rng: random.Random) -> str:
    return "".join(LIKE.get(letter, letter) for letter in text)


def zero_width(text: str, rng: random.Random) -> str:
    """Something invisible behind a fifth of the characters."""
    return "".join(letter + (rng.choice(ZERO_WIDTH) if rng.random() < 0.2 else "") for letter in text)


def typos(text: str, rng: random.Random) -> str:
    """One slip in each eighth word or so, or each twelfth Chinese character: swapped, left out, doubled, beside it."""
    letters = list(text)
    at = 0
    while at < len(letters):
        if not letters[at].isalpha():
            at += 1
            continue
        end = at
        while end < len(letters) and letters[end].isalpha():
            end += 1
        is_han = letters[at] >= "\u3400"
        slips = sum(rng.random() < 1 / 12 for _ in range(at, end)) if is_han else int(rng.random() < 1 / 8)
        for _ in range(slips if end - at > 1 else 0):
            slip(letters, rng.randrange(at, end - 1), rng)
        at = end
    return "".join(letters)


def slip(letters: list[str], at: int, rng: random.Random) -> None:
    kind = rng.randrange(4)
    if kind == 0:
        letters[at], letters[at + 1] = letters[at + 1], letters[at]
    elif kind == 1:
        letters[at] = ""
    elif kind == 2:
        letters[at] *= 2
    else:
        letters[at] = NEIGHBOURS.get(letters[at].lower(), letters[at])


CHANGES: dict[str, tuple[Change, float]] = {  # and the share of texts whose topic they may change
    "homoglyphs": (homoglyphs, 0.05), "all homoglyphs": (all_homoglyphs, 0.05), "zero-width": (zero_width, 0.05),
    "typos": (typos, 0.15),
}  # fmt: skip


def demo_texts() -> list[str]:
    """What the demo's customers write: questions, answers, comments, complaints."""
    found: list[str] = []
    for question in json.loads((DEMO / "questions.json").read_text(encoding="utf-8")):
        found.append(f"{question['title']}\n\n{question['body']}")
        for answer in question["answers"]:
            found += [answer["body"], *(comment["body"] for comment in answer.get("comments", ()))]
    for complaint in json.loads((DEMO / "complaints.json").read_text(encoding="utf-8")):
        found.append(f"{complaint['subject']}\n\n{complaint['body']}")
    return list(dict.fromkeys(found))


def found_topics(encoder: Encoder, texts: Sequence[str]) -> Known:
    every = read(encoder, texts)
    embeddings = np.concatenate([one.embeddings for one in every])
    languages = [one.language for one in every for _ in one.spans]
    centring = Centre().fit(embeddings, languages)
    vectors = centring.transform(embeddings, languages)
    labels = cluster(vectors, seed=SEED)
    means = topics.centroids(vectors, labels)
    return Known("bench", list(range(1, len(means) + 1)), means, topics.thresholds(vectors, labels, means), centring)


def topic_of(known: Known, said: Read) -> int:
    """The topic of most mentions, the first of them where two have as many; NONE without any."""
    given = [topic for topic in known.assign(said.embeddings, [said.language] * len(said.spans)) if topic is not None]
    return Counter(given).most_common(1)[0][0] if given else NONE


def changed(encoder: Encoder, known: Known, texts: Sequence[str], before: Sequence[int], change: Change) -> int:
    rng = random.Random(SEED)
    after = [topic_of(known, said) for said in read(encoder, [change(text, rng) for text in texts])]
    return sum(was != now for was, now in zip(before, after, strict=True))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--texts", type=int, default=200)
    wanted = options.parse_args().texts
    encoder, texts = Encoder(), demo_texts()
    known = found_topics(encoder, texts)
    with_topic = [text for text, said in zip(texts, read(encoder, texts), strict=True) if topic_of(known, said) != NONE]
    chosen = random.Random(SEED).sample(with_topic, min(wanted, len(with_topic)))
    before = [topic_of(known, said) for said in read(encoder, chosen)]
    print(f"{len(known.ids)} topics of {len(texts)} texts; {len(chosen)} texts with a topic are changed")
    for name, (change, most) in CHANGES.items():
        count = changed(encoder, known, chosen, before, change)
        with patch.object(reading, "plain", lambda text: text):
            without = changed(encoder, known, chosen, before, change)
        share = count / len(chosen)
        verdict = "as wanted" if share <= most else "TOO MANY"
        print(
            f"{name:15} {share:6.1%} change their topic ({verdict}, at most {most:.0%}); {without / len(chosen):6.1%} without normalising"
        )


if __name__ == "__main__":
    main()
