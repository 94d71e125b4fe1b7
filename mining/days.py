"""What was said on one day, kept as columns, so that a report reads a row a day instead of every mention of a quarter.

A kept day is good until one of its texts or mentions changes: the database notes that itself (community/models/days.py),
in the transaction of the change. Days that are not kept are read from their rows, so a report is right whatever is kept.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from community.models import ChangedDay, SaidDay, Verbatim
from community.models import days as triggers
from mining import echoes, stretch
from mining.columns import DAY, EPOCH, micros, moment, within
from mining.stretch import LAYOUT, Stretch, runs
from mining.units import Units, alone

log = logging.getLogger(__name__)
AT_ONCE = 7  # days built in one go: so long nobody waits for the writer's place
QUIET = 500, 366  # so many texts at most, in so many days, are little enough to be built in one go too


def number(day: date) -> int:
    """Days since 1970."""
    return (day - EPOCH.date()).days


def day_of(number: int) -> date:
    return EPOCH.date() + timedelta(number)


def numbers(start: datetime, end: datetime) -> range:
    """The days from `start` to before `end`, also those of which only a part belongs to it."""
    return range(micros(start) // DAY, -(-micros(end) // DAY))


def stretches(session: Session, start: datetime, end: datetime) -> Iterator[Stretch]:
    """What was said from `start` to before `end`, in order: kept days, and the rows of the others."""
    wanted = numbers(start, end)
    known = kept(session, wanted)
    rows = {begin: after for begin, after in runs([day for day in wanted if day not in known])}
    for day in wanted:
        if day in known:
            yield known[day].between(micros(start), micros(end))
        elif day in rows:
            yield stretch.read(session, max(start, moment(day * DAY)), min(end, moment(rows[day] * DAY)))


def kept(session: Session, days: range) -> dict[int, Stretch]:
    """Those of the days that are kept and have not changed since. One statement."""
    rows = select(SaidDay.day, SaidDay.content).where(*good(days))
    return {number(day): Stretch.of_bytes(content) for day, content in session.execute(rows).tuples() if content}


def good(days: range) -> tuple[ColumnElement[bool], ...]:
    inside = SaidDay.day.between(day_of(days.start), day_of(days.stop - 1))
    changed = SaidDay.day.in_(select(ChangedDay.day))
    return inside, SaidDay.content.is_not(None), SaidDay.layout == LAYOUT, ~changed


def keep(units: Units, start: datetime, end: datetime, compared_from: datetime) -> int:
    """Keep the days that are not kept yet, or changed; how many. Texts since `compared_from` are compared before."""
    if not units.read(lambda session: triggers.is_laid(session.connection())):
        log.error("the database does not note changes: `flask db upgrade` lays its triggers; no day is kept")
        units.write(lambda session: session.execute(delete(SaidDay)))
        return 0
    drop(units)
    new = units.read(lambda session: missing(session, numbers(start, end), numbers(compared_from, end)))
    first = numbers(compared_from, end).start
    for begin, after in runs([day for day in new if day >= first]):
        echoes.keep(units, moment(begin * DAY), min(end, moment(after * DAY)))
    for some in at_once(units, new):
        build(units, some)
    return len(new)


def at_once(units: Units, days: Sequence[int]) -> Iterator[Sequence[int]]:
    """The days in the parts in which they are built: a young community has many without a word."""
    few, most = QUIET
    at = 0
    while at < len(days):
        part = days[at : at + most]
        inside = within(moment(part[0] * DAY), moment((part[-1] + 1) * DAY))
        texts = select(Verbatim.id).where(inside).limit(few + 1).subquery()
        count = units.read(lambda session, texts=texts: session.scalar(select(func.count()).select_from(texts)))  # type: ignore[misc]
        part = part if (count or 0) <= few else part[:AT_ONCE]
        yield part
        at += len(part)


def missing(session: Session, days: range, compared: range) -> list[int]:
    rows = session.execute(select(SaidDay.day, SaidDay.is_compared).where(*good(days))).tuples()
    done = {number(day) for day, is_compared in rows if is_compared or number(day) < compared.start}
    return [day for day in days if day not in done]


def drop(units: Units) -> int:
    """Throw away the kept days that changed; how many days did."""
    if not units.read(lambda session: session.scalar(select(ChangedDay.day).limit(1))):
        return 0
    return units.write(drop_changed)


def drop_changed(session: Session) -> int:
    """A change that is not committed yet is noted when it is, and is found then."""
    alone(session, "days")
    changed = set(session.scalars(delete(ChangedDay).returning(ChangedDay.day)))
    if changed:
        session.execute(delete(SaidDay).where(SaidDay.day.in_(changed)))
    return len(changed)


def build(units: Units, days: Sequence[int]) -> None:
    """Read the days and keep them.

    Claimed before they are read: who drops a day while it is read drops the claim, and what was read is not stored.
    """
    name = uuid4().hex
    units.write(lambda session: claim(session, days, name))
    found = units.read(lambda session: read(session, days))
    units.write(lambda session: store(session, found, name))


def claim(session: Session, days: Sequence[int], name: str) -> None:
    drop_changed(session)
    wanted = [day_of(day) for day in days]
    session.execute(delete(SaidDay).where(SaidDay.day.in_(wanted)))
    rows = [{"day": day, "built_by": name, "layout": LAYOUT, "is_compared": False} for day in wanted]
    session.execute(insert(SaidDay), rows)


def read(session: Session, days: Sequence[int]) -> dict[int, Stretch]:
    found: dict[int, Stretch] = {}
    for begin, after in runs(days):
        all_of_it = stretch.read(session, moment(begin * DAY), moment(after * DAY))
        found |= {day: all_of_it.between(day * DAY, (day + 1) * DAY).tidy() for day in range(begin, after)}
    return found


def store(session: Session, found: dict[int, Stretch], name: str) -> None:
    rows = update(SaidDay).where(SaidDay.day == bindparam("of"), SaidDay.built_by == name)
    session.connection().execute(
        rows.values(content=bindparam("columns"), is_compared=bindparam("compared")),
        [
            {"of": day_of(day), "columns": one.as_bytes(), "compared": bool((one.texts["leader"] >= 0).all())}
            for day, one in found.items()
        ],
    )


def wrong(session: Session) -> tuple[int, list[date]]:
    """How many days are kept, and those that differ from their rows: there should be none."""
    first, last = date(1970, 1, 1), date(9999, 12, 30)
    everything = range(number(first), number(last) + 1)
    days = session.scalars(select(SaidDay.day).where(*good(everything)).order_by(SaidDay.day)).all()
    return len(days), [day for day in days if differs(session, number(day))]


def differs(session: Session, day: int) -> bool:
    known = kept(session, range(day, day + 1))
    return day in known and known[day].as_bytes() != read(session, [day])[day].as_bytes()


def forget(session: Session, before: date | None = None) -> int:
    """Throw away what is kept, of days before this one or of all; how many days."""
    rows = delete(SaidDay).where(SaidDay.day < before) if before else delete(SaidDay)
    return session.execute(rows).rowcount or 0  # type: ignore[attr-defined]
