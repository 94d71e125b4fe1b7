"""What the first page of insights shows, for each period and product: computed with the report, so that a page reads a row.

The short periods are made of what the report has read anyway. The long ones need a year and the year before: they are
renewed once a day, and with every report only while the community is small.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

import config
from community.metrics import LONG, SHORT
from community.models import Overview, Product, Verbatim
from mining import asked, listing, loyalty, searched
from mining.columns import Texts
from mining.figures import (
    Allowed,
    Lines,
    allowed,
    of_questions,
    of_texts,
    population_of_texts,
)
from mining.periods import EVERYTHING, Period, Population
from mining.units import Units, alone
from mining.weighing import Listening, keep_days, listen

SMALL = 5_000  # texts: so many take a second; 20,000 about 20 products take ten, for what may be shown is looked at together
MOST_PRODUCTS = 50
STEPS_TELL = 0.8  # of a period's texts
Made = dict[tuple[int, str], dict[str, Any]]


def made(session: Session, listening: Listening, days: Sequence[int] = SHORT) -> Made:
    """(Length of the period, product's slug or EVERYTHING) -> content; `days` in the order of SHORT and LONG."""
    least, end = listening.least, listening.end
    periods = [Period(one, end) for one in days]
    products = [EVERYTHING, *session.scalars(select(Product.slug).order_by(Product.slug).limit(MOST_PRODUCTS))]
    figures = Figures(session, listening, periods, products)
    themes = listing.Themes(session, listening, periods, products[1:])
    found: Made = {}
    for period in periods:
        kinds = themes.kinds(period)
        for product in products:
            found[period.days, product] = {
                "least": least, "knows_before": figures.knows_before(period), "figures": figures.of(period, product),
                "chart": figures.charts[period.days, product],
                "lists": listing.lists(themes, period, product, kinds),
            }  # fmt: skip
    return found


class Figures:
    """All that the figures and charts are made of, and what of it may be shown, asked for in one order."""

    def __init__(self, session: Session, listening: Listening, periods: Sequence[Period], products: Sequence[str]):
        self.texts, self.least, self.known_since = listening.corpus.texts, listening.least, listening.known_since
        since = min(one.before for one in periods)
        self.asked = asked.read(session, since, listening.end)
        today = listening.end.astimezone(UTC).date()
        latest = loyalty.latest(session, today)
        self.loyalty = latest, loyalty.history(session, periods, today)
        self.searched = searched.figures(searched.days(session, since), periods, self.least)
        self.population = population_of_texts(self.texts, periods, self.least)
        self.may: dict[tuple[int, str], tuple[Allowed, ...]] = {}
        self.charts: dict[tuple[int, str], dict[str, Any] | None] = {}
        for group in (SHORT, LONG):  # the long ones after all of the short ones, since these are also computed alone
            self.ask([one for one in periods if one.days in group], products)

    def ask(self, periods: Sequence[Period], products: Sequence[str]) -> None:
        """Ask what may be shown, what matters most first: the longest of usual use, all before each, then charts."""
        everything, each = products[:1], products[1:]
        first, others = periods[:1], periods[1:]
        for step, some, own in (
            (self.ask_for_sums, periods, everything), (self.ask_for_problems, first, everything),
            (self.ask_for_sums, first, each), (self.ask_for_chart, first, everything),
            (self.ask_for_problems, others, everything), (self.ask_for_sums, others, each),
            (self.ask_for_chart, others, everything), (self.ask_for_problems, periods, each),
            (self.ask_for_chart, periods, each),
        ):  # fmt: skip
            for one in some:
                for product in own:
                    step(one, product)

    def ask_for_sums(self, one: Period, product: str) -> None:
        times = (one.start, one.end), (one.before, one.start)
        self.may[one.days, product] = tuple(allowed(self.population, self.texts, *time, product) for time in times)

    def ask_for_problems(self, one: Period, product: str) -> None:
        times, own = ((one.start, one.end), (one.before, one.start)), self.population
        for may, time in zip(self.may[one.days, product], times, strict=True):
            may.problems = may.sums and own.shown.may_show(own.cells(*time, product, (1,)))

    def ask_for_chart(self, one: Period, product: str) -> None:
        self.charts[one.days, product] = chart(self.population, self.texts, one, product, self.least)

    def knows_before(self, period: Period) -> bool:
        """Whether anybody listened when the period before began."""
        return self.known_since <= period.before.date()

    def of(self, period: Period, product: str) -> dict[str, Any]:
        key, knows = (period.days, product), self.knows_before(period)
        now, history = self.loyalty
        found = of_texts(self.texts, period, product, self.may[key], knows)
        found |= of_questions(self.asked, period, product, knows, self.least)
        found["loyalty"] = loyalty.figure(now, history.get(period.days), product, self.least)
        return found if product else found | {"searches": self.searched[period.days]}


def chart(population: Population, texts: Texts, period: Period, product: str, least: int) -> dict[str, Any] | None:
    """Texts and net sentiment of each day or week, None where they may not be shown; no chart when most may not."""
    choices = (days for days in period.step_choices if tells(texts, period, product, days, least))
    step_days = next(choices, None)
    if step_days is None:
        return None
    steps = []
    for day, start, end in period.steps(step_days):
        is_shown = population.shown.may_show(population.cells(start, end, product))
        lines = Lines.of(texts, start, end, product)
        net = round(100 * float(lines.mood.mean()), 1) if len(lines) else None
        steps.append(
            {"day": day.isoformat(), "texts": len(lines) if is_shown else None, "net": net if is_shown else None}
        )
    return {"step_days": step_days, "steps": steps}


def tells(texts: Texts, period: Period, product: str, step_days: int, least: int) -> bool:
    """Whether the steps of enough customers tell most of it."""
    lines = [Lines.of(texts, start, end, product) for _day, start, end in period.steps(step_days)]
    told = sum(len(one) for one in lines if one.people >= least)
    return told > 0 and told >= STEPS_TELL * sum(map(len, lines))


def store(session: Session, found: Made, now: datetime) -> None:
    """In place of what was stored of these periods."""
    alone(session, "overview")
    days = sorted({key[0] for key in found})
    session.execute(delete(Overview).where(Overview.days.in_(days)))
    for (length, product), content in found.items():
        period = Period(length, now)
        session.add(
            Overview(
                days=length, product=product, starts_at=period.start, ends_at=now, computed_at=now, content=content
            )
        )


def renew_long(units: Units, now: datetime) -> bool:
    """Compute all periods, the long ones too, and how loyal customers are today; whether it was time to."""
    if not units.read(lambda session: is_time(session, now)):
        return False
    today = units.read(lambda session: loyalty.day_of(session, now))
    units.write(lambda session: loyalty.keep(session, today, now))
    least = config.settings()["K_ANONYMITY"]
    keep_days_of_all(units, now)
    found = units.read(lambda session: all_periods(session, now, least))
    units.write(lambda session: store(session, found, now))
    return True


def keep_days_of_all(units: Units, now: datetime) -> int:
    """Keep the days of the longest period and the one before it; how many were new or changed."""
    return keep_days(units, Period(max(LONG), now).start, now)


def all_periods(session: Session, now: datetime, least: int) -> Made:
    return made(session, listen(session, Period(max(LONG), now).start, now, least), (*SHORT, *LONG))


def is_time(session: Session, now: datetime) -> bool:
    """Once a day; always while there is little to read."""
    done = session.scalar(select(func.min(Overview.computed_at)).where(Overview.days.in_(LONG)))
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if done is None or done < midnight:
        return True
    few = select(Verbatim.id).where(Verbatim.said_at >= Period(max(LONG), now).before).limit(SMALL + 1).subquery()
    return (session.scalar(select(func.count()).select_from(few)) or 0) <= SMALL
