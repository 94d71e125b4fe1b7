"""The lists of themes on the first page of insights, for a period and a product: by impact, rising, new, praised.

Impact is that of `mining.impact`, of the voices of the period and the product; the trend in it is the theme's own, of
the last seven days and over all products, for a product's share of a week is too small to tell.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Theme
from mining import impact, weighing
from mining.columns import Bools, Floats, Ints, micros, pairs
from mining.counting import tallies
from mining.impact import kind
from mining.periods import EVERYTHING, Period, Population
from mining.voices import NOBODY
from mining.weighing import Listening
from mining.young import begun, candidates

MOST = 8  # of a list
LEAST_NEW = 5  # customers of a new theme
Row = dict[str, Any]


@dataclass(frozen=True)
class Weights:
    """For each theme by its id, of one period and product: customers who spoke of it, and the parts of impact."""

    customers: Ints
    heard: Ints  # of these, who counts
    negativity: Floats
    value: Floats


class Themes:
    """All that the lists of all periods and products are made of."""

    def __init__(self, session: Session, listening: Listening, periods: Sequence[Period], products: Sequence[str]):
        ignored = set(session.scalars(select(Theme.id).where(Theme.is_ignored)))
        self.listening, self.periods = listening, periods
        self.said = listening.corpus.without(ignored).said
        self.size = int(self.said.theme.max(initial=0)) + 1
        self.columns = voices(listening, ignored)
        self.filters = [(one, product) for one in periods for product in (EVERYTHING, *products)]
        self.weights = {(one.days, product): self.weighed(one, product) for one, product in self.filters}
        self.first = self.begun(session)
        self.trends: dict[int, tuple[float, Row]] = {}
        self.counts: dict[int, dict[tuple[int, str], int]] = {}

    def weighed(self, period: Period, product: str) -> Weights:
        texts = self.listening.corpus.texts
        at, code = texts.at[self.said.text], texts.product.codes[self.said.text]
        rows = self.within(at, code, period, product)
        customers = self.number(self.said.theme[rows], texts.customer[self.said.text[rows]])
        theme, customer, at, pain, code = self.columns
        rows = self.within(at, code, period, product)
        theme, customer, pain = theme[rows], customer[rows], pain[rows]
        often = np.bincount(theme, minlength=self.size)
        negativity = np.bincount(theme, pain, self.size) / np.maximum(often, 1)
        each, who = pairs(theme, customer)
        heard = np.bincount(each, minlength=self.size)
        value = np.bincount(each, self.listening.worth(who), self.size) / np.maximum(heard, 1)
        return Weights(customers, heard, negativity, value)

    def within(self, at: Ints, code: Ints, period: Period, product: str) -> Bools:
        rows = (at >= micros(period.start)) & (at < micros(period.end))
        return np.asarray(rows if product == EVERYTHING else rows & (code == self.code(product)), np.bool_)

    def code(self, product: str) -> int:
        words = list(self.listening.corpus.texts.product.words)
        return words.index(product) if product in words else -2

    def number(self, theme: Ints, customer: Ints) -> Ints:
        """Different customers of each theme."""
        return np.asarray(np.bincount(pairs(theme, customer)[0], minlength=self.size), np.int64)

    def begun(self, session: Session) -> dict[int, datetime]:
        """Theme id -> when people began to speak of it, of those that may have begun in the longest period."""
        corpus = type(self.listening.corpus)(self.listening.corpus.texts, self.said)
        return begun(session, candidates(corpus, min(one.start for one in self.periods)))

    def trend(self, theme: int) -> tuple[float, Row]:
        """The trend as a part of impact, and as a row."""
        if theme not in self.trends:
            heard = self.listening.themes.get(theme, NOBODY)
            expected, week = weighing.lately(self.listening, heard)
            factor = weighing.factor(expected, week, self.listening.least)
            self.trends[theme] = factor, weighing.trend_row(self.listening, expected, week)
        return self.trends[theme]

    def count(self, theme: int, days: int, product: str) -> int | None:
        """Customers, or None where that number may not be shown; what may be shown is decided once for a theme."""
        if theme not in self.counts:
            self.counts[theme] = self.counted(theme)
        return self.counts[theme].get((days, product))

    def counted(self, theme: int) -> dict[tuple[int, str], int]:
        texts, rows = self.listening.corpus.texts, self.said.text[self.said.theme == theme]
        nothing = np.zeros(len(rows), np.int64)
        own = Population(
            texts.at[rows], texts.product.of(rows), nothing, texts.customer[rows], self.periods, self.listening.least
        )
        found = {}
        for period, product in self.filters:
            cells = own.cells(period.start, period.end, product)
            size = int(self.weights[period.days, product].customers[theme])
            if size and own.shown.may_show(cells) and own.shown.may_count(cells, size):
                found[period.days, product] = size
        return found

    def kinds(self, period: Period) -> dict[int, str]:
        """What each theme is in a period, over all products."""
        corpus = type(self.listening.corpus)(self.listening.corpus.texts, self.said)
        return {theme: kind(tally) for theme, tally in tallies(corpus.between(period.start, period.end)).items()}


def voices(listening: Listening, ignored: Collection[int]) -> tuple[Ints, Ints, Ints, Floats, Ints]:
    """Those that count, of all themes: theme, customer, moment, pain and product, a row each."""
    own = [(key, heard, ~heard.in_burst) for key, heard in listening.themes.items() if key not in ignored]
    if not own:
        none = np.zeros(0, np.int64)
        return none, none, none, np.zeros(0), none
    return (
        np.concatenate([np.full(int(rows.sum()), key, np.int64) for key, _heard, rows in own]),
        np.concatenate([heard.customer[rows] for _key, heard, rows in own]),
        np.concatenate([heard.at[rows] for _key, heard, rows in own]),
        np.concatenate([heard.pain[rows] for _key, heard, rows in own]),
        np.concatenate([heard.product[rows] for _key, heard, rows in own]),
    )


def lists(themes: Themes, period: Period, product: str, kinds: Mapping[int, str]) -> dict[str, list[Row] | None]:
    """Each list, the foremost first. None for new themes while everything is new: nobody listened before the period."""
    weights = themes.weights[period.days, product]
    least = themes.listening.least
    found = [key for key in kinds if weights.customers[key] >= least]
    rows = [row_of(themes, weights, key) for key in found]
    by_impact = sorted(
        (row for row in rows if kinds[row["theme"]] == "problem" and row["heard"]), key=lambda row: -row["impact"]
    )
    by_customers = sorted(rows, key=lambda row: -row["customers"])
    rising = [row for row in rows if is_rising(row["week"])]
    rising.sort(key=lambda row: -row["week"]["now"] / max(row["week"]["expected"], 0.1))
    is_new = {key for key in found if key in themes.first and themes.first[key] >= period.start}
    knows_before = themes.listening.known_since <= period.start.date()
    return {
        "impact": shown(themes, by_impact, period, product),
        "rising": shown(themes, rising, period, product),
        "new": shown(themes, [row for row in by_customers if row["theme"] in is_new], period, product, LEAST_NEW)
        if knows_before
        else None,
        "praised": shown(themes, [row for row in by_customers if kinds[row["theme"]] == "praise"], period, product),
    }


def row_of(themes: Themes, weights: Weights, theme: int) -> Row:
    factor, week = themes.trend(theme)
    negativity, value = float(weights.negativity[theme]), float(weights.value[theme])
    heard = int(weights.heard[theme])
    if not weighing.enough(heard, themes.listening.least):
        negativity, value = impact.UNTOLD, 1.0
    return {
        "theme": theme, "customers": int(weights.customers[theme]), "heard": heard,
        "impact": round(heard * negativity * factor * value, 1), "negativity": round(negativity, 2),
        "trend": round(factor, 2), "value": round(value, 2), "week": week,
        "since": day(themes.first[theme]) if theme in themes.first else None,
    }  # fmt: skip


def day(moment: datetime) -> str:
    return date(moment.year, moment.month, moment.day).isoformat()


def is_rising(week: Row) -> bool:
    return week["now"] is not None and week["high"] is not None and week["now"] > week["high"]


def shown(themes: Themes, rows: Sequence[Row], period: Period, product: str, least: int = 0) -> list[Row]:
    """The first of them that may be shown."""
    found: list[Row] = []
    for row in rows:
        count = themes.count(row["theme"], period.days, product)
        if count is not None and count >= least:
            found.append(row)
        if len(found) == MOST:
            break
    return found
