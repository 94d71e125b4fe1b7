"""Whether a mention has a matter, and whether those of a topic have one in common: "Not cool.", "Thanks!" are a tone.

Vectors of small talk lie together as those of a matter do, so no likeness tells the two apart. Words do: whoever speaks
of lost luggage says bag, luggage or lost. docs/decisions/0020 has what was measured.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mining.discovery import NONE, Ints
from mining.keywords import content_words
from mining.language import language_of

WORDS = 3  # the most telling ones of a topic that are looked for
# The least share of a topic's mentions that say one of them, beyond the share of other mentions that do. In Chinese
# words are cut from a dictionary that lacks many of customers' own, those of Cantonese above all.
LEAST, LEAST_CHINESE = 0.16, 0.04
FEWEST = 30  # mentions of a topic that is called talk: three words are a great part of twenty texts whatever these say


def tells(text: str, language: str, heading: str = "") -> bool:
    """Whether a mention says what it is about, itself or, as "same here" does, by what it stands under."""
    if content_words(text, language):
        return True
    return text not in heading and bool(content_words(heading, language_of(heading)))


def small_talk(texts: Sequence[str], languages: Sequence[str], labels: Ints, count: int) -> npt.NDArray[np.bool_]:
    """Whether each of `count` topics (k,) is talk, from n texts, their languages and their topics (n,)."""
    words = [content_words(text, language) for text, language in zip(texts, languages, strict=True)]
    is_chinese = np.array([language.startswith("zh") for language in languages], bool)
    everywhere = Counter(word for row in np.flatnonzero(labels != NONE).tolist() for word in words[row])
    every = int((labels != NONE).sum())
    found = np.zeros(count, bool)
    for topic in range(count):
        rows = np.flatnonzero(labels == topic)
        if len(rows) < FEWEST:
            continue
        least = LEAST_CHINESE if len(rows) and is_chinese[rows].mean() > 0.5 else LEAST
        found[topic] = shared([words[row] for row in rows.tolist()], everywhere, every) < least
    return found


def shared(own: Sequence[set[str]], everywhere: Counter[str], every: int) -> float:
    """The share of a topic's mentions that say one of its most telling words, less the share of the others that do.

    `own` are the words of its mentions; `everywhere` counts those of all `every` mentions that have a topic. The words
    are taken one after another, each for the mentions that say none of those before.
    """
    if not own:
        return 0.0
    uses = Counter(word for words in own for word in words)
    others, left, share = max(1, every - len(own)), list(own), 0.0
    for _ in range(WORDS):
        saying = Counter(word for words in left for word in words)
        gain = {word: count / len(own) - (everywhere[word] - uses[word]) / others for word, count in saying.items()}
        best = max(sorted(gain), key=lambda word: gain[word], default=None)
        if best is None or gain[best] <= 0:
            break
        share += gain[best]
        left = [words for words in left if best not in words]
    return share
