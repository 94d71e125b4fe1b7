"""A new password by mail, a new address, and what their owner is told of it."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Account, Mail, SignIn
from tests.accounts.mails import link_in, newest_mail
from tests.factories import PASSWORD, Factory, sign_in

NEW = "another long password"


@pytest.fixture
def person(make: Factory) -> Account:
    return make.account("Person")


def set_password(client: FlaskClient, link: str, password: str = NEW) -> int:
    return client.post(link, data={"password": password, "password_confirm": password}).status_code


def signs_in(app: Flask, email: str, password: str) -> bool:
    return app.test_client().post("/sign-in", data={"email": email, "password": password}).status_code == 302


def test_a_link_by_mail_sets_a_new_password_once_and_signs_every_browser_out(
    app: Flask, client: FlaskClient, session: Session, person: Account
) -> None:
    email = person.email or ""
    other = app.test_client()
    sign_in(other, person)
    client.post("/reset", data={"email": email.upper()})
    link = link_in(newest_mail(session))
    assert client.get(link).status_code == 200
    assert set_password(client, link) == 302
    assert other.get("/complaints").status_code == 302
    session.rollback()
    assert session.scalars(select(SignIn)).all() == []
    assert not signs_in(app, email, PASSWORD)
    assert signs_in(app, email, NEW)
    assert set_password(app.test_client(), link, "a third long password") == 302
    assert not signs_in(app, email, "a third long password"), "a link is good once"
    assert "the password was changed" in newest_mail(session).text


@pytest.mark.parametrize("password", ["short", ""])
def test_a_password_that_is_too_short_is_not_set(
    app: Flask, client: FlaskClient, session: Session, person: Account, password: str
) -> None:
    client.post("/reset", data={"email": person.email})
    assert set_password(client, link_in(newest_mail(session)), password) == 200
    assert signs_in(app, person.email or "", PASSWORD)


def test_a_link_is_good_for_a_while(app: Flask, client: FlaskClient, session: Session, person: Account) -> None:
    client.post("/reset", data={"email": person.email})
    app.config["SECURITY_RESET_PASSWORD_WITHIN"] = timedelta(seconds=-1)
    assert client.get(link_in(newest_mail(session))).location == "/reset"
    assert "was good for" in client.get("/reset").get_data(as_text=True)


def test_no_visitor_decides_where_the_link_in_a_mail_leads(
    app: Flask, client: FlaskClient, session: Session, person: Account
) -> None:
    """A Host header of one's own would have the owner carry the token to somebody else's site."""
    for site, leads_to in (("", "http://localhost:8000/reset/"), ("https://ask.example", "https://ask.example/reset/")):
        app.config["SITE_URL"] = site
        client.post("/reset", data={"email": person.email}, headers={"Host": "evil.example"})
        assert leads_to in newest_mail(session).text
        assert "evil.example" not in newest_mail(session).text


def test_who_sets_a_password_by_mail_has_shown_that_the_address_is_theirs(
    app: Flask, client: FlaskClient, session: Session, person: Account
) -> None:
    person.confirmed_at = None
    session.commit()
    client.post("/reset", data={"email": person.email})
    set_password(client, link_in(newest_mail(session)))
    assert signs_in(app, person.email or "", NEW)


def test_an_address_changes_when_the_link_sent_to_the_new_one_is_opened(
    app: Flask, client: FlaskClient, session: Session, person: Account
) -> None:
    old = person.email or ""
    sign_in(client, person)
    client.post("/settings/email", data={"email": "new@example.org"})
    mail = newest_mail(session)
    assert mail.to == "new@example.org"
    assert signs_in(app, old, PASSWORD)
    client.get(link_in(mail))
    assert signs_in(app, "new@example.org", PASSWORD)
    assert not signs_in(app, old, PASSWORD)
    notice = newest_mail(session)
    assert notice.to == old, "the old address is told, for it may have been a thief"
    assert "the e-mail address was changed" in notice.text


def answer(client: FlaskClient, address: str) -> str:
    """The page that asking for this address gives, without the address and the token, which changes each second."""
    page = client.post("/settings/email", data={"email": address}).get_data(as_text=True)
    return re.sub(r'(name="csrf_token"[^>]*value=)"[^"]*"', r"\1", page.replace(address, ""))


def test_nobody_takes_the_address_of_another(
    client: FlaskClient, session: Session, person: Account, make: Factory
) -> None:
    taken = make.account().email
    sign_in(client, person)
    free = answer(client, "free@example.org")
    assert free == answer(client, taken or ""), "nor learns that it is taken"
    session.rollback()
    assert [mail.to for mail in session.query(Mail)] == ["free@example.org"]


def test_an_address_taken_in_the_meantime_is_not_taken_again(
    client: FlaskClient, session: Session, person: Account, make: Factory
) -> None:
    sign_in(client, person)
    client.post("/settings/email", data={"email": "new@example.org"})
    link = link_in(newest_mail(session))
    make.account().email = "new@example.org"
    session.commit()
    client.get(link)
    session.rollback()
    assert person.email != "new@example.org"


def test_the_mail_is_in_the_language_of_the_account(client: FlaskClient, session: Session, person: Account) -> None:
    person.locale = "zh_CN"
    session.commit()
    client.post("/reset", data={"email": person.email}, headers={"Accept-Language": "en"})
    assert 'lang="zh-CN"' in (newest_mail(session).html or "")


class TestLimits:
    @pytest.fixture
    def settings(self) -> dict[str, object]:
        return {"RATELIMIT_ENABLED": True}

    @pytest.mark.parametrize("path", ["/reset", "/confirm"])
    def test_a_mailbox_is_not_flooded(self, client: FlaskClient, session: Session, path: str) -> None:
        got = [client.post(path, data={"email": "a@example.org"}).status_code for _ in range(4)]
        assert got == [302, 302, 302, 429]
        assert client.post(path, data={"email": "b@example.org"}).status_code == 302
        session.rollback()
        assert session.query(Mail).count() == 4

    def test_codes_cannot_be_guessed(self, client: FlaskClient, session: Session, person: Account) -> None:
        got = [client.post("/sign-in/code", data={"code": f"{n:06}"}).status_code for n in range(6)]
        assert got[-1] == 429
