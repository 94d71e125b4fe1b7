"""Which passages answer to a query, and how well: BM25 over whole arrays of postings, the rarest word first."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from math import inf, log
from typing import Any

import numpy as np

from community.search.analysis import Sought
from community.search.narrowing import Narrowing, is_question
from community.search.operators import KINDS
from community.search.segments import NO_WEIGHTS, NOTHING, Deadline, Floats, Ids, OutOfTime, Segment, segments_of
from community.search.understanding import Ask

FIELDS = {"title": 3.0, "topic": 1.5, "body": 1.0, "author": 0.5}  # and how much a match in each weighs
WRITTEN = ("title", "topic", "body")
PHRASED = ("title", "body")  # fields that know the places of their words
MOST_PASSAGES = 50_000  # of one query are kept, the best
RARE = 50  # documents; a Chinese word in fewer is also looked for where the text was cut otherwise
K1, B = 1.2, 0.75  # of BM25, as is usual

Matches = tuple[Ids, Floats]  # document numbers of one segment, ascending, and their scores
NONE: Matches = (NOTHING, NO_WEIGHTS)


@dataclass(frozen=True)
class Ranked:
    """Passages, best first: document numbers, scores, their questions and their traits, all of one length."""

    documents: Ids = field(default_factory=lambda: NOTHING)
    scores: Floats = field(default_factory=lambda: NO_WEIGHTS)
    questions: Ids = field(default_factory=lambda: NOTHING)
    traits: Ids = field(default_factory=lambda: NOTHING)
    marked: list[Sought] = field(default_factory=list)
    is_loose: bool = False
    is_partial: bool = False

    def best_each(self) -> Ids:
        """Where the best passage of each question stands, best first."""
        return np.sort(np.unique(self.questions, return_index=True)[1])


class Ranking:
    """One query against one commit of the index."""

    def __init__(
        self, searcher: Any, ask: Ask, deadline: Deadline, since: float = -inf, until: float = inf, is_by_day: bool = False
    ):  # fmt: skip
        self.segments, self.ask, self.deadline, self.is_by_day = segments_of(searcher), ask, deadline, is_by_day
        self.narrowing = Narrowing(ask, deadline, since, until)
        self.size = max(1, sum(segment.size for segment in self.segments))
        self.has_context = len(ask.words) > 1  # an answer may have one word, and its question's tags another
        self._frequencies: dict[tuple[str, str], int] = {}
        self._averages: dict[str, float] = {}

    def ranked(self) -> Ranked:
        """All words, else some of them, else the newest of what the operators leave."""
        if not self.ask.words:
            return self._gathered(self._newest, [])
        found = self._gathered(self._all_of, self.ask.words)
        if len(found.documents) or len(self.ask.loose) < 2:
            return found
        self.has_context = False
        found = self._gathered(self._any_of, self.ask.loose)
        return replace(found, is_loose=bool(len(found.documents)))

    def _gathered(self, matches: Callable[[Segment], Matches], marked: list[Sought]) -> Ranked:
        """The matches of all segments, best first, without those that operators and minus words leave out."""
        parts: list[tuple[Segment, Ids, Floats]] = []
        is_partial = False
        try:
            unwanted = self._left_out()
            for segment in self.segments:
                ids, scores = matches(segment)
                kept = self.narrowing.mask(segment)[ids] & ~np.isin(segment.column("question_id")[ids], unwanted)
                kept &= ~np.isin(ids, self._with_any(segment, self.ask.without, ("author",)))
                ids = ids[kept]
                parts.append((segment, ids, segment.column("made_at")[ids] * 1.0 if self.is_by_day else scores[kept]))
        except OutOfTime:
            is_partial = True
        if not parts:
            return Ranked(marked=marked, is_partial=is_partial)
        documents = np.concatenate([ids + segment.first for segment, ids, _ in parts])
        scores = np.concatenate([scores for _, _, scores in parts])
        questions = np.concatenate([segment.column("question_id")[ids] for segment, ids, _ in parts])
        traits = np.concatenate([segment.column("traits")[ids] for segment, ids, _ in parts])
        order = best_of(documents, scores, MOST_PASSAGES)
        is_partial = is_partial or self.deadline.is_over or len(order) < len(documents)
        return Ranked(documents[order], scores[order], questions[order], traits[order], marked, False, is_partial)

    def _left_out(self) -> Ids:
        """Questions in whose threads a word is written that must not be there: a result stands for all of its thread."""
        questions = [NOTHING]
        for segment in self.segments if self.ask.without else ():
            ids = self._with_any(segment, self.ask.without, WRITTEN)
            questions.append(segment.column("question_id")[ids[segment.is_alive[ids]]])
        return np.concatenate(questions)

    def _with_any(self, segment: Segment, words: Sequence[Sought], fields: Collection[str]) -> Ids:
        """Passages with any of the words in these fields, wherever the text was cut."""
        return _summed(segment, [self._with(segment, one, fields=fields, is_exact=True) for one in words])[0]

    def _newest(self, segment: Segment) -> Matches:
        """Where no words rank them: questions, or whatever the operators ask for, by their day."""
        passages = np.arange(segment.size)
        if not self.ask.values("is", of=(*KINDS, "company")) and not self.ask.values("author"):
            passages = passages[is_question(segment, passages)]
        return passages, segment.column("made_at")[passages].astype(np.float64)

    def _all_of(self, segment: Segment) -> Matches:
        """Passages with every word; each word is looked for only where the rarer ones are."""
        rare, *others = sorted(self.ask.words, key=self._commonness)
        found, scores = self._with(segment, rare)
        for word in others:
            if not len(found):
                break
            ids, more = self._with(segment, word, found)
            found, scores = ids, more + scores[np.searchsorted(found, ids)]
        return found, scores

    def _any_of(self, segment: Segment) -> Matches:
        """Passages with any of the words; when time is up, with any of the rarer ones."""
        found: list[Matches] = []
        try:
            for word in sorted(self.ask.loose, key=self._commonness):
                found.append(self._with(segment, word))
        except OutOfTime:
            if not found:
                raise
        return _summed(segment, found)

    def _with(
        self, segment: Segment, word: Sought, within: Ids | None = None, fields: Collection[str] = FIELDS,
        is_exact: bool = False,
    ) -> Matches:  # fmt: skip
        """Passages with the word in any field, as one term or as its parts; as both, the better counts. Exact: wherever
        the text was cut, though the word be frequent."""
        found: list[Matches] = []
        for name in fields:
            whole = self._term(segment, name, word.term, within) if word.term else NONE
            parts = self._phrase(segment, name, word.parts, within) if self._is_phrase(name, word, is_exact) else NONE
            ids, scores = _better(segment, whole, parts)
            if name == "topic" and not self.has_context:
                kept = is_question(segment, ids)
                ids, scores = ids[kept], scores[kept]
            if len(ids):
                found.append((ids, scores * FIELDS[name]))
        return _summed(segment, found)

    def _is_phrase(self, name: str, word: Sought, is_exact: bool) -> bool:
        """A compound is also looked for as its parts, a rare Chinese word also where the text was cut otherwise."""
        if name not in PHRASED or len(word.parts) < 2:
            return False
        return is_exact or not (word.is_han and self._frequency("body", word.term) >= RARE)

    def _term(self, segment: Segment, name: str, term: str, within: Ids | None) -> Matches:
        return self._scored(segment, name, [term], *segment.postings(name, term, self.deadline, within))

    def _phrase(self, segment: Segment, name: str, parts: Sequence[str], within: Ids | None) -> Matches:
        """Passages in which the parts follow each other."""
        for part in sorted(set(parts), key=lambda one: segment.frequency(name, one)):
            within, _ = segment.postings(name, part, self.deadline, within)
            if not len(within):
                return NONE
        ids = NOTHING if within is None else within
        places = [segment.positions(name, part, self.deadline, ids) for part in parts]
        times = [_runs([place[number] for place in places]) for number in ids.tolist()]
        counts = np.array(times, dtype=np.float64)
        return self._scored(segment, name, parts, ids[counts > 0], counts[counts > 0])

    def _scored(self, segment: Segment, name: str, terms: Sequence[str], ids: Ids, counts: Floats) -> Matches:
        if not len(ids):
            return NONE
        weight = sum(1 + log(self.size / (self._frequency(name, term) + 1)) for term in terms)
        lengths = segment.lengths(name, ids) / self._average(name)
        return ids, weight * counts * (K1 + 1) / (counts + K1 * (1 - B + B * lengths))

    def _commonness(self, word: Sought) -> int:
        if word.term:
            return sum(self._frequency(name, word.term) for name in FIELDS)
        return min(self._frequency("body", part) + self._frequency("title", part) for part in word.parts)

    def _frequency(self, name: str, term: str) -> int:
        if (name, term) not in self._frequencies:
            self._frequencies[name, term] = sum(segment.frequency(name, term) for segment in self.segments)
        return self._frequencies[name, term]

    def _average(self, name: str) -> float:
        """Words in the field, of documents that have any."""
        if name not in self._averages:
            facts = [segment.length_facts(name) for segment in self.segments]
            self._averages[name] = sum(words for words, _ in facts) / max(1, sum(count for _, count in facts)) or 1.0
        return self._averages[name]


def best_of(documents: Ids, scores: Floats, most: int) -> Ids:
    """Where the best stand, the best first; of equals the later document, which is the newer post, goes first."""
    where = np.argpartition(scores, -most)[-most:] if len(scores) > most else np.arange(len(scores))
    return where[np.lexsort((-documents[where], -scores[where]))]


def _runs(places: list[set[int]]) -> int:
    """How often a place in the first set is followed by one in the next, and so on."""
    first, *others = places
    return sum(all(start + step in place for step, place in enumerate(others, 1)) for start in first)


def _better(segment: Segment, one: Matches, other: Matches) -> Matches:
    return _joined(segment, [one, other], np.maximum)


def _summed(segment: Segment, found: Sequence[Matches]) -> Matches:
    return _joined(segment, found, np.add)


def _joined(segment: Segment, found: Sequence[Matches], join: Any) -> Matches:
    """The documents of any of them, with their scores joined. Scores are greater than zero."""
    found = [one for one in found if len(one[0])]
    if len(found) < 2:
        return found[0] if found else NONE
    if sum(len(ids) for ids, _ in found) * 8 > segment.size:
        ids = None
        scores = np.zeros(segment.size)
    else:
        ids = np.unique(np.concatenate([ids for ids, _ in found]))
        scores = np.zeros(len(ids))
    for these, values in found:
        where = these if ids is None else np.searchsorted(ids, these)
        scores[where] = join(scores[where], values)
    if ids is None:
        ids = np.flatnonzero(scores)
        return ids, scores[ids]
    return ids, scores
