"""Which documents of a segment the operators of a query leave: a mask over all of them."""

from functools import reduce
from math import floor, inf

import numpy as np
from numpy.typing import NDArray

from community.search import traits
from community.search.analysis import sought
from community.search.operators import KINDS, LANGUAGES, moment_of
from community.search.segments import Deadline, Ids, Segment
from community.search.understanding import Ask, Operator

Mask = NDArray[np.bool_]


class Narrowing:
    """The operators of one query, and the seconds since 1970 between which a passage was posted."""

    def __init__(self, ask: Ask, deadline: Deadline, since: float = -inf, until: float = inf):
        self.ask, self.deadline, self.since, self.until = ask, deadline, since, until

    def mask(self, segment: Segment) -> Mask:
        kept = self._within_days(segment, segment.is_alive)
        kept = self._with_traits(segment, kept)
        for name, having in (("product", self._product), ("author", self._author), ("tag", self._tag)):
            if values := self.ask.values(name):
                masks = [having(segment, value) for value in values]
                kept = kept & reduce(np.logical_and if name == "tag" else np.logical_or, masks)
            for value in self.ask.values(name, is_not=True):
                kept = kept & ~having(segment, value)
        return kept

    def _within_days(self, segment: Segment, kept: Mask) -> Mask:
        made_at = segment.column("made_at")
        if self.since > -inf or self.until < inf:
            kept = (
                kept & (made_at >= (floor(self.since) if self.since > -inf else self.since)) & (made_at <= self.until)
            )
        for operator in self.ask.operators:
            if operator.name in {"before", "after"} and (moment := moment_of(operator.value)):
                is_before = made_at < moment.timestamp()
                kept = kept & (is_before if (operator.name == "before") != operator.is_not else ~is_before)
        return kept

    def _with_traits(self, segment: Segment, kept: Mask) -> Mask:
        facts = segment.column("traits")
        kinds, languages = facts & traits.KIND_BITS, (facts & traits.LANGUAGE_BITS) >> 2
        for name, of, codes, names in (
            ("is", KINDS, kinds, traits.KINDS),
            ("lang", LANGUAGES, languages, traits.LANGUAGES),
        ):
            if asked := self.ask.values(name, of=of):
                kept = kept & np.isin(codes, [names.index(value) for value in asked])
            if refused := self.ask.values(name, is_not=True, of=of):
                kept = kept & ~np.isin(codes, [names.index(value) for value in refused])
        for operator in filter(_is_company, self.ask.operators):
            kept = kept & (((facts & traits.COMPANY_BIT) > 0) != operator.is_not)
        return kept

    def _product(self, segment: Segment, slug: str) -> Mask:
        return self._having(segment, "product", slug)

    def _tag(self, segment: Segment, slug: str) -> Mask:
        return self._having(segment, "tag", slug)

    def _author(self, segment: Segment, name: str) -> Mask:
        """By handle, or by all the words of a name."""
        words = [self._having(segment, "author", word.term) for word in sought(name) if word.term]
        by_handle = self._having(segment, "handle", name)
        return by_handle | reduce(np.logical_and, words) if words else by_handle

    def _having(self, segment: Segment, field: str, term: str) -> Mask:
        mask = np.zeros(segment.size, dtype=bool)
        mask[segment.postings(field, term, self.deadline)[0]] = True
        return mask


def is_question(segment: Segment, ids: Ids) -> Mask:
    """Which of the documents are questions."""
    return np.asarray((segment.column("traits")[ids] & traits.KIND_BITS) == traits.KINDS.index("question"))


def _is_company(operator: Operator) -> bool:
    return operator.name == "is" and operator.value == "company"
