"""What Whoosh's files hold, as arrays: whole blocks of postings and whole columns at once.

Whoosh's own matchers step from posting to posting in Python; here a block of 128 is read at once. This module and `mapped` alone know how release 3.54 lays its files out; `tests/search/test_segments.py` compares
both ways of reading.
"""

import time
from collections.abc import Callable, Iterator
from functools import cached_property
from io import BytesIO
from itertools import accumulate, islice
from math import inf
from pickle import load, loads
from typing import Any, NamedTuple
from zlib import decompress

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import LENGTHS_COLUMN, WHOOSH3_HEADER_MAGIC, _lenfield
from whoosh.reading import CorruptIndexError, TermNotFound
from whoosh.util.numeric import byte_to_length

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]

LENGTHS = np.array([byte_to_length(code) for code in range(256)], dtype=np.float64)
COLUMNS = {"post_id": ">i8", "question_id": ">i8", "made_at": ">i8", "traits": "u1", "mark": ">u8"}
INT = 4  # bytes
IN_A_BLOCK = 128  # postings at most
POSITIONS_HEAD = 4  # bytes before the pickled positions: how many there are
NOTHING: Ids = np.empty(0, dtype=np.int64)
NO_WEIGHTS: Floats = np.empty(0)

_columns: dict[tuple[str, str], NDArray[Any]] = {}  # (segment, column) -> its values: a segment never changes


class OutOfTime(Exception):
    """The query has used up its time; what was found so far is what there is."""


class Deadline:
    """Until when a query may read."""

    def __init__(self, seconds: float):
        self.at = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.at

    def check(self) -> None:
        if self.is_over:
            raise OutOfTime


class Block(NamedTuple):
    """Some postings of a term, as they lie in the file."""

    steps: tuple[int, ...]  # from document number to document number
    counts: tuple[float, ...] | float | None  # how often the term stands in each; none: once
    places: tuple[bytes, ...] | None

    @property
    def ids(self) -> Ids:
        return np.cumsum(np.array(self.steps, dtype=np.int64))

    @property
    def weights(self) -> Floats:
        counts = 1.0 if self.counts is None else self.counts
        return np.broadcast_to(np.array(counts, dtype=np.float64), len(self.steps))


class Segment:
    """One segment of an index, as a thread's own reader has it open, with the number of its first document."""

    def __init__(self, reader: Any, first: int):
        self.reader, self.first, self.size = reader, first, reader.doc_count_all()
        self._id = reader.segment().segment_id()

    @cached_property
    def is_alive(self) -> NDArray[np.bool_]:
        """Which documents are not deleted."""
        alive = np.ones(self.size, dtype=bool)
        deleted = self.reader.deleted_docs_set
        alive[np.fromiter(deleted, dtype=np.int64, count=len(deleted))] = False
        return alive

    def column(self, name: str) -> NDArray[Any]:
        """The value of every document."""
        return self._cached(name, COLUMNS[name], lambda: self.reader.column_reader(name, translate=False))

    def lengths(self, field: str, ids: Ids) -> Floats:
        """How many words these documents have in the field, as coarsely as Whoosh keeps it."""
        found: Floats = LENGTHS[self._length_codes(field)[ids]]
        return found

    def length_facts(self, field: str) -> tuple[float, int]:
        """Words in the field of all documents together, and how many have any."""
        key = (self._id, f"{field} words")
        if key not in _columns:
            codes = self._length_codes(field)
            _columns[key] = np.array([LENGTHS[codes].sum(), np.count_nonzero(codes)])
        words, documents = _columns[key].tolist()
        return words, int(documents)

    def frequency(self, field: str, term: str) -> int:
        """In how many documents the term stands, deleted ones included."""
        return int(self.reader.doc_frequency(field, term))

    def postings(
        self, field: str, term: str, deadline: Deadline, within: Ids | None = None, most_blocks: int | None = None
    ) -> tuple[Ids, Floats]:
        """Documents that have the term, and how often. Blocks without any document of `within` are passed over."""
        blocks = list(islice(self._blocks(field, term, deadline, within), most_blocks))
        if not blocks:
            return NOTHING, NO_WEIGHTS
        found = np.concatenate([block.ids for block in blocks])
        weight = np.concatenate([block.weights for block in blocks])
        if within is None:
            return found, weight
        kept = np.isin(found, within, assume_unique=True)
        return found[kept], weight[kept]

    def positions(self, field: str, term: str, deadline: Deadline, within: Ids) -> dict[int, set[int]]:
        """Where the term stands in each of these documents."""
        wanted, places = set(within.tolist()), {}
        for block in self._blocks(field, term, deadline, within):
            for number, value in zip(block.ids.tolist(), block.places or (), strict=True):
                if number in wanted:
                    places[number] = set(accumulate(loads(value[POSITIONS_HEAD:])))  # noqa: S301  (our own file)
        return places

    def _blocks(self, field: str, term: str, deadline: Deadline, within: Ids | None) -> Iterator[Block]:
        """Those blocks of a term's postings that may have a document of `within`."""
        terms = self.reader._terms
        try:
            at, _length = terms.term_info(field, self.reader._text_to_bytes(field, term)).extent()
        except TermNotFound:
            return
        file, last, size = terms._postfile, -1, 1
        if file.get(at, len(WHOOSH3_HEADER_MAGIC)) != WHOOSH3_HEADER_MAGIC:
            raise CorruptIndexError(f"no postings at {at}")
        at += len(WHOOSH3_HEADER_MAGIC)
        while size > 0:  # the last block's is negative
            deadline.check()
            size = file.get_int(at)
            block = BytesIO(file.get(at + INT, abs(size)))
            at += INT + abs(size)
            first, (_count, last, _most, is_packed, _shortest, _longest) = last, load(block)  # noqa: S301  (our own file)
            if within is None or np.searchsorted(within, first, "right") < np.searchsorted(within, last, "right"):
                data = block.read()
                yield Block(*loads(decompress(data) if is_packed else data))  # noqa: S301

    def _length_codes(self, field: str) -> NDArray[Any]:
        name, files = _lenfield(field), self.reader._perdoc
        if not files.has_column(name):
            return self._cached(name, "u1", lambda: None)
        return self._cached(name, "u1", lambda: files.column_reader(name, LENGTHS_COLUMN))

    def _cached(self, name: str, kind: str, opened: Callable[[], Any]) -> NDArray[Any]:
        if (self._id, name) not in _columns:
            _columns[self._id, name] = self._whole(opened(), kind)
        return _columns[self._id, name]

    def _whole(self, column: Any, kind: str) -> NDArray[Any]:
        """A column of numbers whose files leave zeros at the end out."""
        values = np.zeros(self.size, dtype=np.dtype(kind).newbyteorder("="))
        if hasattr(column, "_dbfile"):
            data = column._dbfile.get(column._basepos, column._count * column._fixedlen)
            values[: column._count] = np.frombuffer(data, dtype=kind)
        return values


def segments_of(searcher: Any) -> list[Segment]:
    """The segments of a thread's searcher, the newest first; kept with it."""
    if not hasattr(searcher, "earshot_segments"):
        leaves = searcher.reader().leaf_readers() if searcher.doc_count_all() else []
        searcher.earshot_segments = [Segment(reader, first) for reader, first in reversed(leaves)]
        _forget_others({segment._id for segment in searcher.earshot_segments})
    return list(searcher.earshot_segments)


def _forget_others(there: set[str]) -> None:
    """Drop the columns of segments that are gone. A thread that is still on the last commit reads its own again."""
    for key in list(_columns):
        if key[0] not in there:
            _columns.pop(key, None)


def documents_with(searcher: Any, field: str, term: str) -> list[tuple[Segment, int]]:
    """The live documents that have this term, as segment and number in it. For keys, of which there are few."""
    found = []
    for segment in segments_of(searcher):
        ids, _ = segment.postings(field, term, Deadline(inf))
        found += [(segment, number) for number in ids[segment.is_alive[ids]].tolist()]
    return found
