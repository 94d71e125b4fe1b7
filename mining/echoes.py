"""Texts that nearly repeat an earlier one of the same day, found once and kept: a later report looks at new texts only.

An echo is known by its text's hash, so that an edited text is compared anew; when the text that it repeats is erased,
it is compared anew too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

import numpy as np
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from community.models import Echo, Verbatim
from mining.alike import Compared, pieces
from mining.columns import DAY, NONE, Corpus, distinct, micros, moment, tuples, within
from mining.units import Units, alone

A_STATEMENT = 500
A_UNIT = 5_000  # rows written in one transaction


@dataclass(frozen=True)
class Found:
    """The first text that a text nearly repeats; itself, if none."""

    verbatim_id: int
    leader_id: int
    text_hash: str


def keep(units: Units, start: datetime, end: datetime) -> int:
    """Compare and store what was not compared yet of the texts of a period, some days at a time; how many that were."""
    leader, new = units.read(lambda session: known(session, start, end))
    for some in whole_days(new):
        found = units.read(lambda session, some=some: list(compare(session, leader, some)))  # type: ignore[misc]
        for at in range(0, len(found), A_UNIT):
            part = found[at : at + A_UNIT]
            units.write(lambda session, part=part: store(session, part))  # type: ignore[misc]
    return len(new)


def whole_days(new: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """About A_UNIT texts at a time, never a part of a day."""
    some: list[tuple[int, int]] = []
    for _day, group in groupby(new, key=lambda one: one[0]):
        some += group
        if len(some) >= A_UNIT:
            yield some
            some = []
    if some:
        yield some


def store(session: Session, found: Iterable[Found]) -> None:
    """Those whose texts are still there and unchanged. Several jobs make reports: one at a time stores."""
    alone(session, "echoes")
    by_id = {one.verbatim_id: one for one in found}
    wanted = {*by_id, *(one.leader_id for one in by_id.values())}
    there: dict[int, str] = {}
    for ids in batches(list(wanted)):
        hashes = select(Verbatim.id, Verbatim.text_hash).where(Verbatim.id.in_(ids))
        there |= {row.id: row.text_hash for row in session.execute(hashes)}
        session.execute(delete(Echo).where(Echo.verbatim_id.in_([key for key in ids if key in by_id])))
    rows: list[dict[str, Any]] = [
        {"verbatim_id": one.verbatim_id, "leader_id": one.leader_id, "text_hash": one.text_hash}
        for one in by_id.values()
        if there.get(one.verbatim_id) == one.text_hash and one.leader_id in there
    ]
    if rows:
        session.execute(insert(Echo), rows)


def compared(session: Session, corpus: Corpus, start: datetime, end: datetime) -> Corpus:
    """With the leader of each of the period's texts, those that nobody compared yet too; nothing is written."""
    texts = corpus.texts
    rows = np.flatnonzero((texts.leader == NONE) & (texts.at >= micros(start)) & (texts.at < micros(end)))
    if not len(rows):
        return corpus
    days = texts.at // DAY
    beside = np.isin(days, distinct(days[rows])) & (texts.leader != NONE)
    known = dict(zip(texts.id[beside].tolist(), texts.leader[beside].tolist(), strict=True))
    new = list(zip(days[rows].tolist(), texts.id[rows].tolist(), strict=True))
    found = {one.verbatim_id: one.leader_id for one in compare(session, known, new)}
    leader = texts.leader.copy()
    leader[rows] = [found.get(key, key) for key in texts.id[rows].tolist()]
    return Corpus(replace(texts, leader=leader), corpus.said)


def known(session: Session, start: datetime, end: datetime) -> tuple[dict[int, int], list[tuple[int, int]]]:
    """Verbatim id -> leader id of what was compared before; the day and id of the others, the earliest first."""
    rows = (
        select(Verbatim.id, Echo.leader_id, Echo.text_hash == Verbatim.text_hash, Verbatim.said_at)
        .join(Echo, Echo.verbatim_id == Verbatim.id, isouter=True)
        .where(within(start, end))
    )
    done: dict[int, int] = {}
    fresh = rows.where(Echo.leader_id.is_not(None), Echo.text_hash == Verbatim.text_hash)
    for part in tuples(session, fresh.with_only_columns(Verbatim.id, Echo.leader_id)):
        done.update(part)
    stale = rows.where(Echo.leader_id.is_(None) | (Echo.text_hash != Verbatim.text_hash))
    new = session.execute(
        stale.with_only_columns(Verbatim.said_at, Verbatim.id).order_by(Verbatim.said_at, Verbatim.id)
    )
    return done, [(micros(at) // DAY, key) for at, key in new]


def compare(session: Session, leader: dict[int, int], new: list[tuple[int, int]]) -> Iterator[Found]:
    """Each new text with those of its day: the texts of days with nothing new are not read."""
    for day, group in groupby(new, key=lambda one: one[0]):
        fresh = [key for _day, key in group]
        compared = Compared()
        for key, _hash, text in texts_of(session, leaders_of_day(session, leader, day)):
            compared.lead(key, pieces(text))
        for key, text_hash, text in texts_of(session, fresh):
            yield Found(key, compared.place(key, pieces(text)), text_hash)


def leaders_of_day(session: Session, leader: dict[int, int], day: int) -> list[int]:
    """Those of the day's texts that were compared before and repeat none."""
    start, end = moment(day * DAY), moment((day + 1) * DAY)
    rows = session.scalars(select(Verbatim.id).where(within(start, end)).order_by(Verbatim.said_at, Verbatim.id))
    return [key for key in rows if leader.get(key) == key]


def texts_of(session: Session, ids: list[int]) -> Iterator[tuple[int, str, str]]:
    """Id, hash and text of verbatims, in this order."""
    for part in batches(ids):
        rows = select(Verbatim.id, Verbatim.text_hash, Verbatim.text).where(Verbatim.id.in_(part))
        found = {row.id: row for row in session.execute(rows)}
        yield from ((key, found[key].text_hash, found[key].text) for key in part if key in found)


def batches(ids: list[int]) -> Iterator[list[int]]:
    for at in range(0, len(ids), A_STATEMENT):
        yield ids[at : at + A_STATEMENT]
