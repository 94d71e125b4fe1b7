"""Texts like the demo's, as many as wanted, in both languages: its sentences, and a vocabulary that grows with them.

Real words go on appearing however much one has read (Heaps' law), and an index feels it. So one sentence in three gets
an invented word, drawn from an endless list whose first words are frequent and whose later ones are ever rarer.
"""

import json
import re
from pathlib import Path
from random import Random

DEMO = Path(__file__).parents[1] / "exchange" / "demo" / "questions.json"
LANGUAGES = ("en", "zh")
ENDS = {"en": re.compile(r"(?<=[.!?])\s+"), "zh": re.compile(r"(?<=[。！？])")}
HAN = re.compile("[\u4e00-\u9fff]")
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in ("a", "e", "i", "o", "u", "an", "el")]
INVENTED = 0.35  # of the sentences have an invented word
RARITY = 0.8  # the rank of such a word is Pareto-distributed with this exponent: the smaller, the more are new
COMMON = 200  # invented words that are about equally frequent
FURNITURE = (
    "\n\n```python\nfor retry in range(3):\n    device.reset(hard=retry == 2)  # {word}\n```",
    "\n\n- {word}: **on**\n- firmware `4.2.{number}`\n- app {number}.1",
    "\n\n1. {word}\n2. Reset\n3. [The manual](https://example.org/{word}/{number})",
)
DECORATED = 0.1  # of the longer texts have code, a list or a link


class Writer:
    """Writes texts; the same seed writes the same."""

    def __init__(self, seed: int):
        self.random = Random(seed)
        self.sentences: dict[str, list[str]] = {name: [] for name in LANGUAGES}
        self.titles: dict[str, list[str]] = {name: [] for name in LANGUAGES}
        for row in json.loads(DEMO.read_text(encoding="utf-8")):
            self.titles[language_of(row["title"])].append(row["title"])
            for text in _texts(row):
                language = language_of(text)
                self.sentences[language] += [part.strip() for part in ENDS[language].split(text) if part.strip()]
        self.han = sorted(set(HAN.findall("".join(self.sentences["zh"]))))

    def title(self, language: str) -> str:
        return self.varied(self.random.choice(self.titles[language]), language)[:200]

    def text(self, language: str, median: int, may_decorate: bool = True) -> str:
        """About so many sentences: half of the texts are longer, a few many times as long."""
        many = max(1, min(60, round(self.random.lognormvariate(0, 0.7) * median)))
        chosen = [
            self.varied(one, language) if self.random.random() < INVENTED else one
            for one in self.random.choices(self.sentences[language], k=many)
        ]
        at = self.random.randint(1, many) if many > 4 else many  # a second paragraph
        gap = " " if language == "en" else ""
        text = "\n\n".join(gap.join(part) for part in (chosen[:at], chosen[at:]) if part)
        if may_decorate and self.random.random() < DECORATED:
            text += self.random.choice(FURNITURE).format(word=self.word("en"), number=self.random.randint(1, 999))
        return text

    def varied(self, sentence: str, language: str) -> str:
        """The sentence with one word exchanged for an invented one."""
        word = self.word(language)
        if language == "en":
            parts = sentence.split(" ")
            parts[self.random.randrange(len(parts))] = word
            return " ".join(parts)
        at = self.random.randrange(len(sentence))
        return sentence[:at] + word + sentence[at + 2 :]

    def word(self, language: str) -> str:
        rank = int(COMMON * (self.random.paretovariate(RARITY) - 1)) % 10**9
        signs = SYLLABLES if language == "en" else self.han
        word = ""
        rank += len(signs)  # two syllables at least
        while rank:
            rank, sign = divmod(rank, len(signs))
            word += signs[sign]
        return word


def language_of(text: str) -> str:
    return "zh" if HAN.search(text) else "en"


def _texts(row: dict[str, object]) -> list[str]:
    found = [str(row["body"])]
    for name in ("answers", "comments"):
        for below in row.get(name, []):  # type: ignore[attr-defined]
            found += _texts(below)
    return found
