"""Joining, signing in, and where one comes out."""

import sqlite3
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

import community.db
from community.db import db
from community.models import Account, Consent, Event, Mail, Question, Verbatim
from tests.accounts.mails import link_in, newest_mail
from tests.factories import PASSWORD, Factory, sign_in

JOINER = {"name": "  New  Person ", "email": "New.Person@Example.org", "password": PASSWORD}


def confirm(client: FlaskClient, session: Session) -> None:
    """Open the link in the mail, then sign in."""
    assert client.get(link_in(newest_mail(session))).status_code == 302
    assert 'value="New.Person@example.org"' in client.get("/sign-in").get_data(as_text=True)
    assert client.post("/sign-in", data=JOINER).status_code == 302


def test_who_joins_confirms_the_address_and_is_a_customer_who_can_ask(client: FlaskClient, session: Session) -> None:
    joined = client.post("/join", data=JOINER)
    assert (joined.status_code, joined.location) == (302, "/confirm")
    page = client.get("/confirm").get_data(as_text=True)
    assert "New.Person@example.org" in page, "the page says where to look"
    confirm(client, session)
    response = client.post(
        "/ask", data={"title": "How do I begin?", "body": "I am new.", "product": "", "tags": "start"}
    )
    assert response.status_code == 302
    assert "How do I begin?" in client.get(response.location).get_data(as_text=True)
    session.rollback()
    account = session.scalars(select(Account)).one()
    assert ([role.name for role in account.roles], account.is_staff, account.active) == (["customer"], False, True)
    assert (account.name, account.handle) == ("New Person", "new-person")
    assert session.scalars(select(Question)).one().author_id == account.id
    assert session.scalars(select(Verbatim)).one().customer_id == account.customer_id


def test_who_joins_on_the_way_to_a_page_comes_out_there(app: Flask, client: FlaskClient, session: Session) -> None:
    wanted = "/ask?title=It leaks"
    client.post("/join", query_string={"next": wanted}, data=JOINER)
    assert "/sign-in?next=/ask" in client.get("/confirm").get_data(as_text=True)
    response = client.get(link_in(newest_mail(session)))
    assert urlsplit(response.location).path == "/sign-in"
    assert parse_qs(urlsplit(response.location).query) == {"next": [wanted]}
    assert unquote(client.post(response.location, data=JOINER).location) == wanted
    assert client.get(link_in(newest_mail(session))).location != response.location, "it is kept until the sign-in"


def test_nobody_signs_in_before_the_address_is_confirmed(client: FlaskClient, session: Session) -> None:
    client.post("/join", data=JOINER)
    answer = client.post("/sign-in", data=JOINER)
    assert (answer.status_code, answer.location) == (302, "/confirm")
    page = client.get("/confirm").get_data(as_text=True)
    assert "Please confirm your e-mail address first" in page
    assert 'value="New.Person@example.org"' in page, "to have it sent again is one press"
    assert client.get("/complaints").status_code == 302
    wrong = client.post("/sign-in", data=JOINER | {"password": "not this one"})
    assert wrong.status_code == 200, "without the password nothing is told of it"
    client.post("/confirm", data={"email": "new.person@example.org"})
    assert session.query(Mail).count() == 2
    confirm(client, session)
    assert client.get("/complaints").status_code == 200


def test_a_link_confirms_once_its_own_address_and_in_time(
    app: Flask, client: FlaskClient, session: Session, make: Factory
) -> None:
    client.post("/join", data=JOINER)
    link = link_in(newest_mail(session))
    for broken in (link + "x", link[:-3], "/confirm/nothing"):
        assert app.test_client().get(broken).location == "/confirm"
    session.rollback()
    account = session.scalars(select(Account)).one()
    assert account.confirmed_at is None
    account.email = "another@example.org"
    session.commit()
    app.test_client().get(link)
    session.rollback()
    assert account.confirmed_at is None, "the mail went to another address"
    app.config["SECURITY_CONFIRM_EMAIL_WITHIN"] = timedelta(seconds=-1)
    client.post("/confirm", data={"email": "another@example.org"})
    late = app.test_client()
    late.get(link_in(newest_mail(session)))
    assert "was good for" in late.get("/confirm").get_data(as_text=True)


def test_joining_is_told_in_one_event_and_one_mail_in_the_language_of_the_page(
    client: FlaskClient, session: Session
) -> None:
    client.post("/join", data=JOINER, headers={"Accept-Language": "zh-CN"})
    account = session.scalars(select(Account)).one()
    event = session.scalars(select(Event)).one()
    assert (event.kind, event.subject_id, event.actor_id) == ("account.joined", account.id, account.id)
    assert account.locale == "zh_CN"
    mail = newest_mail(session)
    assert (mail.to, mail.account_id) == ("New.Person@example.org", account.id)
    assert 'lang="zh-CN"' in (mail.html or "")
    assert link_in(mail) in mail.text
    assert link_in(mail) in (mail.html or "")


def test_a_consent_is_given_by_ticking_only(app: Flask, client: FlaskClient, session: Session) -> None:
    form = client.get("/join").get_data(as_text=True)
    assert 'name="profiling"' in form
    assert "checked" not in form.partition("<main")[2]
    client.post("/join", data=JOINER)
    app.test_client().post("/join", data=JOINER | {"email": "b@example.org", "profiling": "y", "visits": "y"})
    plain, willing = session.scalars(select(Account).order_by(Account.id)).all()
    assert (plain.may_profile, plain.may_observe) == (False, False)
    assert (willing.may_profile, willing.may_observe) == (True, True)
    kept = session.execute(select(Consent.account_id, Consent.kind, Consent.is_given)).all()
    assert {(willing.id, "profiling", True), (willing.id, "visits", True)} <= {tuple(row) for row in kept}


def test_a_robot_that_fills_in_what_nobody_sees_makes_no_account(client: FlaskClient, session: Session) -> None:
    answer = client.post("/join", data=JOINER | {"homepage": "https://casino.example"})
    assert (answer.status_code, answer.location) == (302, "/confirm")
    assert (session.query(Account).count(), session.query(Mail).count()) == (0, 0)


def test_links_in_mails_lead_to_the_site_whatever_host_a_request_claims(client: FlaskClient, session: Session) -> None:
    client.post("/join", data=JOINER, headers={"Host": "evil.example"})
    mail = newest_mail(session)
    assert "evil.example" not in mail.text + (mail.html or "")


def test_nobody_joins_with_a_role_of_their_own_choice(client: FlaskClient, session: Session) -> None:
    client.post("/join", data=JOINER | {"roles": "admin", "role": "admin", "customer_id": "1", "active": "0"})
    account = session.scalars(select(Account)).one()
    assert ([role.name for role in account.roles], account.customer_id) == (["customer"], None)


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ""}, {"name": " "}, {"name": "x"}, {"name": "x" * 81}, {"name": "Support"}, {"name": "..."}, {"email": "no address"}, {"email": ""},
        {"password": "short"}, {"email": "a" * 250 + "@example.org"}, {"email": "a@" + "b" * 250 + ".example.org"},
    ],
)  # fmt: skip
def test_a_wrong_form_says_what_is_wrong_and_makes_no_account(
    client: FlaskClient, session: Session, changed: dict[str, str]
) -> None:
    response = client.post("/join", data=JOINER | changed)
    assert response.status_code == 200
    assert 'class="field-error"' in response.get_data(as_text=True)
    assert session.scalars(select(Account)).all() == []


def test_an_address_has_one_account_however_it_is_written(client: FlaskClient, app: Flask, session: Session) -> None:
    client.post("/join", data=JOINER)
    again = app.test_client().post("/join", data=JOINER | {"email": "NEW.PERSON@EXAMPLE.ORG", "name": "Other"})
    assert (again.status_code, again.location) == (302, "/confirm"), "the answer is the one that everybody gets"
    assert [account.name for account in session.scalars(select(Account))] == ["New Person"]
    mail = newest_mail(session)
    assert "/confirm/" in mail.text, "it is still to be confirmed"
    assert "/reset/" in mail.text
    client.get(link_in(mail))
    assert (
        app.test_client().post("/sign-in", data={"email": "new.person@example.org", "password": PASSWORD}).status_code
        == 302
    )


def test_a_wrong_password_is_told_in_the_readers_language(client: FlaskClient, make: Factory) -> None:
    account = make.account()
    response = client.post("/sign-in", data={"email": account.email, "password": "not-this-one"})
    page = response.get_data(as_text=True)
    assert response.status_code == 200
    assert 'role="alert"' in page or 'class="field-error"' in page
    assert "not-this-one" not in page.partition("<main")[2], "what was typed is not shown again"
    assert client.get("/complaints").status_code == 302


def test_the_sign_in_does_not_tell_which_addresses_have_accounts(client: FlaskClient, make: Factory) -> None:
    known = make.account().email or ""
    unknown = known.replace("person", "nobody")
    pages = [
        client.post("/sign-in", data={"email": mail, "password": "wrong"}).get_data(as_text=True).replace(mail, "")
        for mail in (known, unknown)
    ]
    assert [page.partition("<main")[2].count("does not exist") for page in pages] == [0, 0]
    assert len({page.count("field-error") for page in pages}) == 1


def as_a_browser_reads_it(location: str) -> str:
    """The host that a lenient browser would go to: it drops blanks and control characters, and takes \\ for /."""
    kept = "".join(letter for letter in location if letter > " ").replace("\\", "/")
    return urlsplit(urljoin("http://localhost/sign-in", kept)).netloc


EVIL = [
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
    "http://evil.example", "https:evil.example", "https:///evil.example", " //evil.example", "\x19//evil.example",
    "javascript:alert(1)", "http://localhost@evil.example/", "http://localhost.evil.example/", "/\n/evil.example",
    "data:text/html,hi", "//evil.example/%2f..", "/%5Cevil.example", "http:\\\\evil.example",
]  # fmt: skip


def test_no_crafted_link_leads_away(app: Flask, client: FlaskClient, make: Factory) -> None:
    account = make.account()
    data = {"email": account.email, "password": PASSWORD}
    for target in EVIL:
        response = app.test_client().post("/sign-in", query_string={"next": target}, data=data)
        assert response.status_code in {200, 302}, "refused, or led within the site"
        assert as_a_browser_reads_it(response.location or "/") == "localhost", response.location
        again = client.post("/language/zh_CN", data={"next": target})
        assert again.status_code == 302
        assert as_a_browser_reads_it(again.location) == "localhost", again.location


def test_one_comes_back_to_the_page_that_asked_for_the_sign_in(client: FlaskClient, make: Factory) -> None:
    account = make.account()
    asked = client.get("/ask?title=Why%20so")
    assert asked.status_code == 302
    response = client.post(asked.location, data={"email": account.email, "password": PASSWORD})
    assert urlsplit(response.location).path == "/ask"
    assert urlsplit(response.location).query == "title=Why%20so"


def test_the_chosen_language_stays_with_the_browser_and_the_account(
    app: Flask, client: FlaskClient, make: Factory
) -> None:
    account = make.account()
    english = {"Accept-Language": "en"}
    assert client.post("/language/zh_CN", data={"next": "/questions?tag=a"}).location == "/questions?tag=a"
    assert 'lang="zh-CN"' in client.get("/", headers=english).get_data(as_text=True)
    sign_in(client, account)
    client.post("/language/zh_CN")
    other = app.test_client()
    sign_in(other, account)
    assert 'lang="zh-CN"' in other.get("/", headers=english).get_data(as_text=True)
    assert client.post("/language/tlh").status_code == 404


def test_who_joins_while_the_database_is_busy_is_asked_to_come_back_and_can(
    app: Flask, client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has more than one writer")
    db.session.remove()
    db.engine.dispose()
    monkeypatch.setattr(community.db, "BUSY_TIMEOUT_MS", 20)
    other = sqlite3.connect(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert client.post("/join", data=JOINER).status_code == 503
    other.close()
    assert client.post("/join", data=JOINER).status_code == 302
    assert (session.query(Account).count(), session.query(Mail).count()) == (1, 1)
