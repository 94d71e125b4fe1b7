"""What was said in a period, as columns: read once (mining/said.py), and every figure of a report is counted from them.

A million mentions are a few arrays of a million numbers; as rows they would take minutes and gigabytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session

from community.models import Verbatim
from mining.labels import SENTIMENTS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

AT_ONCE = 50_000  # rows
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = 86_400_000_000  # microseconds
FEELINGS = (*SENTIMENTS, "mixed")  # of a whole text
NONE = -1  # the code of what is not known


def micros(moment: datetime) -> int:
    """Microseconds since 1970, as the columns have moments."""
    return (moment - EPOCH) // MICROSECOND


def moment(value: int) -> datetime:
    return EPOCH + int(value) * MICROSECOND


@dataclass(frozen=True)
class Coded:
    """A column of words: for each row the number of its word, or NONE."""

    codes: Ints
    words: Sequence[str]

    def of(self, rows: Bools | Ints) -> "Coded":
        return Coded(self.codes[rows], self.words)


@dataclass(frozen=True)
class Texts:
    """Verbatims, the earliest first. `score` is NaN where nobody has read the text yet."""

    id: Ints
    customer: Ints
    at: Ints  # microseconds since 1970
    score: Floats
    leaving: Bools
    sentiment: Ints  # the place in FEELINGS, or NONE
    intent: Ints  # the place in INTENTS, or NONE
    leader: Ints  # id of the text that it nearly repeats, or its own; NONE: it was not compared yet
    language: Coded
    channel: Coded
    product: Coded  # slugs

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True)
class Said:
    """Mentions that have a topic, in no order. `text` is the row in `Texts`; sentiment and intent are numbered as the model does."""

    id: Ints
    theme: Ints
    text: Ints
    score: Floats
    sentiment: Ints
    intent: Ints
    length: Ints  # characters

    def of(self, rows: Bools) -> "Said":
        return Said(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True)
class Corpus:
    """The texts of a period and what they say."""

    texts: Texts
    said: Said

    def between(self, start: datetime, end: datetime) -> "Corpus":
        """What was said within; texts keep their rows."""
        at = self.texts.at[self.said.text]
        return Corpus(self.texts, self.said.of((at >= micros(start)) & (at < micros(end))))

    def of_themes(self, themes: set[int]) -> "Corpus":
        return Corpus(self.texts, self.said.of(np.isin(self.said.theme, list(themes))))

    def without(self, themes: set[int]) -> "Corpus":
        return Corpus(self.texts, self.said.of(~np.isin(self.said.theme, list(themes)))) if themes else self


def within(start: datetime, end: datetime) -> ColumnElement[bool]:
    return (Verbatim.said_at >= start) & (Verbatim.said_at < end)


def tuples(session: Session, rows: Select[Any]) -> Iterator[Sequence[Any]]:
    """The rows as the database's driver gives them, many at a time: what SQLAlchemy makes of each takes longer."""
    result = session.connection().execute(rows)  # not streamed: it would keep the first rows for itself
    cursor = result.cursor
    while cursor is not None and (part := cursor.fetchmany(AT_ONCE)):
        yield part
    result.close()


def coded(words: Sequence[str | None]) -> Coded:
    known = [word for word in dict.fromkeys(words) if word is not None]
    numbers: dict[str | None, int] = {word: number for number, word in enumerate(known)} | {None: NONE}
    return Coded(np.fromiter(map(numbers.__getitem__, words), np.int64, len(words)), known)


def pairs(left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """Each pair that occurs once, sorted: (n,), (n,)."""
    if not len(left):
        return left, right
    low, size = right.min(), int(right.max() - right.min()) + 1
    both = distinct(left * size + (right - low))
    return both // size, both % size + low


def distinct(values: Ints) -> Ints:
    """Sorted, each once. By sorting, which takes a fifth of the time of NumPy's own way by hashing."""
    values = np.sort(values)
    is_first = np.append(True, values[1:] != values[:-1])[: len(values)]
    return np.asarray(values[is_first], np.int64)
