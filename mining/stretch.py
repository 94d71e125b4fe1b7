"""What was said in a stretch of time, as the tables number it: read from their rows, or from the bytes kept of a day.

Themes, products' slugs and periods come in when stretches are put together (mining/said.py), so that what people do
to themes does not change what is kept.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, Select, String, case, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from community.models import Echo, Mention, Verbatim
from mining.columns import FEELINGS, NONE, Ints, coded, tuples, within
from mining.labels import INTENTS, SENTIMENTS

LAYOUT = 1  # raise it when the columns below change
TEXTS: Mapping[str, Any] = {
    "id": np.int64, "customer": np.int64, "at": np.int64, "score": np.float64, "leaving": np.bool_, "sentiment": np.int8,
    "intent": np.int8, "product": np.int32, "leader": np.int64, "language": np.int16, "channel": np.int16,
}  # fmt: skip
MENTIONS: Mapping[str, Any] = {
    "id": np.int64, "topic": np.int32, "text": np.int32, "score": np.float64, "sentiment": np.int8, "intent": np.int8,
    "length": np.int32,
}  # fmt: skip
WORDS = ("language", "channel")
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Stretch:
    """Texts by time and id, and their mentions with a topic by id; `text` of a mention is the row of its text.

    What is not known is NONE (a score: NaN); `leader` is the text that one nearly repeats, or itself.
    """

    texts: Columns
    mentions: Columns
    words: Mapping[str, Sequence[str]]  # of the codes of language and channel

    def between(self, start: int, end: int) -> "Stretch":
        """The texts from `start` to before `end`, in microseconds since 1970."""
        first, last = np.searchsorted(self.texts["at"], [start, end]).tolist()
        if first == 0 and last == len(self.texts["at"]):
            return self
        inside = (self.mentions["text"] >= first) & (self.mentions["text"] < last)
        mentions = {name: column[inside] for name, column in self.mentions.items()}
        mentions["text"] = mentions["text"] - first
        return Stretch({name: column[first:last] for name, column in self.texts.items()}, mentions, self.words)

    def tidy(self) -> "Stretch":
        """Its words alone, in the order in which they come."""
        texts: Columns = dict(self.texts)
        words: dict[str, Sequence[str]] = {}
        for name in WORDS:
            texts[name], words[name] = as_they_come(texts[name].astype(np.int64), self.words[name])
        return Stretch(texts, self.mentions, words)

    def as_bytes(self) -> bytes:
        """A line of JSON, then one column after another."""
        head = {"texts": len(self.texts["id"]), "mentions": len(self.mentions["id"]), "words": self.words}
        columns = [self.texts[name].astype(kind) for name, kind in TEXTS.items()]
        columns += [self.mentions[name].astype(kind) for name, kind in MENTIONS.items()]
        return b"".join([json.dumps(head).encode(), b"\n", *(column.tobytes() for column in columns)])

    @classmethod
    def of_bytes(cls, content: bytes) -> "Stretch":
        line, _newline, _rest = content.partition(b"\n")
        head, at = json.loads(line), len(line) + 1
        found: list[Columns] = []
        for kinds, size in ((TEXTS, head["texts"]), (MENTIONS, head["mentions"])):
            columns: Columns = {}
            for name, kind in kinds.items():
                columns[name] = np.frombuffer(content, kind, size, at)
                at += columns[name].nbytes
            found.append(columns)
        return cls(found[0], found[1], head["words"])


def read(session: Session, start: datetime, end: datetime) -> Stretch:
    """From the rows; two statements."""
    texts, words = _texts(session, start, end)
    return Stretch(texts, _mentions(session, start, end, texts["id"]), words)


def _texts(session: Session, start: datetime, end: datetime) -> tuple[Columns, dict[str, Sequence[str]]]:
    columns = (
        Verbatim.id, Verbatim.customer_id, _at(session), Verbatim.score, func.coalesce(Verbatim.leaving, False),
        _number(Verbatim.sentiment, FEELINGS), _number(Verbatim.intent, INTENTS),
        func.coalesce(Verbatim.product_id, NONE),
        case((Echo.text_hash == Verbatim.text_hash, func.coalesce(Echo.leader_id, NONE)), else_=NONE),
        Verbatim.language, Verbatim.channel,
    )  # fmt: skip
    rows = (
        select(*columns)
        .join(Echo, Echo.verbatim_id == Verbatim.id, isouter=True)
        .where(within(start, end))
        .order_by(Verbatim.said_at, Verbatim.id)
    )
    everything = chain.from_iterable(tuples(session, rows))
    read: list[Sequence[Any]] = list(zip(*everything, strict=True)) or [()] * len(columns)
    found: dict[str, Any] = dict(zip(TEXTS, read, strict=True))
    words: dict[str, Sequence[str]] = {}
    if _is_sqlite(session):
        found["at"] = np.array(found["at"], "datetime64[us]").astype(np.int64)
    for name in WORDS:
        column = coded(found[name])
        found[name], words[name] = column.codes, column.words
    return {name: np.array(found[name], kind) for name, kind in TEXTS.items()}, words


def _mentions(session: Session, start: datetime, end: datetime, texts: NDArray[np.int64]) -> Columns:
    columns = (
        Mention.id, Mention.topic_id, Mention.verbatim_id, Mention.score, _number(Mention.sentiment, SENTIMENTS),
        _number(Mention.intent, INTENTS), Mention.end - Mention.start,
    )  # fmt: skip
    rows: Select[Any] = (
        select(*columns)
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .where(within(start, end), Mention.topic_id.is_not(None))
    )
    parts = [
        np.fromiter(chain.from_iterable(part), np.float64).reshape(-1, len(columns))  # all are whole below 2**53
        for part in tuples(session, rows)
    ]
    table = np.concatenate(parts) if parts else np.zeros((0, len(columns)))
    table = table[np.argsort(table[:, 0])]
    order = np.argsort(texts)
    place = np.searchsorted(texts, table[:, 2], sorter=order)
    text = order[np.minimum(place, max(len(order) - 1, 0))] if len(order) else place
    there = texts[text] == table[:, 2] if len(order) else np.zeros(len(table), np.bool_)
    text, table = text[there], table[there]  # a text that came in between the two statements is the next report's
    found: dict[str, Any] = dict(zip(MENTIONS, table.T, strict=True))
    found["text"] = text
    return {name: np.array(found[name], kind) for name, kind in MENTIONS.items()}


def _at(session: Session) -> ColumnElement[Any]:
    """The moment as it is read fastest: SQLite's own text, else microseconds."""
    if _is_sqlite(session):
        return type_coerce(Verbatim.said_at, String)
    return cast(func.extract("epoch", Verbatim.said_at) * 1_000_000, BigInteger)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _number(column: Any, words: Sequence[str]) -> ColumnElement[int]:
    return case({word: number for number, word in enumerate(words)}, value=column, else_=NONE)


def whole(stretches: Sequence[Stretch]) -> Stretch:
    """They follow one another in time."""
    words: dict[str, Sequence[str]] = {
        name: list(dict.fromkeys(word for one in stretches for word in one.words[name])) for name in WORDS
    }
    texts, mentions = _joined(stretches, "texts", TEXTS), _joined(stretches, "mentions", MENTIONS)
    for name in WORDS:
        texts[name] = np.concatenate([_renumbered(one, name, words[name]) for one in stretches] or [texts[name]])
    sizes = [len(one.texts["id"]) for one in stretches]
    begins = np.cumsum([0, *sizes[:-1]])[: len(stretches)]
    mentions["text"] += np.repeat(begins, [len(one.mentions["id"]) for one in stretches]).astype(np.int32)
    return Stretch(texts, mentions, words)


def as_they_come(codes: Ints, words: Sequence[str]) -> tuple[Ints, list[str]]:
    """Numbered anew in the order in which the words occur first, and those that do."""
    first = np.full(len(words) + 1, len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]  # of equals the last one written stays; NONE takes the last place
    order = [code for code in np.argsort(first[:-1], kind="stable").tolist() if first[code] < len(codes)]
    places = np.full(len(words) + 1, NONE)
    places[order] = np.arange(len(order))
    return places[codes], [words[code] for code in order]


def _joined(stretches: Sequence[Stretch], part: str, kinds: Mapping[str, Any]) -> Columns:
    return {
        name: np.concatenate([np.zeros(0, kind), *(getattr(one, part)[name] for one in stretches)])
        for name, kind in kinds.items()
    }


def _renumbered(one: Stretch, name: str, words: Sequence[str]) -> NDArray[np.int16]:
    places: NDArray[np.int16] = np.array(
        [*(words.index(word) for word in one.words[name]), NONE], np.int16
    )  # NONE takes the last
    return places[one.texts[name]]


def runs(days: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first of each run of numbers in order, and the one after its last."""
    begin = before = None
    for day in days:
        if begin is None or before is None or day != before + 1:
            if begin is not None and before is not None:
                yield begin, before + 1
            begin = day
        before = day
    if begin is not None and before is not None:
        yield begin, before + 1
