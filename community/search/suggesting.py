"""Questions with a title like this one: for who is about to ask, and for the list of related questions.

The rarest words are looked up first, in titles only, and no more than MOST_POSTINGS postings are read: so it takes the
same time however many questions there are. The best candidates are then compared by their whole titles.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from math import inf, log, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from community.search.analysis import sought
from community.search.interface import Similar
from community.search.queries import reading
from community.search.ranking import best_of
from community.search.segments import IN_A_BLOCK, NO_WEIGHTS, NOTHING, Deadline, segments_of
from community.search.understanding import telling

LONGEST_TITLE = 200  # characters
MOST_WORDS = 12  # the rarest
MOST_POSTINGS = 3_000
MOST_COMPARED = 40  # candidates whose whole titles are read
MOST_ENDINGS = 6  # words that the unfinished last one may become
SHORTEST_START = 3  # letters of an unfinished word
LEAST_LIKENESS = 0.2  # below, titles share a common word and no more, as the demo's do


@dataclass(frozen=True)
class Sign:
    """A word of a title, or what an unfinished word may become, and how much it tells."""

    terms: frozenset[str]
    weight: float
    count: int


def similar(index_dir: str | Path, title: str, *, most: int = 10, is_unfinished: bool = False) -> list[Similar]:
    """Questions with a title like this one, nearest first; none while there is no index."""
    return reading(Path(index_dir), lambda searcher: _similar(searcher, title, most, is_unfinished)) or []


def _similar(searcher: Any, title: str, most: int, is_unfinished: bool) -> list[Similar]:
    titles = Titles(searcher)
    signs = titles.signs(title[:LONGEST_TITLE], is_unfinished)
    found = []
    for number in titles.candidates(signs):
        other = searcher.stored_fields(number).get("title") or ""
        found.append(Similar(titles.question_id(number), other, likeness(signs, titles.signs(other))))
    found = [one for one in found if one.likeness >= LEAST_LIKENESS]
    return sorted(found, key=lambda one: (-one.likeness, -one.question_id))[:most]


def likeness(signs: list[Sign], others: list[Sign]) -> float:
    """The cosine of two titles, their words weighed by how rare they are."""
    there = frozenset[str]().union(*(other.terms for other in others))
    shared = sum(sign.weight**2 for sign in signs if sign.terms & there)
    lengths = sqrt(sum(sign.weight**2 for sign in signs) * sum(other.weight**2 for other in others))
    return min(1.0, shared / lengths) if lengths else 0.0


class Titles:
    """The titles of one commit of the index."""

    def __init__(self, searcher: Any):
        self.segments = segments_of(searcher)
        self.count = sum(segment.length_facts("title")[1] for segment in self.segments)
        self._frequencies: dict[str, int] = {}

    def signs(self, title: str, is_unfinished: bool = False) -> list[Sign]:
        """The telling words of a title, the rarest first."""
        words = telling(sought(title, loose=True))
        terms = dict.fromkeys(word.term or "".join(word.parts) for word in words)
        last = words[-1].term if words and is_unfinished and not title[-1:].isspace() else ""
        signs = [self._sign([term]) for term in terms if term != last or self._frequency(term)]
        if len(last) >= SHORTEST_START and last.isascii():
            signs += [self._sign(endings)] if (endings := self._endings(last)) else []
        return sorted(signs, key=lambda sign: sign.count)[:MOST_WORDS]

    def candidates(self, signs: list[Sign]) -> list[int]:
        """Numbers of the documents that share most with them, as far as MOST_POSTINGS lead."""
        left, deadline = MOST_POSTINGS, Deadline(inf)
        ids, weights = [NOTHING], [NO_WEIGHTS]
        for sign in signs:
            for segment in self.segments:
                for term in sign.terms if left > 0 else ():
                    found, _ = segment.postings("title", term, deadline, most_blocks=1 + (left - 1) // IN_A_BLOCK)
                    found = found[segment.is_alive[found]][:left]
                    left -= max(1, len(found))
                    ids.append(found + segment.first)
                    weights.append(np.full(len(found), sign.weight))
        numbers, places = np.unique(np.concatenate(ids), return_inverse=True)
        scores = np.bincount(places, weights=np.concatenate(weights), minlength=len(numbers)).astype(np.float64)
        return [int(number) for number in numbers[best_of(numbers, scores, MOST_COMPARED)]]

    def question_id(self, number: int) -> int:
        segment = next(one for one in self.segments if one.first <= number)
        return int(segment.column("question_id")[number - segment.first])

    def _sign(self, terms: Iterable[str]) -> Sign:
        terms = frozenset(terms)
        count = sum(map(self._frequency, terms))
        return Sign(terms, log(1 + self.count / (count + 1)), count)

    def _endings(self, start: str) -> list[str]:
        """The most frequent words of titles that begin so, from the beginning of the list of them."""
        known: set[str] = set()
        for segment in self.segments:
            known |= {word.decode() for word in islice(segment.reader.expand_prefix("title", start), 4 * MOST_ENDINGS)}
        return sorted(known, key=lambda word: -self._frequency(word))[:MOST_ENDINGS]

    def _frequency(self, term: str) -> int:
        if term not in self._frequencies:
            self._frequencies[term] = sum(segment.frequency("title", term) for segment in self.segments)
        return self._frequencies[term]
