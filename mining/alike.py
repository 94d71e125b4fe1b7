"""Which texts are nearly the same: copies with other digits, letters or a word changed count as one in an impact."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mining.normalising import letters

NEARLY = 0.6  # of the pieces of two texts shared: of a sentence of twelve words, two may differ
LOOKED_AT = 8  # the least of a text's pieces; two texts that share none of these are not compared
MOST_LEADERS = 40  # compared with one text for one piece: bounds a day on which all say the same
LONGEST = 2_000  # letters


@dataclass
class Compared:
    """Texts that repeat no other so far, by some of their pieces."""

    texts: dict[int, tuple[int, frozenset[int]]] = field(default_factory=dict)  # key -> how manieth it was, pieces
    by_piece: dict[int, list[int]] = field(default_factory=dict)

    def place(self, key: int, said: frozenset[int]) -> int:
        """The key of the first text that this one nearly repeats; else its own, and others may repeat it."""
        near = {other for piece in self.least(said) for other in self.by_piece.get(piece, ())[:MOST_LEADERS]}
        for other in sorted(near, key=lambda one: self.texts[one][0]):
            if alike(said, self.texts[other][1]):
                return other
        self.lead(key, said)
        return key

    def lead(self, key: int, said: frozenset[int]) -> None:
        self.texts[key] = (len(self.texts), said)
        for piece in self.least(said):
            self.by_piece.setdefault(piece, []).append(key)

    @staticmethod
    def least(said: frozenset[int]) -> list[int]:
        return sorted(said)[:LOOKED_AT]


def leaders(texts: Sequence[frozenset[int]]) -> list[int]:
    """For each text, as pieces, the index of the first one that it nearly repeats; its own if there is none."""
    compared = Compared()
    return [compared.place(index, said) for index, said in enumerate(texts)]


def alike(left: frozenset[int], right: frozenset[int]) -> bool:
    """Whether they share most of their pieces (Jaccard)."""
    return len(left & right) >= NEARLY * len(left | right)


def pieces(text: str) -> frozenset[int]:
    """The runs of letters that a text is made of, as numbers: two of Chinese, three of others."""
    said = letters(text)[:LONGEST]
    han = sum("\u3400" <= letter <= "\u9fff" for letter in said)
    size = 2 if 2 * han >= len(said) else 3
    runs: Iterable[str] = (said[at : at + size] for at in range(max(1, len(said) - size + 1)))
    return frozenset(zlib.crc32(run.encode("utf-8", "surrogatepass")) for run in runs)
