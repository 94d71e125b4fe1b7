"""Loyalty and searches of the first page, worked out again from plain rows by the words of `community.metrics`."""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from statistics import fmean, variance
from typing import Any

import pytest
from scipy.stats import t as student
from sqlalchemy import text
from sqlalchemy.orm import Session

from community.models import SearchDay
from mining import loyalty
from mining.units import Units
from tests.conftest import NOW
from tests.mining.crowded import Crowd, consenting, texts
from tests.mining.generated import all_pages
from tests.mining.test_recounted import left_out

PRODUCTS = ("", "clock", "lamp", "radio")
PERIODS = (7, 30, 90, 365)
Days = dict[int, dict[str, list[int]]]  # how long ago -> product -> the loyalty of each of its customers
KEPT = (11, 29, 31, 32, 34, 93)  # days ago: none near enough to seven days, and one after a month began
BEGAN = {7: None, 30: 31, 90: 93, 365: None}


def write(crowd: Crowd) -> None:
    """Of the radio speak all but three; of the lamp few; of the clock long ago, or lately."""
    clock, lamp, radio = crowd.products
    for number in range(len(crowd.people)):
        for product, chance, since in ((clock, 0.5, 200), (lamp, 0.2, 150), (radio, 0.93, 40), (None, 0.3, 200)):
            for ago in (crowd.random.uniform(0, since), *((105.0,) if product is radio else ())):
                if crowd.random.random() < chance:
                    told = crowd.say(number, NOW - timedelta(days=ago), *((0, "other"),) * (number % 3 > 0))
                    told.product_id = product and product.id
    for ago in (90, 0):  # on the edges: one counts, one does not
        crowd.say(2 + bool(ago), NOW - timedelta(days=ago), (0, "other")).product_id = lamp.id
    crowd.take_away(NOW - timedelta(days=1), (0, "other"))


def keep(units: Units, ago: int, random: Random) -> dict[str, list[int]]:
    """Let everybody's mind and some consents change, have the day kept, and note what it should tell."""
    now = NOW - timedelta(days=ago)

    def change(session: Session) -> None:
        for key in [row[0] for row in session.execute(text("SELECT customer_id FROM profile"))]:
            session.execute(text(f"UPDATE profile SET loyalty = {random.randint(0, 100)} WHERE customer_id = {key}"))
            if random.random() < 0.03:
                session.execute(text(f"UPDATE customer SET is_profiled = NOT is_profiled WHERE id = {key}"))

    units.write(change)
    today = units.read(lambda session: loyalty.day_of(session, now))
    units.write(lambda session: loyalty.keep(session, today, now))
    people, found = consenting(units), {}
    wrote = [(one.customer, one.product) for one in texts(units) if now - timedelta(days=90) <= one.at < now]
    for product in PRODUCTS:
        own = {who for who, what in wrote if what == product} if product else set(people)
        found[product] = [people[one].loyalty for one in own if one in people]
    return found


def is_told(of_day: Mapping[str, list[int]], product: str, least: int) -> bool:
    size, rest = len(of_day[product]), len(of_day[""]) - len(of_day[product])
    return size >= max(2, least) and (rest == 0 or rest >= least)


def moved(now: list[int], then: list[int]) -> tuple[float, float, float]:
    """By how much the mean did, and the ends of the interval, from the spread on both days."""
    far = student.ppf(0.975, min(len(now), len(then)) - 1)
    far *= math.sqrt(sum(variance(own) / len(own) for own in (now, then)))
    difference = fmean(now) - fmean(then)
    return difference, difference - far, difference + far


@pytest.mark.parametrize(("least", "last"), [(1, 0), (5, 0), (5, 2)])
def test_loyalty_and_its_movement_can_be_worked_out_again(
    units: Units, session: Session, least: int, last: int
) -> None:
    crowd = Crowd(session, 45, seed=least)
    write(crowd)
    session.commit()
    kept = {ago: keep(units, ago, crowd.random) for ago in sorted({*KEPT, last, last + 1}, reverse=True)}
    seen = set()
    for (days, product), content in all_pages(units, least).items():
        figure, now, then = content["figures"]["loyalty"], kept[last], kept.get(BEGAN[days] or -1)
        if not is_told(now, product, least):
            assert figure == {"is_hidden": True}, (days, product)
            seen.add("hidden")
            continue
        assert figure["customers"] == len(now[product]), (days, product)
        assert figure["value"] == pytest.approx(fmean(now[product]), abs=0.051)
        if then is None or not is_told(then, product, least):
            assert figure["before"] is None, (days, product)
            assert "difference" not in figure
            seen.add("not compared")
            continue
        assert figure["before"] == pytest.approx(fmean(then[product]), abs=0.051), (days, product)
        for name, value in zip(("difference", "low", "high"), moved(now[product], then[product]), strict=True):
            assert figure[name] == pytest.approx(value, abs=0.051), (days, product, name)
        seen.add("compared")
    assert seen == {"compared", "not compared"} | ({"hidden"} if least > 1 else set()), "or this test says little"


def searched(units: Units, busy: int) -> dict[date, tuple[int, int, int]]:
    """Two years of days, of which each `busy`th has people enough: people, searches, those that ended on a solved question."""
    random, found = Random(busy), {}
    for ago in range(800):
        if ago in (0, 7, 14, 30, 60, 90) or random.random() < 0.6:
            is_busy = busy == 1 or (ago % busy == 0 and not 29 < ago < 60)
            people = random.randint(5, 30) if is_busy else random.randint(1, 4)
            searches = people + random.randint(0, 40)
            found[NOW.date() - timedelta(days=ago)] = (people, searches, random.randint(0, searches))
    rows = [SearchDay(day=day, people=row[0], searches=row[1], solved=row[2]) for day, row in found.items()]
    units.write(lambda session: session.add_all(rows))
    return found


def of_days(known: dict[date, Any], days: int, back: int) -> dict[date, Any]:
    """The days of a period of so many days, or of the one before; that on which it began belongs to the one before it."""
    last = NOW.date() - timedelta(days=days * back)
    return {day: row for day, row in known.items() if last - timedelta(days=days) < day <= last}


@pytest.mark.parametrize("busy", [1, 17])
def test_searches_that_ended_on_a_solved_question_can_be_worked_out_again(
    units: Units, session: Session, busy: int
) -> None:
    Crowd(session, 2, seed=1).say(0, datetime.combine(NOW.date() - timedelta(days=800), time(), UTC), (0, "problem"))
    session.commit()
    known, shown, hidden = searched(units, busy), [], 0
    for (days, product), content in all_pages(units, least=5).items():
        if product:
            assert "searches" not in content["figures"], "nobody searches by product"
            continue
        figure, now, old = content["figures"]["searches"], of_days(known, days, 0), of_days(known, days, 1)
        if figure == {"is_hidden": True}:
            hidden += 1
            continue
        share, before = (
            sum(row[2] for row in part.values()) / sum(row[1] for row in part.values()) for part in (now, old)
        )
        assert figure["value"] == pytest.approx(share, abs=0.00006), days
        assert figure["searches"] == sum(row[1] for row in now.values())
        assert figure["customers"] is None
        shown.append(now)
        if figure["before"] is not None:
            units_ = tuple({day.toordinal(): (row[2], row[1]) for day, row in part.items()} for part in (now, old))
            low, high = left_out(*units_, ends=(0, 1))  # type: ignore[arg-type]
            wanted = {"before": before, "difference": share - before, "low": low, "high": high}
            for name, value in wanted.items():
                assert figure[name] == pytest.approx(value, abs=0.00011), (days, name)
            shown.append(old)
    assert (len(shown), hidden) == (8, 0) if busy == 1 else hidden and len(shown) > 1
    for one in shown:
        assert max(row[0] for row in one.values()) >= 5
        for other in shown:
            rest = [one[day][0] for day in one.keys() - other.keys()] if other.keys() <= one.keys() else []
            assert not rest or max(rest) >= 5, "a period less another would be few people's"
