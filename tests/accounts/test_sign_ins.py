"""A sign-in lives on the server: it ends with the sign-out, the new password, the ban, or its time, whatever cookie there is."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from community.accounts import queries, service
from community.accounts.service import Means
from community.models import Account, SignIn
from tests.accounts.signed import copied, is_signed_in
from tests.conftest import NOW
from tests.factories import PASSWORD, Factory, sign_in

NEW_PASSWORD = "another long password"
KEPT = Means("password", "", is_kept=True)


@pytest.fixture
def person(make: Factory) -> Account:
    return make.account("Person")


def stored(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(SignIn)) or 0


@pytest.mark.parametrize("remember", [{}, {"remember": "y"}])
def test_a_copied_cookie_is_worthless_after_the_sign_out(
    app: Flask, client: FlaskClient, session: Session, person: Account, remember: dict[str, str]
) -> None:
    client.post("/sign-in", data={"email": person.email, "password": PASSWORD} | remember)
    thief = copied(app, client)
    assert is_signed_in(client)
    assert is_signed_in(thief), "the copy works as long as the sign-in does"
    late = copied(app, client)
    assert client.post("/sign-out").status_code == 302
    assert not any(is_signed_in(one) for one in (client, thief, late))
    assert stored(session) == 0


def test_a_new_password_signs_out_all_other_browsers(
    app: Flask, client: FlaskClient, session: Session, person: Account
) -> None:
    other = app.test_client()
    sign_in(client, person)
    sign_in(other, person)
    thief = copied(app, client)
    words = {"password": PASSWORD, "new_password": NEW_PASSWORD, "new_password_confirm": NEW_PASSWORD}
    assert client.post("/password", data=words).status_code == 302
    assert is_signed_in(client)
    assert not is_signed_in(other)
    assert not is_signed_in(thief)
    assert stored(session) == 1
    fresh = app.test_client()
    assert fresh.post("/sign-in", data={"email": person.email, "password": PASSWORD}).status_code == 200
    assert fresh.post("/sign-in", data={"email": person.email, "password": NEW_PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    "words",
    [
        {"password": "wrong", "new_password": NEW_PASSWORD, "new_password_confirm": NEW_PASSWORD},
        {"password": PASSWORD, "new_password": NEW_PASSWORD, "new_password_confirm": "different"},
        {"password": PASSWORD, "new_password": "short", "new_password_confirm": "short"},
    ],
)
def test_a_password_is_not_changed_by_a_wrong_form(
    app: Flask, client: FlaskClient, person: Account, words: dict[str, str]
) -> None:
    sign_in(client, person)
    response = client.post("/password", data=words)
    assert response.status_code == 200
    assert 'class="field-error"' in response.get_data(as_text=True)
    sign_in(app.test_client(), person)


def test_a_ban_ends_the_sign_ins_at_once_and_allows_no_other(
    app: Flask, client: FlaskClient, session: Session, person: Account
) -> None:
    sign_in(client, person)
    session.rollback()
    service.suspend(session, person)
    session.commit()
    assert not is_signed_in(client)
    assert client.post("/ask", data={"title": "Still here?", "body": "Yes."}).status_code == 302
    assert app.test_client().post("/sign-in", data={"email": person.email, "password": PASSWORD}).status_code == 200
    assert stored(session) == 0


def test_an_expired_sign_in_is_an_ordinary_visitor(client: FlaskClient, session: Session, person: Account) -> None:
    sign_in(client, person)
    session.rollback()
    session.execute(update(SignIn).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    session.commit()
    assert not is_signed_in(client)
    assert client.get("/questions").status_code == 200
    assert "Sign in" in client.get("/questions").get_data(as_text=True)


def test_a_deleted_account_is_an_ordinary_visitor(client: FlaskClient, session: Session, person: Account) -> None:
    sign_in(client, person)
    session.rollback()
    session.delete(person)
    session.commit()
    assert not is_signed_in(client)
    assert client.get("/questions").status_code == 200


def test_a_role_taken_away_is_gone_at_the_next_request(client: FlaskClient, session: Session, make: Factory) -> None:
    agent, customer = make.account("Agent", "agent"), make.account()
    sign_in(client, agent)
    assert client.get("/inbox").status_code == 200
    session.rollback()
    agent.roles = customer.roles
    session.commit()
    assert client.get("/inbox").status_code == 404


def test_the_pages_hand_out_no_token_and_take_none(app: Flask, client: FlaskClient, person: Account) -> None:
    words = {"email": person.email, "password": PASSWORD}
    assert client.post("/sign-in?include_auth_token=1", json=words).status_code == 415
    signed = client.post("/sign-in?include_auth_token=1", data=words, headers={"Accept": "application/json"})
    assert "authentication_token" not in signed.get_data(as_text=True)
    with app.test_request_context():
        token = person.get_auth_token()
    other = app.test_client()
    for response in (
        other.get("/complaints", headers={"Authentication-Token": token}),
        other.get("/complaints", query_string={"auth_token": token}),
    ):
        assert response.status_code in {302, 401}
    assert person.name not in other.get("/", headers={"Authentication-Token": token}).get_data(as_text=True)


def test_the_server_keeps_no_token_that_could_be_used(session: Session, person: Account) -> None:
    token = service.open_sign_in(session, person, Means("password", "Browser " * 100, True), 30, NOW)
    row = session.scalars(select(SignIn)).one()
    assert token not in (row.token_hash, row.browser)
    assert len(row.browser) == 200
    assert row.expires_at == NOW + timedelta(days=30)


def test_a_sign_in_is_known_for_its_own_account_and_time_only(session: Session, make: Factory, person: Account) -> None:
    token = service.open_sign_in(session, person, KEPT, 30, NOW)
    assert queries.is_signed_in(session, person.id, token, NOW)
    assert not queries.is_signed_in(session, make.account().id, token, NOW)
    assert not queries.is_signed_in(session, person.id, token + "x", NOW)
    assert not queries.is_signed_in(session, person.id, "", NOW)
    assert not queries.is_signed_in(session, person.id, token, NOW + timedelta(days=30))


def test_old_sign_ins_are_swept_when_the_account_signs_in_again(session: Session, person: Account) -> None:
    service.open_sign_in(session, person, KEPT, 30, NOW)
    service.open_sign_in(session, person, KEPT, 30, NOW + timedelta(days=31))
    assert session.scalar(select(func.count()).select_from(SignIn)) == 1


@pytest.mark.parametrize("remember", [{}, {"remember": "y"}])
def test_the_cookie_is_kept_from_scripts_and_other_sites(
    client: FlaskClient, person: Account, remember: dict[str, str]
) -> None:
    response = client.post("/sign-in", data={"email": person.email, "password": PASSWORD} | remember)
    [cookie] = response.headers.getlist("Set-Cookie")
    assert cookie.startswith("session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert ("Expires=" in cookie) == bool(remember), "without the tick it goes with the browser"


@pytest.mark.parametrize(("remember", "days"), [({}, 1), ({"remember": "y"}, 30)])
def test_the_tick_says_how_long_one_stays_signed_in(
    client: FlaskClient, session: Session, person: Account, remember: dict[str, str], days: int
) -> None:
    client.post("/sign-in", data={"email": person.email, "password": PASSWORD} | remember)
    session.rollback()
    row = session.scalars(select(SignIn)).one()
    assert row.expires_at - row.created_at == timedelta(days=days)


@pytest.mark.parametrize(("remember", "days"), [({}, 1), ({"remember": "y"}, 30)])
def test_a_new_password_changes_nothing_about_how_long(
    client: FlaskClient, session: Session, person: Account, remember: dict[str, str], days: int
) -> None:
    client.post("/sign-in", data={"email": person.email, "password": PASSWORD} | remember)
    words = {"password": PASSWORD, "new_password": NEW_PASSWORD, "new_password_confirm": NEW_PASSWORD}
    response = client.post("/password", data=words)
    assert any("Expires=" in cookie for cookie in response.headers.getlist("Set-Cookie")) == bool(remember)
    session.rollback()
    row = session.scalars(select(SignIn)).one()
    assert row.expires_at - row.created_at == timedelta(days=days)


def test_a_sign_in_for_the_day_goes_on_while_it_is_used(client: FlaskClient, session: Session, person: Account) -> None:
    sign_in(client, person)
    session.rollback()
    now = datetime.now(UTC)
    earlier = now - timedelta(hours=20)
    session.execute(
        update(SignIn).values(created_at=earlier, last_seen_at=earlier, expires_at=now + timedelta(hours=4))
    )
    session.commit()
    assert is_signed_in(client)
    session.rollback()
    row = session.scalars(select(SignIn)).one()
    assert row.last_seen_at is not None
    assert row.last_seen_at >= now
    assert row.expires_at >= now + timedelta(hours=23)
    long_ago = now - timedelta(days=29, hours=23)
    session.execute(update(SignIn).values(created_at=long_ago, last_seen_at=earlier))
    session.commit()
    assert is_signed_in(client)
    session.rollback()
    row = session.scalars(select(SignIn)).one()
    assert row.expires_at == long_ago + timedelta(days=30), "but not for ever"


class TestBehindHttps:
    @pytest.fixture
    def settings(self) -> dict[str, object]:
        return {"SESSION_COOKIE_SECURE": True}

    def test_the_cookie_never_travels_in_the_clear(self, client: FlaskClient, person: Account) -> None:
        response = client.post(
            "/sign-in", data={"email": person.email, "password": PASSWORD}, base_url="https://localhost"
        )
        assert all("; Secure" in cookie for cookie in response.headers.getlist("Set-Cookie"))


class TestWithRealHashes:
    @pytest.fixture
    def settings(self) -> dict[str, object]:
        return {"SECURITY_PASSWORD_HASH": "argon2", "SECURITY_PASSWORD_SINGLE_HASH": []}

    def test_a_password_is_kept_as_an_argon2_hash(self, client: FlaskClient, session: Session) -> None:
        words = {"name": "Joiner", "email": "joiner@example.org", "password": PASSWORD}
        assert client.post("/join", data=words).status_code == 302
        kept = session.scalars(select(Account.password)).one() or ""
        assert kept.startswith("$argon2id$")
        assert PASSWORD not in kept
