"""People of the bench, signed in by the application's own session, without the password's hash that costs so much."""

from dataclasses import dataclass

from flask import Flask, Response, session
from flask_security import login_user
from flask_wtf.csrf import generate_csrf

from community.db import db
from community.models import Account

BROWSER = "Mozilla/5.0 (bench)"


@dataclass(frozen=True)
class Person:
    """An account as its browser knows it."""

    account_id: int
    cookie: str
    csrf_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie, "User-Agent": BROWSER, "Accept-Language": "en"}


def signed_in(app: Flask, account_id: int) -> Person:
    """The account with a sign-in of its own, as if it had just given its password."""
    browser, address = {"User-Agent": BROWSER}, {"REMOTE_ADDR": "127.0.0.1"}
    with app.app_context(), app.test_request_context(headers=browser, environ_base=address):  # with a `g` of its own
        login_user(db.session.get_one(Account, account_id))
        token = generate_csrf()
        response = Response()
        app.session_interface.save_session(app, session, response)
        cookie = response.headers["Set-Cookie"].partition(";")[0]
    return Person(account_id, cookie, token)
