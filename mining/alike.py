"""Which texts are nearly the same: copies with other digits, letters or a word changed count as one in an impact."""

import zlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from mining.normalising import letters

NEARLY = 0.6  # of the pieces of two texts shared: of a sentence of twelve words, two may differ
LOOKED_AT = 8  # the least of a text's pieces; two texts that share none of these are not compared
MOST_LEADERS = 40  # compared with one text for one piece: bounds a day on which all say the same
LONGEST = 2_000  # letters
REMEMBERED = 50_000  # texts whose pieces are kept, so that a later run does not cut them again

_known: OrderedDict[str, frozenset[int]] = OrderedDict()


def leaders(texts: Sequence[frozenset[int]]) -> list[int]:
    """For each text, as pieces, the index of the first one that it nearly repeats; its own if there is none."""
    by_piece: dict[int, list[int]] = {}
    found: list[int] = []
    for index, said in enumerate(texts):
        least = sorted(said)[:LOOKED_AT]
        near = {other for piece in least for other in by_piece.get(piece, ())[:MOST_LEADERS]}
        leader = next((other for other in sorted(near) if alike(said, texts[other])), index)
        found.append(leader)
        if leader == index:
            for piece in least:
                by_piece.setdefault(piece, []).append(index)
    return found


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


def known_pieces(text_hash: str) -> frozenset[int] | None:
    """The pieces of a text by its hash, if it was cut lately."""
    if text_hash in _known:
        _known.move_to_end(text_hash)
    return _known.get(text_hash)


def remember(text_hash: str, text: str) -> frozenset[int]:
    """Cut the text and keep its pieces for later runs."""
    _known[text_hash] = found = pieces(text)
    while len(_known) > REMEMBERED:
        _known.popitem(last=False)
    return found
