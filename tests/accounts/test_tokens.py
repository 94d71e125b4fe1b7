"""Tokens of programs: shown once, kept as hashes, taken back at any time."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.accounts import service
from community.errors import Invalid, NotFound
from community.models import Account, ApiToken
from community.tokens import account_of_token, hashed
from tests.accounts.mails import newest_mail
from tests.conftest import NOW
from tests.factories import Factory, sign_in


@pytest.fixture
def person(make: Factory) -> Account:
    return make.account("Person")


def made_on_the_page(client: FlaskClient, **more: str) -> str:
    page = client.post("/settings/tokens", data={"name": "My script", "days": "30"} | more).get_data(as_text=True)
    found = re.search(r'class="token">([^<]+)<', page)
    assert found, page
    return found[1]


def test_a_token_is_shown_once_and_kept_as_a_hash(client: FlaskClient, session: Session, person: Account) -> None:
    sign_in(client, person)
    text = made_on_the_page(client)
    assert text.startswith("earshot_")
    for path in ("/settings/tokens", "/settings/security"):
        page = client.get(path).get_data(as_text=True)
        assert "My script" in page
        assert text not in page
    session.rollback()
    row = session.scalars(select(ApiToken)).one()
    assert (row.token_hash, row.may_write) == (hashed(text), False)
    assert row.expires_at is not None
    assert row.expires_at - row.created_at == timedelta(days=30)
    assert "a token for programs was made" in newest_mail(session).text
    assert text not in newest_mail(session).text


def test_a_token_speaks_for_its_account_until_it_is_revoked(
    client: FlaskClient, session: Session, person: Account
) -> None:
    sign_in(client, person)
    text = made_on_the_page(client, may_write="y")
    session.rollback()
    found = account_of_token(session, text, NOW)
    assert found is not None
    assert (found[0].id, found[1].may_write) == (person.id, True)
    row_id = found[1].id
    session.rollback()
    assert client.post(f"/settings/tokens/{row_id}/revocation").status_code == 302
    session.rollback()
    assert account_of_token(session, text, NOW) is None


def test_an_expired_token_and_one_of_a_suspended_account_speak_for_nobody(session: Session, person: Account) -> None:
    row, text = service.make_token(session, person, "x", False, 30, NOW)
    endless, for_ever = service.make_token(session, person, "y", False, None, NOW)
    assert endless.expires_at is None
    assert account_of_token(session, text, NOW + timedelta(days=29)) is not None
    assert account_of_token(session, text, NOW + timedelta(days=30)) is None
    assert account_of_token(session, for_ever, NOW + timedelta(days=9_000)) is not None
    person.active = False
    session.flush()
    assert account_of_token(session, for_ever, NOW) is None
    assert account_of_token(session, row.token_hash, NOW) is None, "the hash is no token"


def test_a_token_needs_a_name_and_there_are_not_too_many(session: Session, person: Account) -> None:
    for name in ("", "  ", "\u200b"):
        with pytest.raises(Invalid):
            service.make_token(session, person, name, False, None, NOW)
    for n in range(service.MOST_TOKENS):
        service.make_token(session, person, f"script {n}", False, None, NOW)
    with pytest.raises(Invalid):
        service.make_token(session, person, "one more", False, None, NOW)


def test_nobody_revokes_the_token_of_another(session: Session, make: Factory, person: Account) -> None:
    row, text = service.make_token(session, person, "x", False, None, NOW)
    with pytest.raises(NotFound):
        service.revoke_token(session, row.id, make.account())
    assert account_of_token(session, text, NOW) is not None


def test_a_token_without_a_name_is_asked_for_again(client: FlaskClient, session: Session, person: Account) -> None:
    sign_in(client, person)
    page = client.post("/settings/tokens", data={"name": "", "days": "30"}).get_data(as_text=True)
    assert 'class="field-error"' in page
    assert client.post("/settings/tokens", data={"name": "x", "days": "31"}).status_code == 200
    session.rollback()
    assert session.query(ApiToken).count() == 0


def test_the_page_is_for_those_who_are_signed_in(client: FlaskClient) -> None:
    assert client.get("/settings/tokens").location == "/sign-in?next=/settings/tokens"
