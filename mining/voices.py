"""Who counts in what a theme weighs: a customer once a day, nearly the same text once a day, bursts marked.

Posting more, copying a text or opening accounts must not make a theme heavier. The plain counts of mentions and
customers stay what they are; this is what impact, trend and alerts are made of.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Account, Mention, Topic, Verbatim
from mining.alike import known_pieces, leaders, remember

NEW_FOR = timedelta(days=7)  # an account counts as new
BURST_DAYS = 3
BURST_LEAST = 5  # new accounts
BURST_SHARE = 0.5  # of the theme's voices in those days
BURST_TIMES = 2  # the share of new accounts among all other themes' voices in those days
A_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class Voice:
    """One customer on one day about one theme."""

    customer_id: int
    at: datetime  # of the first text of that day
    pain: float  # mean of the day's mentions, 0 to 1
    is_new: bool  # by an account that was opened less than NEW_FOR before

    @property
    def day(self) -> date:
        return self.at.date()


@dataclass(frozen=True, slots=True)
class Said:
    """What one verbatim says of one theme."""

    verbatim_id: int
    text_hash: str
    customer_id: int
    at: datetime
    pain: float


@dataclass(frozen=True)
class Heard:
    """The voices of one theme; those of a burst of new accounts stand apart."""

    voices: Sequence[Voice] = ()
    burst: Sequence[Voice] = ()
    last_said: Mapping[int, datetime] = field(default_factory=dict)  # customer id -> when, of all who spoke of it

    def since(self, start: datetime) -> "Heard":
        return Heard(
            [one for one in self.voices if one.at >= start],
            [one for one in self.burst if one.at >= start],
            {key: at for key, at in self.last_said.items() if at >= start},
        )

    @property
    def customers(self) -> set[int]:
        return {one.customer_id for one in self.voices}

    @property
    def negativity(self) -> float:
        """How negative they are on average, 0 to 1."""
        return sum(one.pain for one in self.voices) / len(self.voices) if self.voices else 0.0

    def by_day(self, least: int = 1, until: date = date.max) -> dict[date, int]:
        """Customers a day, of the days before `until`; none when they are fewer than `least` customers in all."""
        before = [one for one in self.voices if one.day < until]
        counts: dict[date, int] = defaultdict(int)
        for one in before if len({one.customer_id for one in before}) >= least else ():
            counts[one.day] += 1
        return counts


def heard(session: Session, start: datetime, end: datetime) -> dict[int, Heard]:
    """Theme id -> who spoke of it; three statements, and one more for each 500 texts of busy days."""
    said = said_of(session, start, end)
    opened = opened_accounts(session, start - NEW_FOR)
    voices = {theme: voices_of(session, found, opened) for theme, found in said.items()}
    return {
        theme: replace(found, last_said={one.customer_id: one.at for one in said[theme]})
        for theme, found in apart(voices).items()
    }


def said_of(session: Session, start: datetime, end: datetime) -> dict[int, list[Said]]:
    """Theme id -> its verbatims in the order in which they were said."""
    pain = func.avg(-(Mention.score - func.abs(Mention.score)) / 2)  # the negative part of each score
    rows = session.execute(
        select(Topic.theme_id, Verbatim.id, Verbatim.text_hash, Verbatim.customer_id, Verbatim.said_at, pain)
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(Verbatim.said_at >= start, Verbatim.said_at < end)
        .group_by(Topic.theme_id, Verbatim.id, Verbatim.text_hash, Verbatim.customer_id, Verbatim.said_at)
        .order_by(Verbatim.said_at, Verbatim.id)
        .execution_options(yield_per=5000)
    )
    found: dict[int, list[Said]] = defaultdict(list)
    for theme, *said in rows:
        found[theme].append(Said(*said))
    return found


def opened_accounts(session: Session, since: datetime) -> dict[int, datetime]:
    """Customer id -> when their first account was opened, of those that were opened since then."""
    first = func.min(Account.created_at)
    rows = select(Account.customer_id, first).where(Account.customer_id.is_not(None)).group_by(Account.customer_id)
    return {row[0]: row[1] for row in session.execute(rows.having(first >= since))}


def voices_of(session: Session, said: Sequence[Said], opened: Mapping[int, datetime]) -> list[Voice]:
    days: dict[date, list[Said]] = defaultdict(list)
    for one in said:
        days[one.at.date()].append(one)
    busy = [one for group in days.values() if len({one.customer_id for one in group}) > 1 for one in group]
    cut = pieces_of(session, busy)
    return [voice for group in days.values() for voice in of_day(group, cut, opened)]


def of_day(said: Sequence[Said], cut: Mapping[int, frozenset[int]], opened: Mapping[int, datetime]) -> list[Voice]:
    """Each customer once; who only repeats what another said that day is that other."""
    if all(one.verbatim_id in cut for one in said):
        leads = leaders([cut[one.verbatim_id] for one in said])
        said = [one for index, one in enumerate(said) if leads[index] == index]
    by_customer: dict[int, list[Said]] = defaultdict(list)
    for one in said:
        by_customer[one.customer_id].append(one)
    return [
        Voice(key, own[0].at, sum(one.pain for one in own) / len(own), is_new(own[0].at, opened.get(key)))
        for key, own in by_customer.items()
    ]


def is_new(at: datetime, opened: datetime | None) -> bool:
    """Whether the account was new then. Customers without one came by channels where nobody opens accounts."""
    return opened is not None and timedelta(0) <= at - opened < NEW_FOR


def pieces_of(session: Session, said: Sequence[Said]) -> dict[int, frozenset[int]]:
    """Verbatim id -> the pieces of its text; only texts that were not cut lately are read."""
    found: dict[int, frozenset[int]] = {}
    unknown: dict[int, str] = {}
    for one in said:
        pieces = known_pieces(one.text_hash)
        if pieces is None:
            unknown[one.verbatim_id] = one.text_hash
        else:
            found[one.verbatim_id] = pieces
    ids = list(unknown)
    for start in range(0, len(ids), A_STATEMENT):
        rows = select(Verbatim.id, Verbatim.text).where(Verbatim.id.in_(ids[start : start + A_STATEMENT]))
        found |= {row.id: remember(unknown[row.id], row.text) for row in session.execute(rows)}
    return found


def apart(voices: Mapping[int, Sequence[Voice]]) -> dict[int, Heard]:
    """The new accounts of each theme's bursts stand apart from its other voices."""
    everyone = daily(voice for found in voices.values() for voice in found)
    result = {}
    for theme, found in voices.items():
        days = burst_days(daily(found), everyone)
        result[theme] = Heard(
            [one for one in found if not (one.is_new and one.day in days)],
            [one for one in found if one.is_new and one.day in days],
        )
    return result


def daily(voices: Iterable[Voice]) -> dict[date, tuple[int, int]]:
    """Day -> how many voices, and how many of them of new accounts."""
    counts: dict[date, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for one in voices:
        total, new = counts[one.day]
        counts[one.day] = (total + 1, new + one.is_new)
    return dict(counts)


def burst_days(own: Mapping[date, tuple[int, int]], everyone: Mapping[date, tuple[int, int]]) -> set[date]:
    """The days in a run of BURST_DAYS in which mostly new accounts spoke of it, while others' themes had few of them."""
    found: set[date] = set()
    for first in {day - timedelta(back) for day in own for back in range(BURST_DAYS)}:
        days = [first + timedelta(n) for n in range(BURST_DAYS)]
        total, new = summed(own, days)
        all_voices, all_new = summed(everyone, days)
        others, others_new = all_voices - total, all_new - new
        usual = others_new / others if others else summed_share(everyone, own)
        if new >= BURST_LEAST and new / total >= max(BURST_SHARE, BURST_TIMES * usual):
            found.update(days)
    return found


def summed(counts: Mapping[date, tuple[int, int]], days: Sequence[date]) -> tuple[int, int]:
    rows = [counts.get(day, (0, 0)) for day in days]
    return sum(row[0] for row in rows), sum(row[1] for row in rows)


def summed_share(everyone: Mapping[date, tuple[int, int]], own: Mapping[date, tuple[int, int]]) -> float:
    """The share of new accounts in all other themes at any time; 1 where there are none, so that nothing is marked."""
    total, new = (sum(row[n] for row in everyone.values()) - sum(row[n] for row in own.values()) for n in (0, 1))
    return new / total if total else 1.0
