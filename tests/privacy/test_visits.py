"""A visit is noted once a day, of those who consent, and never keeps a page waiting."""

import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.consents import set_consent
from community.db import db, writing
from community.models import Account, Interaction
from community.privacy import visits
from tests.conftest import NOW
from tests.factories import Factory, sign_in


@pytest.fixture
def person(make: Factory, session: Session) -> Account:
    account = make.account("Jane")
    set_consent(session, account, "visits", True, NOW)
    session.commit()
    return account


def noted(session: Session) -> list[tuple[int, str, str]]:
    session.rollback()
    rows = select(Interaction.customer_id, Interaction.channel, Interaction.reason).order_by(Interaction.id)
    found = session.execute(rows).tuples().all()
    session.rollback()
    return list(found)


def test_the_first_page_of_a_day_is_noted_and_no_other(client: FlaskClient, session: Session, person: Account) -> None:
    sign_in(client, person)
    for path in ("/questions", "/questions", "/ask"):
        assert client.get(path).status_code == 200
    session.rollback()
    number = session.get_one(Account, person.id).customer_id
    assert noted(session) == [(number, "forum", "visited")]


def test_another_browser_on_the_same_day_is_the_same_visit(
    app: Flask, client: FlaskClient, session: Session, person: Account
) -> None:
    for browser in (client, app.test_client()):
        sign_in(browser, person)
        browser.get("/questions")
    assert len(noted(session)) == 1


def test_the_next_day_is_another_visit(session: Session, person: Account) -> None:
    now = datetime.now(UTC)
    account_id = person.id
    session.rollback()
    for moment in (now, now + timedelta(minutes=0), now + timedelta(days=1)):
        assert visits.note(account_id, moment)
    assert len(noted(session)) == 2


def test_nothing_is_noted_without_consent(client: FlaskClient, session: Session, make: Factory) -> None:
    sign_in(client, make.account())
    client.get("/questions")
    assert noted(session) == []


def test_nothing_is_noted_of_strangers_programs_and_what_is_no_page(
    client: FlaskClient, session: Session, person: Account
) -> None:
    client.get("/questions")
    sign_in(client, person)
    for path in ("/static/js/page.js", "/questions/99", "/settings/privacy/export"):
        client.get(path)
    assert noted(session) == []


def test_after_the_first_page_of_a_day_a_page_writes_nothing(
    client: FlaskClient, session: Session, person: Account, statements: list[str]
) -> None:
    sign_in(client, person)
    client.get("/questions")
    del statements[:]
    client.get("/questions")
    assert statements
    assert not [one for one in statements if one.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert not [one for one in statements if "interaction" in one]


def test_withdrawing_in_one_browser_ends_it_in_all(client: FlaskClient, session: Session, person: Account) -> None:
    sign_in(client, person)
    client.get("/questions")
    client.post("/settings/privacy/consents/visits", data={"is_given": "0"})
    client.get("/questions")
    assert noted(session) == []
    assert visits.note(person.id, datetime.now(UTC)), "a page that was on its way notes nothing either"
    assert noted(session) == []


def test_a_busy_database_lets_the_page_go_and_the_next_one_notes_it(
    client: FlaskClient, session: Session, person: Account
) -> None:
    sign_in(client, person)
    session.rollback()
    account_id = person.id
    session.rollback()
    if db.engine.dialect.name == "sqlite":
        other = sqlite3.connect(db.engine.url.database or "", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        with writing():
            session.get_one(Account, account_id, with_for_update=True)
    started = time.monotonic()
    assert client.get("/questions").status_code == 200
    assert time.monotonic() - started < 2, "it does not wait for the writer"
    if db.engine.dialect.name == "sqlite":
        other.rollback()
        other.close()
    assert noted(session) == []
    client.get("/questions")
    assert len(noted(session)) == 1


def test_the_connection_waits_as_before_afterwards(app: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        return
    with visits.impatient() as own:
        assert own.connection().exec_driver_sql("PRAGMA busy_timeout").scalar() == visits.WAIT_MS
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == visits.BUSY_TIMEOUT_MS


def test_two_browsers_at_once_note_one_visit(app: Flask, session: Session, person: Account) -> None:
    account_id, now = person.id, datetime.now(UTC)
    session.rollback()
    ready = threading.Barrier(4)

    def come() -> None:
        with app.app_context():
            ready.wait(10)
            for _ in range(50):
                if visits.note(account_id, now):
                    return
                time.sleep(0.01)

    threads = [threading.Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(noted(session)) == 1


def test_staff_are_not_observed(client: FlaskClient, session: Session, make: Factory) -> None:
    agent = make.account("Agent", "agent")
    agent.may_observe = True  # as of somebody who was a customer before
    session.commit()
    sign_in(client, agent)
    client.get("/questions")
    assert noted(session) == []
