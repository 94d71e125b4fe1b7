"""The periods of the first page and what may be shown of them: time cut into parts, parts and products into base cells.

One population is everything of one kind with its moments, products and customers: texts, or questions. What may be
shown is decided in one order, the shortest of the usual periods first, so that it does not depend on which of them are
computed now.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from community.anonymity import Shown
from mining.columns import Coded, Ints, micros, pairs

EVERYTHING = ""  # in place of a product
WEEK = 7  # days of a step of a long period's chart
DAYS_AT_MOST = 30  # of a chart of days


@dataclass(frozen=True)
class Period:
    """So many days up to `end`, and as many before them."""

    days: int
    end: datetime

    @property
    def start(self) -> datetime:
        return self.end - timedelta(self.days)

    @property
    def before(self) -> datetime:
        return self.start - timedelta(self.days)

    @property
    def step_choices(self) -> tuple[int, ...]:
        """Days of a step of its charts, the finest first."""
        return (1,) if self.days <= WEEK else (1, WEEK) if self.days <= DAYS_AT_MOST else (WEEK,)

    def steps(self, step_days: int) -> list[tuple[date, datetime, datetime]]:
        """The steps of a chart, days or weeks in UTC of which the last ends with today: first day, start and end."""
        after = self.end.astimezone(UTC).date() + timedelta(1)
        days = [after - timedelta(back * step_days) for back in range(self.days // step_days, -1, -1)]
        moments = [datetime.combine(day, datetime.min.time(), UTC) for day in days]
        moments[-1] = self.end
        return [(days[n], moments[n], moments[n + 1]) for n in range(len(days) - 1)]


class Population:
    """What may be shown of it, cell by cell: a part of time, a product's code, and a mark of the caller's."""

    def __init__(
        self, at: Ints, product: Coded, mark: Ints, customer: Ints, periods: Sequence[Period], least: int
    ) -> None:
        moments = {moment for one in periods for moment in (one.before, one.start, one.end)}
        moments |= {
            moment
            for one in periods
            for choice in one.step_choices
            for _day, start, end in one.steps(choice)
            for moment in (start, end)
        }
        self.bounds = np.array(sorted(map(micros, moments)), np.int64)
        self.products = {word: code for code, word in enumerate(product.words)}
        part = np.searchsorted(self.bounds, at, "right")
        self.codes, self.marks = len(product.words) + 1, int(mark.max(initial=0)) + 1
        self.shown = Shown(
            self.cut((part * self.codes + product.codes + 1) * self.marks + mark, customer, least), least
        )

    def cut(self, key: Ints, customer: Ints, least: int) -> dict[tuple[int, int, int], list[int]]:
        """Each cell with `least` of its customers at most."""
        keys, people = pairs(key, customer)
        cells, begins = np.unique(keys, return_index=True)
        self.by_product: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        found = {}
        ends = np.append(begins[1:], len(keys))[: len(cells)]
        for number, begin, end in zip(cells.tolist(), begins.tolist(), ends.tolist(), strict=True):
            rest, mark = divmod(number, self.marks)
            part, code = divmod(rest, self.codes)
            found[part, code - 1, mark] = people[begin : min(end, begin + least)].tolist()
            self.by_product[code - 1].append((part, code - 1, mark))
        return found

    def cells(
        self, start: datetime, end: datetime, product: str = EVERYTHING, marks: Iterable[int] | None = None
    ) -> list[tuple[int, int, int]]:
        """The base cells of a time and a product, or of all."""
        first, last = np.searchsorted(self.bounds, [micros(start), micros(end)], "right").tolist()
        codes = self.by_product if product == EVERYTHING else [self.products.get(product, -2)]
        chosen = None if marks is None else set(marks)
        return [
            cell
            for code in codes
            for cell in self.by_product.get(code, ())
            if first <= cell[0] < last and (chosen is None or cell[2] in chosen)
        ]
