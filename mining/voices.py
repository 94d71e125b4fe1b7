"""Who counts in what a theme weighs: a customer once a day, nearly the same text once a day, bursts marked.

Posting more, copying a text or opening accounts must not make a theme heavier. The plain counts of mentions and
customers stay what they are; this is what impact, trend and alerts are made of.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Account
from mining import echoes
from mining.columns import DAY, NONE, Bools, Corpus, Floats, Ints, Texts, distinct, micros, moment
from mining.said import read

NEW_FOR = timedelta(days=7)  # an account counts as new
BURST_DAYS = 3
BURST_LEAST = 5  # new accounts
BURST_SHARE = 0.5  # of the theme's voices in those days
BURST_TIMES = 2  # the share of new accounts among all other themes' voices in those days


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


@dataclass(frozen=True)
class Heard:
    """The voices of one theme as columns, the earliest first; those of a burst of new accounts are marked."""

    customer: Ints
    at: Ints  # microseconds since 1970
    pain: Floats
    is_new: Bools
    in_burst: Bools
    said_by: Ints  # all who spoke of it, whoever of them counts, with
    said_last: Ints  # when they last did
    product: Ints  # what the voices' texts are about, as the corpus numbers products; NONE: nothing, or not known

    @classmethod
    def of(cls, voices: Sequence[Voice]) -> "Heard":
        """No burst is marked yet."""
        customer = np.array([one.customer_id for one in voices], np.int64)
        at = np.array([micros(one.at) for one in voices], np.int64)
        pain = np.array([one.pain for one in voices], np.float64)
        is_new = np.array([one.is_new for one in voices], np.bool_)
        nothing = np.full(len(voices), NONE)
        return cls(customer, at, pain, is_new, np.zeros(len(voices), np.bool_), customer, at, nothing)

    def since(self, start: datetime) -> "Heard":
        rows, last = self.at >= micros(start), self.said_last >= micros(start)
        return Heard(
            self.customer[rows], self.at[rows], self.pain[rows], self.is_new[rows], self.in_burst[rows],
            self.said_by[last], self.said_last[last], self.product[rows],
        )  # fmt: skip

    def chosen(self, rows: Bools) -> list[Voice]:
        columns = (self.customer[rows], self.at[rows], self.pain[rows], self.is_new[rows])
        return [
            Voice(int(key), moment(at), float(pain), bool(is_new))
            for key, at, pain, is_new in zip(*columns, strict=True)
        ]

    @property
    def voices(self) -> list[Voice]:
        return self.chosen(~self.in_burst)

    @property
    def burst(self) -> list[Voice]:
        return self.chosen(self.in_burst)

    def on(self, day: date) -> list[Voice]:
        """All of one day, marked or not."""
        return self.chosen(self.at // DAY == (day - date(1970, 1, 1)).days)

    @property
    def customers(self) -> set[int]:
        return set(self.customer[~self.in_burst].tolist())

    @property
    def in_bursts(self) -> int:
        """The customers of bursts."""
        return len(distinct(self.customer[self.in_burst]))

    @property
    def negativity(self) -> float:
        """How negative they are on average, 0 to 1."""
        pain = self.pain[~self.in_burst]
        return float(pain.mean()) if len(pain) else 0.0

    def by_day(self, least: int = 1, until: date = date.max) -> dict[date, int]:
        """Customers a day, of the days before `until`; none when they are fewer than `least` customers in all."""
        rows = ~self.in_burst
        days = self.at[rows] // DAY
        before = days < (until - date(1970, 1, 1)).days
        if len(distinct(self.customer[rows][before])) < least:
            return {}
        found, counts = np.unique(days[before], return_counts=True)
        return {date(1970, 1, 1) + timedelta(int(day)): int(count) for day, count in zip(found, counts, strict=True)}


NOBODY = Heard.of(())


def heard(session: Session, start: datetime, end: datetime) -> dict[int, Heard]:
    """Theme id -> who spoke of it."""
    return heard_in(session, echoes.compared(session, read(session, start, end), start, end), start, end)


def heard_in(session: Session, corpus: Corpus, start: datetime, end: datetime) -> dict[int, Heard]:
    """Theme id -> who spoke of it, of a corpus that has been read and compared."""
    opened = opened_accounts(session, start - NEW_FOR)
    return apart(spoken(corpus.between(start, end), opened))


def opened_accounts(session: Session, since: datetime) -> dict[int, datetime]:
    """Customer id -> when their first account was opened, of those that were opened since then."""
    first = func.min(Account.created_at)
    rows = select(Account.customer_id, first).where(Account.customer_id.is_not(None)).group_by(Account.customer_id)
    return {row[0]: row[1] for row in session.execute(rows.having(first >= since))}


def spoken(corpus: Corpus, opened: Mapping[int, datetime]) -> dict[int, Heard]:
    """Theme id -> its voices; of texts that repeat one another the first of the day is heard, the others are not."""
    texts, said = corpus.texts, corpus.said
    # a row for each theme of each text, with the mean of what it says of it
    groups, row = np.unique(said.theme * max(1, len(texts)) + said.text, return_inverse=True)
    theme, text = groups // max(1, len(texts)), groups % max(1, len(texts))
    pain = np.bincount(row, np.maximum(-said.score, 0)) / np.bincount(row) if len(groups) else np.zeros(0)
    day = texts.at[text] // DAY
    first = first_of(theme, day, leader_of(texts)[text])
    lasts = latest(theme, texts.customer[text], texts.at[text])
    theme, text, pain, day = theme[first], text[first], pain[first], day[first]
    # of these one for each customer and day
    customer = texts.customer[text]
    order = np.lexsort((text, customer, day, theme))  # texts are in order of time
    theme, text, day, customer = (column[order] for column in (theme, text, day, customer))
    pain = pain[order]
    begins = np.flatnonzero(np.append(True, changes(theme, day, customer))[: len(theme)])
    if len(begins):
        sizes = np.diff(np.append(begins, len(theme)))
        pain = np.add.reduceat(pain, begins) / sizes
    theme, at, customer = theme[begins], texts.at[text[begins]], customer[begins]
    product = texts.product.codes[text[begins]]
    is_new = newly(customer, at, opened)
    return {
        key: Heard(
            customer[rows],
            at[rows],
            pain[rows],
            is_new[rows],
            np.zeros(len(rows), np.bool_),
            *lasts[key],
            product[rows],
        )
        for key, rows in by_theme(theme, at)
    }


def leader_of(texts: Texts) -> Ints:
    return np.where(texts.leader == NONE, texts.id, texts.leader)


def first_of(*columns: Ints) -> Ints:
    """The rows that are the first of their kind, in order."""
    order = np.lexsort(columns[::-1])  # stable: of equals the first comes first
    is_first = np.append(True, changes(*(column[order] for column in columns)))[: len(order)]
    return np.sort(order[is_first])


def changes(*columns: Ints) -> Bools:
    """Between which neighbours any of the columns differs: (n - 1,)."""
    found = np.zeros(max(0, len(columns[0]) - 1), np.bool_)
    for column in columns:
        found |= column[1:] != column[:-1]
    return found


def latest(theme: Ints, customer: Ints, at: Ints) -> dict[int, tuple[Ints, Ints]]:
    """Theme id -> who spoke of it, and when they last did."""
    order = np.lexsort((at, customer, theme))
    theme, customer, at = theme[order], customer[order], at[order]
    ends = np.flatnonzero(np.append(changes(theme, customer), True)[: len(theme)])
    theme, customer, at = theme[ends], customer[ends], at[ends]
    return {key: (customer[rows], at[rows]) for key, rows in by_theme(theme, at)}


def by_theme(theme: Ints, at: Ints) -> Iterable[tuple[int, Ints]]:
    """Each theme with its rows, the earliest first."""
    order = np.lexsort((at, theme))
    keys, begins = np.unique(theme[order], return_index=True)
    return zip(keys.tolist(), np.split(order, begins[1:]), strict=True) if len(keys) else ()


def newly(customer: Ints, at: Ints, opened: Mapping[int, datetime]) -> Bools:
    """Whether the account was new then. Customers without one came by channels where nobody opens accounts."""
    keys = np.array(sorted(opened), np.int64)
    if not len(keys):
        return np.zeros(len(customer), np.bool_)
    moments = np.array([micros(opened[key]) for key in keys.tolist()], np.int64)
    place = np.minimum(np.searchsorted(keys, customer), len(keys) - 1)
    age = at - moments[place]
    return np.asarray((keys[place] == customer) & (age >= 0) & (age < NEW_FOR // timedelta(microseconds=1)))


def apart(heard: Mapping[int, Heard]) -> dict[int, Heard]:
    """The new accounts of each theme's bursts are marked."""
    suspects = {theme for theme, found in heard.items() if found.is_new.sum() >= BURST_LEAST}
    if not suspects:  # as on most days: nothing to compare with the others
        return dict(heard)
    counts = {theme: daily(found) for theme, found in heard.items()}
    everyone: dict[date, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for own in counts.values():
        for day, (total, new) in own.items():
            everyone[day] = (everyone[day][0] + total, everyone[day][1] + new)
    result = dict(heard)
    for theme in suspects:
        found = heard[theme]
        days = [(day - date(1970, 1, 1)).days for day in burst_days(counts[theme], everyone)]
        result[theme] = replace(found, in_burst=found.is_new & np.isin(found.at // DAY, days))
    return result


def daily(found: Heard) -> dict[date, tuple[int, int]]:
    """Day -> how many voices, and how many of them of new accounts."""
    days, row = np.unique(found.at // DAY, return_inverse=True)
    total, new = np.bincount(row, minlength=len(days)), np.bincount(row[found.is_new], minlength=len(days))
    return {date(1970, 1, 1) + timedelta(int(day)): (int(total[n]), int(new[n])) for n, day in enumerate(days)}


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
