"""Searches that end on a solved question are counted by day, of those who consent, and name nobody."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.consents import set_consent
from community.models import Account, Question, SearchDay
from community.questions import service as questions
from tests.conftest import NOW
from tests.factories import Factory, sign_in

RESULTS = {"Referer": "http://localhost/search?q=reset"}


@pytest.fixture
def person(make: Factory, session: Session) -> Account:
    account = make.account("Jane")
    set_consent(session, account, "visits", True, NOW)
    session.commit()
    return account


@pytest.fixture
def solved(make: Factory, session: Session) -> Question:
    asked = make.question()
    questions.accept(session, asked, make.answer(asked), session.get_one(Account, asked.author_id), NOW)
    session.commit()
    return asked


def counted(session: Session) -> list[tuple[int, int, int]]:
    """People, searches, solved, a row a day."""
    session.rollback()
    found = [(row.people, row.searches, row.solved) for row in session.scalars(select(SearchDay))]
    session.rollback()
    return found


def test_a_search_with_its_refinements_that_leads_to_a_solved_question_counts_once(
    client: FlaskClient, session: Session, person: Account, solved: Question
) -> None:
    path = f"/questions/{solved.id}"
    sign_in(client, person)
    client.get("/search?q=reset")
    client.get("/search?q=reset+it", headers=RESULTS)
    assert counted(session) == [(1, 1, 0)]
    client.get(path, headers=RESULTS)
    client.get(path, headers=RESULTS)
    assert counted(session) == [(1, 1, 1)], "the second time nothing was searched for"
    client.get("/search?q=hangs")
    client.get(path)
    assert counted(session) == [(1, 2, 1)], "not from the results"
    assert session.scalars(select(SearchDay.day)).one() == datetime.now(UTC).date()


def test_an_unsolved_question_ends_no_search(
    client: FlaskClient, session: Session, make: Factory, person: Account, solved: Question
) -> None:
    paths = [f"/questions/{make.question().id}", f"/questions/{solved.id}"]
    sign_in(client, person)
    client.get("/search?q=reset")
    client.get(paths[0], headers=RESULTS)
    assert counted(session) == [(1, 1, 0)]
    client.get(paths[1], headers=RESULTS)
    assert counted(session) == [(1, 1, 1)]


def test_strangers_those_without_consent_and_staff_are_not_counted(
    client: FlaskClient, session: Session, make: Factory, solved: Question
) -> None:
    plain, agent = make.account("Plain"), make.account("Agent", "agent")
    agent.may_observe = True  # as of before they worked here
    path = f"/questions/{solved.id}"
    session.commit()
    for account in (None, plain, agent):
        browser = client.application.test_client()
        if account:
            sign_in(browser, account)
        browser.get("/search?q=reset")
        browser.get(path, headers=RESULTS)
    assert counted(session) == []
