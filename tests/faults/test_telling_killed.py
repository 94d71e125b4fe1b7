"""Telling that is killed anywhere, or done by two workers at once, tells each person once. Two publish only once."""

import random
from collections import Counter
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Account, Outcome, Telling
from tests.factories import Factory
from tests.faults.processes import publish_outcome, started, tell_outcome
from tests.insights.making import make_theme, say
from tests.outcomes.making import again, done, drafted, heard, published

pytestmark = pytest.mark.fault
PEOPLE = 8  # in the forum, and as many by mail
TRIALS = 8


def raised(make: Factory, session: Session, people: int = PEOPLE) -> tuple[Outcome, Account]:
    manager, theme = make.account("Manager", "manager"), make_theme(session, "courier")
    for n in range(people):
        say(make, theme, f"The courier lost it {n}", by=make.account(f"Person {n}"))
        say(make, theme, f"The courier lost mine {n}", address=f"{n}@example.net")
    return published(session, theme, manager), manager


def each_once(session: Session, people: int = PEOPLE) -> None:
    news, mails, notices = heard(session)
    assert set(Counter(one.account_id for one in news).values()) == {1}
    assert (len(news), len(notices)) == (people, people)
    assert set(Counter(mail.to for mail in mails).values()) == {1}
    assert len(mails) == 2 * people
    assert session.scalar(select(func.count()).where(Telling.told_at.is_(None))) == 0


def test_killed_anywhere_each_person_is_told_once(
    app: Flask, make: Factory, session: Session, database_url: str, tmp_path: Path
) -> None:
    outcome, _manager = raised(make, session)
    key, chance = outcome.id, random.Random(11)
    session.rollback()
    deaths = 0
    for _trial in range(TRIALS):
        with started(tell_outcome, database_url, str(tmp_path), key, chance.randint(2, 70)) as child:
            child.hear()
            child.pipe.send("go")
            try:
                child.hear()
            except EOFError:
                deaths += child.end() == -9
        news, mails, notices = heard(session)
        assert len(mails) == len(news) + len(notices), "what a person hears and that they heard it go together"
    assert deaths >= 3
    again(session, session.get_one(Outcome, key))
    each_once(session)


def test_two_workers_that_tell_at_once_tell_each_person_once(
    app: Flask, make: Factory, session: Session, database_url: str, tmp_path: Path
) -> None:
    outcome, _manager = raised(make, session)
    key = outcome.id
    session.rollback()
    with (
        started(tell_outcome, database_url, str(tmp_path), key, 10**9) as first,
        started(tell_outcome, database_url, str(tmp_path), key, 10**9) as second,
    ):
        for child in (first, second):
            child.hear()
        for child in (first, second):
            child.pipe.send("go")
        told = [child.hear()[0] for child in (first, second)]
    assert sum(told) == 2 * PEOPLE
    each_once(session)


def test_two_managers_who_publish_at_once_publish_once(
    app: Flask, make: Factory, session: Session, database_url: str, tmp_path: Path
) -> None:
    manager, theme = make.account("Manager", "manager"), make_theme(session, "courier")
    say(make, theme, "The courier lost it", by=make.account())
    done(session, theme, manager)
    key, by = drafted(session, theme, manager).id, manager.id
    session.rollback()
    with (
        started(publish_outcome, database_url, str(tmp_path), key, by) as first,
        started(publish_outcome, database_url, str(tmp_path), key, by) as second,
    ):
        for child in (first, second):
            child.hear()
        for child in (first, second):
            child.pipe.send("go")
        assert sorted(child.hear() for child in (first, second)) == ["conflict", "published"]
    session.rollback()
    assert session.scalar(select(func.count(Telling.id))) == 1
