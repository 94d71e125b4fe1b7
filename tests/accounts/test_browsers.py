"""The list of browsers in which one is signed in: named in plain words, signed out one by one or all at once."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Account, SignIn
from tests.accounts.signed import copied, is_signed_in
from tests.factories import PASSWORD, Factory, sign_in


@pytest.fixture
def person(make: Factory) -> Account:
    return make.account("Person")


def test_signing_out_of_one_browser_leaves_the_other_signed_in(
    app: Flask, client: FlaskClient, person: Account
) -> None:
    other = app.test_client()
    sign_in(client, person)
    sign_in(other, person)
    client.post("/sign-out")
    assert is_signed_in(other)
    assert not is_signed_in(client)


def test_a_browser_is_noted_once_an_hour_only(client: FlaskClient, session: Session, person: Account) -> None:
    sign_in(client, person)
    session.rollback()
    before = session.scalars(select(SignIn)).one().last_seen_at
    session.rollback()
    assert is_signed_in(client)
    assert session.scalars(select(SignIn)).one().last_seen_at == before


def test_another_browser_is_signed_out_from_the_list(
    app: Flask, client: FlaskClient, session: Session, person: Account
) -> None:
    other, stranger = app.test_client(), app.test_client()
    sign_in(client, person)
    sign_in(other, person)
    thief = copied(app, other)
    session.rollback()
    _mine, theirs = session.scalars(select(SignIn.id).order_by(SignIn.id)).all()
    session.rollback()
    assert stranger.post(f"/settings/sign-ins/{theirs}/end").status_code == 302
    assert is_signed_in(other)
    assert client.post(f"/settings/sign-ins/{theirs}/end").status_code == 302
    assert not any(is_signed_in(one) for one in (other, thief))
    assert is_signed_in(client)


def test_nobody_signs_out_somebody_elses_browser(
    app: Flask, client: FlaskClient, session: Session, make: Factory, person: Account
) -> None:
    sign_in(client, person)
    session.rollback()
    [row_id] = session.scalars(select(SignIn.id)).all()
    session.rollback()
    other = app.test_client()
    sign_in(other, make.account())
    assert other.post(f"/settings/sign-ins/{row_id}/end").status_code == 404
    assert other.post("/settings/sign-ins/end").status_code == 302
    assert is_signed_in(client)


def test_all_other_browsers_are_signed_out_at_once(app: Flask, client: FlaskClient, person: Account) -> None:
    others = [app.test_client() for _ in range(3)]
    for one in (client, *others):
        sign_in(one, person)
    page = client.get("/settings/security").get_data(as_text=True)
    assert page.count("this browser") == 1
    client.post("/settings/sign-ins/end")
    assert "3 other browsers are signed out." in client.get("/settings/security").get_data(as_text=True)
    assert not any(is_signed_in(one) for one in others)
    assert is_signed_in(client)


def test_the_list_names_browsers_in_plain_words(client: FlaskClient, person: Account) -> None:
    phone = "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36"
    client.post("/sign-in", data={"email": person.email, "password": PASSWORD}, headers={"User-Agent": phone})
    assert "Chrome on Android" in client.get("/settings/security").get_data(as_text=True)
