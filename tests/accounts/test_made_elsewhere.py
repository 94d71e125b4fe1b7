"""Accounts that nobody made on the page: by a command, by an import, by the demo."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.exchange import demo_community
from community.exchange.authors import Author, accounts_of
from community.models import Account
from tests.conftest import NOW

PASSWORD = "a long test password"


def test_who_is_made_by_a_command_signs_in_at_once(app: Flask, client: FlaskClient, session: Session) -> None:
    made = ("accounts", "create", "ann@example.org", "--name", "Ann Ö", "--password", PASSWORD)
    assert app.test_cli_runner().invoke(args=list(made)).exit_code == 0
    assert client.post("/sign-in", data={"email": "ann@example.org", "password": PASSWORD}).status_code == 302
    account = session.scalars(select(Account)).one()
    assert (account.handle, account.may_profile) == ("ann-ö", False), "a consent is their own"


def test_imported_members_have_handles_and_cannot_sign_in(session: Session) -> None:
    authors = [Author(f"dump:{n}", "Jon Skeet" if n % 2 else f"user{n}", NOW - timedelta(days=n)) for n in range(9)]
    accounts, new = accounts_of(session, authors, NOW)
    assert new == 9
    handles = [account.handle for account in accounts.values()]
    assert len(set(handles)) == 9
    assert {"jon-skeet", "jon-skeet-2", "user0"} <= set(handles)
    assert all(account.may_profile and account.confirmed_at and not account.active for account in accounts.values())
    _again, more = accounts_of(session, [*authors, Author("dump:10", "Jon Skeet", NOW)], NOW)
    assert more == 1
    assert "jon-skeet-5" in session.scalars(select(Account.handle)).all()


def test_people_of_the_demo_sign_in_and_are_found_by_their_names(client: FlaskClient, session: Session) -> None:
    demo_community.load(session, NOW, hash_password(PASSWORD))
    session.commit()
    mira = session.scalars(select(Account).where(Account.email == "mira@example.org")).one()
    assert (mira.handle, mira.may_profile) == ("mira-solberg", True)
    staff = [account for account in session.scalars(select(Account)) if account.is_staff]
    assert staff
    assert not any(account.may_profile for account in staff)
    session.rollback()
    assert client.post("/sign-in", data={"email": "mira@example.org", "password": PASSWORD}).status_code == 302
