"""The figures of the first page of insights, by the names of `community.metrics`: pure functions of columns.

Each is compared with the period before. What may not be shown is marked hidden and has no number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from mining.asked import Asked
from mining.change import Change, Sums, Waits, of_percentile, of_ratio, of_total
from mining.columns import FEELINGS, Bools, Floats, Ints, Texts, distinct, micros
from mining.labels import INTENTS
from mining.periods import EVERYTHING, Period, Population

HOUR = 3_600_000_000  # microseconds
PROBLEM, POSITIVE, NEGATIVE = INTENTS.index("problem"), FEELINGS.index("positive"), FEELINGS.index("negative")
HIDDEN = {"is_hidden": True}
DIGITS = {"count": 0, "points": 1, "rate": 1, "share": 4, "hours": 2, "loyalty": 1}
Entry = dict[str, Any]


def entry(
    value: float | None, unit: str, people: int | None, before: float | None = None, change: Change | None = None
) -> Entry:
    """A figure as it is stored: rounded as its unit is written, its people, and the period before if it is known."""
    digits = DIGITS[unit]
    found: Entry = {
        "value": None if value is None else round(value, digits), "customers": people,
        "before": None if before is None else round(before, digits),
    }  # fmt: skip
    return found | (change.as_dict(digits) if change else {})


@dataclass(frozen=True)
class Lines:
    """The texts of a time and product that were read."""

    customer: Ints
    sentiment: Ints
    intent: Ints

    @classmethod
    def of(cls, texts: Texts, start: datetime, end: datetime, product: str) -> "Lines":
        rows = rows_of(texts, start, end, product)
        return cls(texts.customer[rows], texts.sentiment[rows], texts.intent[rows])

    @property
    def mood(self) -> Floats:
        signs = (self.sentiment == POSITIVE).astype(np.float64) - (self.sentiment == NEGATIVE)
        return np.asarray(signs, np.float64)

    @property
    def people(self) -> int:
        return len(distinct(self.customer))

    def __len__(self) -> int:
        return len(self.customer)


def rows_of(texts: Texts, start: datetime, end: datetime, product: str) -> Ints:
    """The rows of a time and product, of texts that were read; texts are in order of time."""
    first, last = np.searchsorted(texts.at, [micros(start), micros(end)]).tolist()
    rows = np.arange(first, last)
    chosen = ~np.isnan(texts.score[rows])
    if product != EVERYTHING:
        words = list(texts.product.words)
        chosen &= texts.product.codes[rows] == (words.index(product) if product in words else -2)
    return rows[chosen]


@dataclass
class Allowed:
    """What may be shown of a time and product: sums, numbers of customers, problems."""

    sums: bool = False
    people: bool = False
    problems: bool = False


def allowed(population: Population, texts: Texts, start: datetime, end: datetime, product: str) -> Allowed:
    """Asks for it, and so counts it as shown where it may be; problems are asked for later."""
    cells = population.cells(start, end, product)
    sums = population.shown.may_show(cells)
    people = Lines.of(texts, start, end, product).people
    return Allowed(sums, sums and population.shown.may_count(cells, people))


def population_of_texts(texts: Texts, periods: Iterable[Period], least: int) -> Population:
    """Those that were read, marked by whether they tell of a problem."""
    read = np.flatnonzero(~np.isnan(texts.score))
    is_problem = (texts.intent[read] == PROBLEM).astype(np.int64)
    return Population(
        texts.at[read], texts.product.of(read), is_problem, texts.customer[read], list(periods), least
    )  # fmt: skip


def of_texts(texts: Texts, period: Period, product: str, may: tuple[Allowed, ...], knows_before: bool) -> Entry:
    """Texts, customers, net sentiment and problems; `may` is of now and before."""
    now, old = (
        Lines.of(texts, *times, product) for times in ((period.start, period.end), (period.before, period.start))
    )
    if not may[0].sums:
        return dict.fromkeys(("texts", "customers", "net_sentiment", "problems"), HIDDEN)
    compares = knows_before and may[1].sums
    size = now.people if may[0].people else None
    found: Entry = {}
    volume, before = (Sums.of(one.customer, np.ones(len(one))) for one in (now, old))
    found["texts"] = entry(len(now), "count", size, *compared(compares, len(old), of_total(volume, before)))
    mood, before = (Sums.of(one.customer, one.mood) for one in (now, old))
    is_there = compares and len(old) > 0
    change = of_ratio(mood, before, (-1.0, 1.0))
    found["net_sentiment"] = entry(
        100 * mood.ratio if len(now) else None,
        "points",
        size,
        *compared(is_there, 100 * before.ratio, times(change, 100)),
    )
    found["customers"] = found["problems"] = HIDDEN
    if may[0].people:
        both = compares and may[1].people
        everyone, others = (Sums.of(distinct(one.customer), np.ones(one.people)) for one in (now, old))
        found["customers"] = entry(now.people, "count", size, *compared(both, old.people, of_total(everyone, others)))
        if may[0].problems:
            found["problems"] = problems(now, old, both and may[1].problems and old.people > 0)
    return found


def problems(now: Lines, old: Lines, compares: bool) -> Entry:
    """Texts that tell of a problem for each 1,000 customers: each customer counts one below the line."""
    own = [Sums.of(one.customer, one.intent == PROBLEM) for one in (now, old)]
    each = [Sums(one.unit, one.above, np.ones(len(one.unit))) for one in own]
    value, before = (1000 * one.ratio for one in each)
    change = times(of_ratio(each[0], each[1]), 1000)
    return entry(value if len(now) else None, "rate", now.people, *compared(compares, before, change))


def compared(is_known: bool, before: float, change: Change | None) -> tuple[float | None, Change | None]:
    return (before, change) if is_known else (None, None)


def times(change: Change, factor: float) -> Change:
    return Change(change.difference * factor, change.low * factor, change.high * factor)


# Questions. Their state is that at the end of the period: what was solved later is unsolved in it. They are public,
# solved or not, so nothing is to be worked out of them; still there are no figures of fewer than `least` people.


def asked_in(asked: Asked, start: datetime, end: datetime, product: str) -> Bools:
    words = list(asked.product.words)
    is_then = (asked.at >= micros(start)) & (asked.at < micros(end))
    if product == EVERYTHING:
        return np.asarray(is_then, np.bool_)
    is_of_product = asked.product.codes == (words.index(product) if product in words else -2)
    return np.asarray(is_then & is_of_product, np.bool_)


def of_questions(asked: Asked, period: Period, product: str, knows_before: bool, least: int) -> Entry:
    """Unsolved, solved by members, and how long a first useful answer took; None where nobody asked."""
    names = ("unsolved", "self_service", "answer_half", "answer_most")
    now, old = (
        asked.of(asked_in(asked, *times, product))
        for times in ((period.start, period.end), (period.before, period.start))
    )
    people = len(distinct(now.customer))
    if people < least:
        return dict.fromkeys(names, HIDDEN) if people else {name: entry(None, "share", 0) for name in names}
    compares = knows_before and len(distinct(old.customer)) >= least
    ends = micros(period.end), micros(period.start)
    ours, theirs = (shares(one, end) for one, end in zip((now, old), ends, strict=True))
    found: Entry = {}
    for name in ours:
        change = of_ratio(ours[name], theirs[name], (0.0, 1.0))
        found[name] = entry(ours[name].ratio, "share", people, *compared(compares, theirs[name].ratio, change))
    waits, before = (waits_of(one, end) for one, end in zip((now, old), ends, strict=True))
    for name, share in (("answer_half", 0.5), ("answer_most", 0.9)):
        found[name] = answered(share, waits, before if compares else None, people)
        found[name] |= {"waiting": int((~waits.is_over).sum()), "questions": len(now)}
    return found


def shares(asked: Asked, end: int) -> dict[str, Sums]:
    """By customer, of their questions: those unsolved at the end, and those solved by then by a member."""
    return {
        "unsolved": Sums.of(asked.customer, asked.solved >= end),
        "self_service": Sums.of(asked.customer, (asked.solved < end) & asked.by_member),
    }


def waits_of(asked: Asked, end: int) -> Waits:
    is_over = asked.useful < end
    return Waits(asked.customer, (np.minimum(asked.useful, end) - asked.at) / HOUR, is_over)


def answered(share: float, now: Waits, before: Waits | None, people: int) -> Entry:
    change = of_percentile(share, now, before) if before else None
    return entry(now.percentile(share), "hours", people, before.percentile(share) if before else None, change)
