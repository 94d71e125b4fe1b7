"""Posting more, copying a text and opening accounts make no theme heavier; a burst is marked and sinks."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.models import Account, Customer, Theme, Topic
from mining.reports import content_of
from mining.units import Units
from mining.voices import Heard, Voice, apart, heard
from mining.weighing import Listening, factor, lately, ranked, trend_row
from tests.conftest import NOW
from tests.factories import Factory
from tests.insights.making import make_theme
from tests.insights.making import say as say_in

START = NOW - timedelta(days=30)


def told(number: int) -> str:
    """A text that shares little with that of any other number."""
    words = random.Random(number)
    return " ".join("".join(words.choices("abcdefghiklmnoprstuw", k=7)) for _ in range(8))


def member(make: Factory, name: str, opened: datetime) -> Account:
    account = make.account(name)
    account.created_at = opened
    make.session.commit()
    return account


def say(make: Factory, theme: Theme, text: str, by: Account, at: datetime, **more: Any) -> None:
    say_in(make, theme, text, by=by, at=at, **more)


def listened(units: Units) -> Any:
    return units.read(lambda session: heard(session, START, NOW))


def test_one_persons_many_posts_count_once_a_day(make: Factory, session: Session, units: Units) -> None:
    theme, loud = make_theme(session), member(make, "Loud", NOW - timedelta(days=300))
    for number in range(6):
        say(make, theme, told(number), loud, NOW - timedelta(days=3 + number // 3), score=-1.0 if number == 0 else 0.0)
    found = listened(units)[theme.id]
    assert len(found.voices) == 2
    assert found.customers == {loud.customer_id}
    assert sorted(one.pain for one in found.voices) == pytest.approx([0, 1 / 3])


def test_nearly_the_same_text_counts_once_a_day_whoever_posts_it(make: Factory, session: Session, units: Units) -> None:
    theme = make_theme(session)
    people = [member(make, f"Copy {n}", NOW - timedelta(days=300)) for n in range(8)]
    for number, person in enumerate(people):
        say(make, theme, f"Battery empty after {number} hours, refund my money!", person, NOW - timedelta(days=3))
    say(make, theme, "Battery empty after 9 hours, refund my money!", people[0], NOW - timedelta(days=2))
    found = listened(units)[theme.id]
    assert len(found.voices) == 2
    assert found.customers == {people[0].customer_id}
    assert set(found.said_by.tolist()) == {person.customer_id for person in people}, "they all said it"


def test_different_words_of_different_people_all_count(make: Factory, session: Session, units: Units) -> None:
    theme = make_theme(session)
    for number in range(12):
        say(
            make,
            theme,
            told(number),
            member(make, f"Person {number}", NOW - timedelta(days=300)),
            NOW - timedelta(days=3),
        )
    assert len(listened(units)[theme.id].customers) == 12


def burst_and_ordinary(make: Factory, session: Session, newcomers: int) -> tuple[Theme, Theme]:
    """A theme of as many new accounts, all in a rage in two days; and one of 20 ordinary customers, mildly negative."""
    raid, calm = make_theme(session, "raid"), make_theme(session, "calm")
    for number in range(newcomers):
        opened = NOW - timedelta(days=3, hours=number % 9)
        person = member(make, f"New {number}", opened)
        say(make, raid, told(number), person, NOW - timedelta(days=1, hours=number % 30), score=-1.0)
    session.execute(Customer.__table__.update().values(value="high"))
    for number in range(20):
        person = member(make, f"Old {number}", NOW - timedelta(days=200))
        say(make, calm, told(number + 100), person, NOW - timedelta(days=1 + number), score=-0.05)
    session.commit()
    return raid, calm


def test_a_burst_of_new_accounts_is_marked_and_outranks_no_theme_of_twenty_ordinary_customers(
    make: Factory, session: Session, units: Units
) -> None:
    raid, calm = burst_and_ordinary(make, session, 40)
    for number in range(4):  # a few ordinary ones join in
        person = member(make, f"Joins {number}", NOW - timedelta(days=100))
        say(make, raid, told(number + 200), person, NOW - timedelta(days=1), score=-1.0)
    content = units.read(lambda session: content_of(session, START, NOW, 5))
    marked, other = (content["themes"][str(theme.id)] for theme in (raid, calm))
    assert marked["burst"] == 40
    assert other["burst"] == 0
    assert marked["parts"]["customers"] == 4
    assert content["ranked"]["problem"] == [calm.id, raid.id]
    assert marked["impact"] > other["impact"], "it is the rule that sinks it"


def test_new_accounts_are_no_burst_where_everybody_is_new(make: Factory, session: Session, units: Units) -> None:
    themes = [make_theme(session, name) for name in ("one", "two")]
    for number in range(20):
        person = member(make, f"New {number}", NOW - timedelta(days=3))
        say(make, themes[number % 2], told(number), person, NOW - timedelta(days=1))
    assert all(not found.burst for found in listened(units).values())


def test_customers_without_an_account_are_not_new(make: Factory, session: Session, units: Units) -> None:
    outage, other = make_theme(session, "outage"), make_theme(session, "other")
    for number in range(12):
        say_in(make, outage, told(number), at=NOW - timedelta(days=1))
    for number in range(6):
        say(
            make,
            other,
            told(number + 50),
            member(make, f"Old {number}", NOW - timedelta(days=99)),
            NOW - timedelta(days=1),
        )
    assert len(listened(units)[outage.id].customers) == 12


def voices(days: Sequence[int], is_new: bool, first: int = 0) -> Heard:
    return Heard.of([Voice(first + n, NOW - timedelta(days=day), 1.0, is_new) for n, day in enumerate(days)])


def test_new_accounts_spread_over_weeks_are_no_burst_and_those_of_three_days_are() -> None:
    ordinary = voices([1, 2, 5, 9, 14, 20, 25], False, 500)
    assert not apart({1: voices([1, 7, 13, 19, 25], True), 2: ordinary})[1].burst
    assert len(apart({1: voices([1, 2, 2, 3, 3, 3], True), 2: ordinary})[1].burst) == 6


def test_without_other_themes_nothing_is_marked() -> None:
    assert not apart({1: voices([1, 1, 1, 1, 1, 1], True)})[1].burst


def test_a_marked_theme_that_many_ordinary_customers_share_keeps_its_place() -> None:
    def entry(key: int, customers: int, impact: float, burst: int) -> dict[str, Any]:
        parts = {"customers": customers, "trend": 1.0}
        return {"id": key, "kind": "problem", "impact": impact, "burst": burst, "parts": parts}

    rows = [entry(1, 25, 50.0, 9), entry(2, 20, 1.0, 0), entry(3, 8, 9.0, 9), entry(4, 6, 3.0, 0), entry(5, 7, 0.5, 0)]
    assert ranked(rows, "problem", 9) == [1, 4, 2, 3, 5]


def test_topics_of_one_theme_are_heard_together(make: Factory, session: Session, units: Units) -> None:
    theme, other = make_theme(session), make_theme(session, "other")
    person = member(make, "Person", NOW - timedelta(days=99))
    say(make, theme, told(1), person, NOW - timedelta(days=1))
    say(make, other, told(2), person, NOW - timedelta(days=1))
    session.execute(Topic.__table__.update().values(theme_id=theme.id))
    session.commit()
    assert len(listened(units)[theme.id].voices) == 1
    assert session.scalars(select(Theme)).all()


def test_one_who_speaks_every_day_of_a_week_is_not_told_as_seven() -> None:
    end = NOW.replace(hour=0, minute=0)
    before = [Voice(n, end - timedelta(days=10 + 7 * n), 0.5, False) for n in range(6)]
    own = [Voice(1, end - timedelta(days=1 + n, hours=-1), 0.5, False) for n in range(7)]
    listening = Listening(None, {}, {}, (end - timedelta(days=90)).date(), START, end, 5)  # type: ignore[arg-type]
    expected, week = lately(listening, Heard.of([*before, *own]))
    assert expected is not None
    assert trend_row(listening, expected, week)["now"] is None
    assert factor(expected, week, 5) == 1
    others = [Voice(n, end - timedelta(days=2), 0.5, False) for n in range(2, 6)]
    expected, week = lately(listening, Heard.of([*before, *own, *others]))
    assert trend_row(listening, expected, week)["now"] == 11
    assert expected is not None
    assert factor(expected, week, 5) > 1


def test_what_few_who_count_feel_and_are_worth_is_not_told(make: Factory, session: Session, units: Units) -> None:
    def weighed(score: float, value: str) -> dict[str, Any]:
        theme = make_theme(session, f"battery {score} {value}")
        for number in range(6):
            person = member(make, f"Copy {number} {value}", NOW - timedelta(days=300))
            text = f"{value} battery empty, refund my money at once!"
            say(make, theme, text, person, NOW - timedelta(days=3), score=score if number == 0 else -0.5)
            session.execute(update(Customer).where(Customer.id == person.customer_id).values(value=value))
        session.commit()
        content = units.read(lambda session: content_of(session, START, NOW, 5))
        return {name: content["themes"][str(theme.id)][name] for name in ("parts", "impact")}

    angry, mild = weighed(-1.0, "high"), weighed(-0.4, "low")
    assert angry == mild
    assert (angry["parts"]["customers"], angry["parts"]["negativity"], angry["parts"]["value"]) == (1, None, None)
