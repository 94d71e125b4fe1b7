"""A code of an authenticator, or a recovery code, after the password."""

import re
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from sqlalchemy.orm import Session

from community.models import Account, SignIn
from tests.accounts.mails import newest_mail
from tests.factories import PASSWORD, Factory, sign_in


@pytest.fixture
def person(make: Factory) -> Account:
    return make.account("Person")


class Phone:
    """An authenticator that read the key from the page."""

    def __init__(self, key: str) -> None:
        self.totp = TOTP(key=key.replace("-", ""), format="base32")

    def code(self, step: int = 0) -> str:
        """The code that is shown now, or the one `step` times thirty seconds from now."""
        return str(self.totp.generate(time.time() + 30 * step).token)


def begin(client: FlaskClient) -> tuple[Phone, str]:
    """The page with the picture; the phone that read it, and where its first code goes."""
    page = client.post("/settings/authenticator", data={"setup": "authenticator"}).get_data(as_text=True)
    key, target = re.search(r'class="key">([^<]+)<', page), re.search(r'action="(/settings/authenticator/[^"]+)"', page)
    assert key, page
    assert target
    assert "data:image/svg+xml;base64," in page
    return Phone(key[1]), target[1]


def switch_on(client: FlaskClient, person: Account) -> Phone:
    sign_in(client, person)
    phone, target = begin(client)
    assert client.post(target, data={"code": phone.code(-1)}).status_code == 302
    return phone


def password(client: FlaskClient, person: Account, **more: str) -> str:
    answer = client.post("/sign-in", data={"email": person.email, "password": PASSWORD, **more})
    assert answer.status_code == 302
    return str(answer.location)


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/complaints").status_code == 200


def test_the_password_alone_is_not_enough_once_the_authenticator_is_on(
    app: Flask, client: FlaskClient, session: Session, person: Account
) -> None:
    phone = switch_on(client, person)
    assert "an authenticator was set up" in newest_mail(session).text
    other = app.test_client()
    assert password(other, person).startswith("/sign-in/code")
    assert not is_signed_in(other)
    assert other.post("/sign-in/code", data={"code": "000000"}).status_code == 200
    assert not is_signed_in(other)
    assert other.post("/sign-in/code", data={"code": phone.code()}).status_code == 302
    assert is_signed_in(other)
    session.rollback()
    assert session.query(SignIn).count() == 2


def test_one_comes_back_and_stays_as_one_said_before_the_code(
    app: Flask, client: FlaskClient, session: Session, person: Account
) -> None:
    phone = switch_on(client, person)
    other = app.test_client()
    target = other.get("/ask").location
    step = other.post(target, data={"email": person.email, "password": PASSWORD, "remember": "y"}).location
    done = other.post(step, data={"code": phone.code()})
    assert done.location.endswith("/ask")
    assert "Expires=" in done.headers["Set-Cookie"]


def test_a_code_is_good_once(app: Flask, client: FlaskClient, person: Account) -> None:
    phone = switch_on(client, person)
    code = phone.code()
    for expected in (True, False):
        browser = app.test_client()
        password(browser, person)
        browser.post("/sign-in/code", data={"code": f" {code[:3]} {code[3:]} "})
        assert is_signed_in(browser) is expected


def test_a_code_of_long_ago_or_of_another_phone_is_refused(app: Flask, client: FlaskClient, person: Account) -> None:
    phone = switch_on(client, person)
    browser = app.test_client()
    password(browser, person)
    stranger = Phone(TOTP.new().base32_key)
    for code in (phone.code(-4), phone.code(4), stranger.code(), "", "abcdef", "1" * 500):
        browser.post("/sign-in/code", data={"code": code})
        assert not is_signed_in(browser), code


def test_a_code_without_the_password_opens_nothing(app: Flask, client: FlaskClient, person: Account) -> None:
    phone = switch_on(client, person)
    for path in ("/sign-in/code", "/sign-in/recovery-code", "/sign-in/second-step"):
        browser = app.test_client()
        assert browser.get(path).location == "/sign-in"
        assert browser.post(path, data={"code": phone.code()}).location == "/sign-in"
        assert not is_signed_in(browser)


def test_a_mistyped_first_code_is_asked_for_again_with_the_same_picture(client: FlaskClient, person: Account) -> None:
    sign_in(client, person)
    phone, target = begin(client)
    page = client.post(target, data={"code": "000000"}).get_data(as_text=True)
    assert re.search(r'class="key">([^<]+)<', page)
    assert 'class="field-error"' in page
    assert client.post(target, data={"code": phone.code()}).status_code == 302


def recovery_codes(client: FlaskClient) -> list[str]:
    page = client.post("/settings/recovery-codes", data={"generate_new_codes": "1"}).get_data(as_text=True)
    return re.findall(r"<code>([0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})</code>", page)


def test_a_recovery_code_opens_once_and_is_kept_encrypted(
    app: Flask, client: FlaskClient, session: Session, person: Account
) -> None:
    switch_on(client, person)
    codes = recovery_codes(client)
    assert len(set(codes)) == 10
    session.rollback()
    assert not any(code in str(person.mf_recovery_codes) for code in codes)
    assert codes[0] not in client.get("/settings/recovery-codes?show_codes=1").get_data(as_text=True), "shown once"
    for code, expected in ((codes[3], True), (codes[3], False), (codes[4], True), ("0000-0000-0000", False)):
        browser = app.test_client()
        password(browser, person)
        browser.post("/sign-in/recovery-code", data={"code": code})
        assert is_signed_in(browser) is expected, code
    assert "8 codes left" in client.get("/settings/security").get_data(as_text=True)


def test_switched_off_the_password_is_enough_again_and_its_owner_is_told(
    app: Flask, client: FlaskClient, session: Session, person: Account
) -> None:
    switch_on(client, person)
    recovery_codes(client)
    client.post("/settings/authenticator", data={"setup": "disable"})
    assert "the authenticator was switched off" in newest_mail(session).text
    browser = app.test_client()
    password(browser, person)
    assert is_signed_in(browser)
    session.rollback()
    assert not person.tf_totp_secret
    assert not person.mf_recovery_codes


def test_the_secret_is_kept_encrypted(client: FlaskClient, session: Session, person: Account) -> None:
    phone = switch_on(client, person)
    session.rollback()
    assert phone.totp.base32_key not in (person.tf_totp_secret or "")
    assert "enckey" in (person.tf_totp_secret or "")


def test_who_lost_phone_and_codes_is_let_in_by_an_administrator(
    app: Flask, client: FlaskClient, session: Session, person: Account
) -> None:
    switch_on(client, person)
    email = person.email or ""
    session.rollback()
    result = app.test_cli_runner().invoke(args=["users", "reset_access", email])
    assert result.exit_code == 0, result.output
    browser = app.test_client()
    password(browser, person)
    assert is_signed_in(browser)


def test_nobody_is_let_in_by_asking_nicely(app: Flask, client: FlaskClient, person: Account) -> None:
    switch_on(client, person)
    browser = app.test_client()
    password(browser, person)
    assert browser.post("/sign-in/rescue", data={"help_setup": "email"}).status_code == 404


def test_locks_are_changed_by_who_has_just_shown_that_it_is_theirs(
    client: FlaskClient, session: Session, person: Account
) -> None:
    sign_in(client, person)
    with client.session_transaction() as cookie:
        cookie["fs_paa"] = time.time() - 3600
    locks = (
        "/settings/authenticator",
        "/settings/recovery-codes",
        "/settings/passkeys",
        "/settings/email",
        "/settings/tokens",
    )
    for path in locks:
        assert client.get(path).location == f"/sign-in/again?next={path}"
        assert client.post(path, data={"setup": "disable"}).location.startswith("/sign-in/again")
    assert client.get("/settings/security").status_code == 200
    assert client.post("/sign-in/again", data={"password": "wrong"}).status_code == 200
    assert client.get("/settings/email").status_code == 302
    again = client.post("/sign-in/again?next=/settings/email", data={"password": PASSWORD})
    assert again.location.endswith("/settings/email")
    assert client.get("/settings/email").status_code == 200
