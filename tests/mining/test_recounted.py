"""Intervals and trends of the report, worked out again from plain rows in plain Python, by leaving out and by drawing."""

import math
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from statistics import fmean, variance
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student
from sqlalchemy import select

from community.models import Answer, Question
from mining.change import SEED
from mining.reports import content_of
from mining.units import Units
from tests.conftest import NOW
from tests.mining.generated import Community, all_pages, moment, rows
from tests.mining.test_overview import PRODUCTS, UNITS, questions, texts

Units_ = dict[int, tuple[float, float]]  # customer -> what they add above and below the line
ROUNDS = 400
DIGITS = {"count": 0, "points": 1, "rate": 1, "share": 4, "hours": 2}


def ratio(own: Units_, without: int | None = None) -> float:
    above = sum(pair[0] for key, pair in own.items() if key != without)
    below = sum(pair[1] for key, pair in own.items() if key != without)
    return above / below if below else 0.0


def left_out(now: Units_, before: Units_, ends: tuple[float, float] | None = None) -> tuple[float, float]:
    """The interval around the difference of two ratios: each customer is left out once, of both periods."""
    difference = ratio(now) - ratio(before)
    if ends:
        for own, names in ((now, (-2, -1)), (before, (-4, -3))):
            size = fmean(pair[1] for pair in own.values()) if own else 1.0
            own.update({name: (end * size, size) for name, end in zip(names, ends, strict=True)})
    everybody = now.keys() | before.keys()
    whole = ratio(now) - ratio(before)
    moved = [whole - (ratio(now, one) - ratio(before, one)) for one in everybody]
    return reach(difference, sum(each**2 for each in moved) * (len(moved) - 1) / len(moved), len(moved))


def added(now: Units_, before: Units_) -> tuple[float, float]:
    """The interval around the difference of two sums: each customer comes by themselves."""
    moved = [now.get(one, (0, 0))[0] - before.get(one, (0, 0))[0] for one in now.keys() | before.keys()]
    return reach(sum(moved), sum(each**2 for each in moved), len(moved))


def reach(difference: float, spread: float, units: int) -> tuple[float, float]:
    far = student.ppf(0.975, max(1, units - 1)) * math.sqrt(spread)
    return difference - far, difference + far


def by_customer(said: list[tuple[int, float]], once: bool = False) -> Units_:
    """What each adds above the line; below it each text counts, or each customer once."""
    above, below = Counter[int](), Counter[int]()
    for customer, value in said:
        above[customer] += value  # type: ignore[assignment]
        below[customer] += 1
    return {key: (above[key], 1 if once else below[key]) for key in below}


def intervals(
    now: tuple[list[Any], list[dict[str, Any]]], old: tuple[list[Any], list[dict[str, Any]]]
) -> dict[str, tuple[float, float]]:
    """By the name of the figure, of its texts and questions in both periods."""
    signs = {"positive": 1, "negative": -1}

    def both(pick: Any, place: int, once: bool = False) -> tuple[Units_, Units_]:
        return tuple(by_customer([pick(row) for row in part[place]], once) for part in (now, old))  # type: ignore[return-value]

    one_each = tuple({row[0]: (1.0, 1.0) for row in part[0]} for part in (now, old))
    found = {
        "texts": added(*both(lambda row: (row[0], 1), 0)),
        "customers": added(*one_each),
        "net_sentiment": left_out(*both(lambda row: (row[0], signs.get(row[1], 0)), 0), (-1, 1)),
        "problems": left_out(*both(lambda row: (row[0], row[2] == "problem"), 0, once=True)),
        "unsolved": left_out(*both(lambda row: (row["customer"], row["unsolved"]), 1), (0, 1)),
        "self_service": left_out(*both(lambda row: (row["customer"], row["by_member"]), 1), (0, 1)),
    }
    scale = {"net_sentiment": 100, "problems": 1000}
    return {name: (low * scale.get(name, 1), high * scale.get(name, 1)) for name, (low, high) in found.items()}


def test_every_interval_can_be_worked_out_again(units: Units, community: Community) -> None:
    checked = Counter[str]()
    for (days, product), content in all_pages(units, least=1).items():
        if days > 90 or product not in ("", PRODUCTS[1]):
            continue
        length = timedelta(days=days)
        now, old = (
            (texts(units, *time, product), questions(units, *time, product))
            for time in ((NOW - length, NOW), (NOW - 2 * length, NOW - length))
        )
        wanted = intervals(now, old)
        for name, (low, high) in wanted.items():
            figure = content["figures"][name]
            if "difference" in figure:
                near = 10 ** -DIGITS[UNITS[name]]
                assert figure["low"] == pytest.approx(low, abs=near), (days, product, name)
                assert figure["high"] == pytest.approx(high, abs=near), (days, product, name)
                checked[name] += 1
    assert set(checked) == set(wanted)
    assert sum(checked.values()) >= 20, "or this test says little"


def weighed(asked: list[dict[str, Any]], share: float, times: dict[int, int]) -> float:
    """When a share of the questions is answered, each counted as often as its customer was drawn; infinite: not in sight."""
    left = 1.0
    for hours in sorted({one["hours"] for one in asked if one["is_over"]}):
        at_risk = sum(times[one["customer"]] for one in asked if one["hours"] >= hours)
        over = sum(times[one["customer"]] for one in asked if one["hours"] == hours and one["is_over"])
        left *= 1 - over / at_risk if at_risk else 1
        if 1 - left >= share - 1e-9:
            return hours
    return math.inf


def test_the_interval_of_a_wait_can_be_drawn_again(units: Units, community: Community) -> None:
    answer_all(community)
    told = 0
    for (days, product), content in all_pages(units, least=1).items():
        if days != 90 or product:
            continue
        length = timedelta(days=days)
        now, old = (questions(units, *time, "") for time in ((NOW - length, NOW), (NOW - 2 * length, NOW - length)))
        people = sorted({one["customer"] for one in now + old})
        draws = np.random.default_rng(SEED).multinomial(len(people), [1 / len(people)] * len(people), ROUNDS)
        for name, share in (("answer_half", 0.5), ("answer_most", 0.9)):
            if "difference" in content["figures"][name]:
                low, high = drawn(now, old, share, [dict(zip(people, draw, strict=True)) for draw in draws.tolist()])
                assert content["figures"][name]["low"] == pytest.approx(low, abs=0.01)
                assert content["figures"][name]["high"] == pytest.approx(high, abs=0.01)
                told += 1
    assert told, "or this test says nothing"


def answer_all(community: Community) -> None:
    """Or half of them wait for ever, and no interval has an end."""
    for question in community.session.scalars(select(Question).order_by(Question.id)):
        at = question.created_at + timedelta(hours=1 + 40 * community.random.random())
        if at < NOW:
            given = {"question_id": question.id, "author_id": community.staff[0].id, "body": "!", "created_at": at}
            community.session.add(Answer(score=1, is_reply=False, **given))
    community.session.commit()


def drawn(
    now: list[dict[str, Any]], old: list[dict[str, Any]], share: float, draws: list[dict[int, int]]
) -> tuple[float, float]:
    found = []
    for times in draws:
        ours, theirs = weighed(now, share, times), weighed(old, share, times)
        found.append(math.inf if ours == theirs == math.inf else ours - theirs)
    found.sort()
    return found[10], found[389]


def spoke(units: Units) -> dict[int, set[tuple[date, int]]]:
    """Theme id -> day and customer, once each. Nobody's account is new here, and no text repeats another."""
    found: dict[int, set[tuple[date, int]]] = defaultdict(set)
    for theme, customer, at in rows(
        units,
        "SELECT t.theme_id, v.customer_id, v.said_at FROM mention m JOIN verbatim v ON v.id = m.verbatim_id"
        " JOIN topic t ON t.id = m.topic_id",
    ):
        if moment(at) < NOW:
            found[theme].add((moment(at).date(), customer))
    return found


def usual_week(told: set[tuple[date, int]], first: date, known: date, least: int) -> tuple[float, float, float] | None:
    """What was to be expected of seven days, and between which numbers."""
    weeks = min(8, (first - known).days // 7)
    past = {one for one in told if one[0] < first}
    per_day = Counter(day for day, _customer in past) if len({who for _day, who in past}) >= least else Counter[date]()
    table = [[per_day[first - timedelta(7 * back - n)] for n in range(7)] for back in range(weeks, 0, -1)]
    if weeks < 3:
        return None
    if weeks >= 5:
        table.remove(min(table, key=sum))
        table.reverse()
        table.remove(max(table, key=sum))  # of equals the last
    level = fmean(count for week in table for count in week)
    usual = [(sum(week[n] for week in table) + 5) / (len(table) * level + 5) for n in range(7)]
    means = [7 * level * share / sum(usual) for share in usual]
    days = fmean((week[n] - means[n]) ** 2 for week in table for n in range(7)) / max(fmean(means), 0.1)
    spread = max(1.0, days, variance(map(sum, table)) / max(sum(means), 0.7))
    far = 2 * math.sqrt(max(0.5, spread * sum(means) * (1 + 1 / len(table))))
    return sum(means), max(0.0, sum(means) - far), sum(means) + far


@pytest.mark.parametrize("least", [1, 5])
def test_every_trend_can_be_worked_out_again(units: Units, community: Community, least: int) -> None:
    content = units.read(lambda session: content_of(session, NOW - timedelta(days=30), NOW, least))
    told, checked = spoke(units), 0
    known = min(moment(row[0]) for row in rows(units, "SELECT said_at FROM verbatim")).date()
    first = NOW.date() - timedelta(days=7)
    listened: datetime = NOW - timedelta(weeks=13)
    for key, theme in content["themes"].items():
        own = {one for one in told[int(key)] if one[0] >= listened.date()}
        lately = [who for day, who in own if first <= day < NOW.date()]
        trend = theme["trend"]
        is_shown = not lately or len(set(lately)) >= least
        assert trend["now"] == (len(lately) if is_shown else None), key
        wanted = usual_week(own, first, known, least)
        assert wanted is not None
        for name, value in zip(("expected", "low", "high"), wanted, strict=True):
            assert trend[name] == pytest.approx(value, abs=0.051), (key, name)
        growth = theme["parts"]["trend"]
        assert growth > 0
        checked += 1
    assert checked == len(content["themes"]) > 2
