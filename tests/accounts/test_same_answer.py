"""Whether an address has an account is nobody's business: the same answer, and the same time."""

import re
import statistics
import time
from collections.abc import Callable
from functools import cache

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from community.models import Account, Mail
from tests.accounts.mails import newest_mail
from tests.factories import PASSWORD, Factory

KNOWN, UNCONFIRMED, SUSPENDED, UNKNOWN = (
    "known@example.org",
    "waiting@example.org",
    "gone@example.org",
    "no@example.org",
)
JOIN = {"name": "Somebody", "password": PASSWORD}


@pytest.fixture
def settings() -> dict[str, object]:
    """Real hashes, for they are what takes the time."""
    return {
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_SINGLE_HASH": [],
        "SECURITY_HASHING_SCHEMES": ["hex_sha256"],
    }


@cache
def hashed() -> str:
    """Of the one password that they all have: a hash takes longer than most tests."""
    return str(hash_password(PASSWORD))


@pytest.fixture(autouse=True)
def people(client: FlaskClient, make: Factory, session: Session) -> None:
    for email in (KNOWN, UNCONFIRMED, SUSPENDED):
        account = make.account()
        account.email, account.password = email, hashed()
        account.active = email != SUSPENDED
        account.confirmed_at = None if email == UNCONFIRMED else account.confirmed_at
    session.commit()


def told(response: TestResponse, client: FlaskClient, email: str) -> tuple[int, str, str]:
    """Status, target and words of the page, without the address itself and what differs from page to page."""
    page = client.get(response.location) if response.status_code == 302 else response
    text = page.get_data(as_text=True).partition("<main")[2].replace(email, "ADDRESS")
    return response.status_code, response.location or "", re.sub(r'value="[\w.-]{40,}"', "", text)


def answers(app: Flask, path: str, emails: tuple[str, ...], **more: str) -> set[tuple[int, str, str]]:
    found = set()
    for email in emails:
        client = app.test_client()
        found.add(told(client.post(path, data={"email": email} | more), client, email))
    return found


EVERYBODY = (KNOWN, UNCONFIRMED, SUSPENDED, UNKNOWN, KNOWN.upper())


def test_a_wrong_password_gets_one_answer(app: Flask) -> None:
    assert len(answers(app, "/sign-in", EVERYBODY[:4], password="not this one")) == 1


@pytest.mark.parametrize("path", ["/reset", "/confirm"])
def test_who_asks_for_a_mail_gets_one_answer_and_every_address_one_mail(
    app: Flask, session: Session, path: str
) -> None:
    assert len(answers(app, path, EVERYBODY[:4])) == 1
    session.rollback()
    assert [mail.to for mail in session.query(Mail).order_by(Mail.id)] == list(EVERYBODY[:4])
    subjects = {mail.to: mail.subject for mail in session.query(Mail)}
    assert subjects[SUSPENDED] == subjects[UNKNOWN] != subjects[KNOWN]


def test_who_joins_gets_one_answer(app: Flask, session: Session) -> None:
    assert len(answers(app, "/join", EVERYBODY[:4], **JOIN)) == 1
    session.rollback()
    assert session.query(Account).count() == 4
    assert {mail.to for mail in session.query(Mail)} == set(EVERYBODY[:4])


def test_a_passkey_is_asked_for_in_one_way_whoever_is_named(app: Flask) -> None:
    options = set()
    for email in EVERYBODY:
        client = app.test_client()
        page = client.post("/sign-in/passkey", data={"identity": email, "email": email}).get_data(as_text=True)
        found = re.search(r'data-options="([^"]+)"', page)
        assert found
        options.add(re.sub(r"challenge&#34;: &#34;[\w-]+", "", found[1]))
    assert len(options) == 1
    assert "allowCredentials&#34;: []" in options.pop()


def seconds(work: Callable[[], object]) -> float:
    """Of the processor: what else runs on the machine does not count, and both answers write as much."""
    began = time.process_time()
    work()
    return time.process_time() - began


@pytest.mark.one_database  # hashing takes the time, and that the answers are the same is shown on both
@pytest.mark.parametrize(
    ("path", "more", "fresh"),
    [
        ("/sign-in", {"password": "not this one"}, UNKNOWN),
        ("/reset", {}, UNKNOWN),
        ("/confirm", {}, UNKNOWN),
        ("/join", JOIN, "new{}@example.org"),
    ],
)
def test_known_and_unknown_addresses_take_the_same_time(
    app: Flask, path: str, more: dict[str, str], fresh: str
) -> None:
    """Medians of interleaved tries. A hash more or less would be a factor of two and more for the sign-in."""
    client = app.test_client()
    times: dict[str, list[float]] = {KNOWN: [], fresh: []}
    for n in range(16):
        for email in times if n % 2 else reversed(list(times)):
            data = {"email": email.format(n)} | more
            taken = seconds(lambda data=data: client.post(path, data=data))  # type: ignore[misc]
            if n >= 4:  # the first are slower: templates are read
                times[email].append(taken)
    known, unknown = (statistics.median(values) for values in times.values())
    print(f"{path}: known {known * 1000:.1f} ms, unknown {unknown * 1000:.1f} ms, ratio {known / unknown:.3f}")
    assert 1 / 1.25 < known / unknown < 1.25


def test_a_suspended_person_who_knows_the_password_is_told(app: Flask) -> None:
    client = app.test_client()
    page = client.post("/sign-in", data={"email": SUSPENDED, "password": PASSWORD}).get_data(as_text=True)
    assert "This account is suspended" in page
    assert "is wrong" not in page


def test_an_unknown_address_learns_by_mail_that_it_has_no_account(app: Flask, session: Session) -> None:
    app.test_client().post("/reset", data={"email": UNKNOWN})
    mail = newest_mail(session)
    assert "no account with this address" in mail.text
    assert mail.account_id is None
