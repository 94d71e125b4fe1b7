"""Flask-Security set up: its forms and pages, with our own where they must say or do something else."""

import secrets
from typing import Any

from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_security import LoginForm, Security, hash_password, verify_password
from wtforms import EmailField

from community.accounts import (
    joining,
    limits,
    mailing,
    passkeys,
    recovery,
    returning,
    second_step,
    settings,
    sign_ins,
)  # fmt: skip
from community.db import db, will_write
from community.models import Account, Passkey, Role
from community.moderation.sanctions import standing_path

security = Security(
    webauthn_util_cls=passkeys.Passkeys, mail_util_cls=mailing.QueuedMail, totp_cls=second_step.SingleUse
)
datastore = passkeys.Datastore(db, Account, Role, webauthn_model=Passkey)

WRITE_WHEN_OPENED = {"security.confirm_email", "security.change_email_confirm"}  # links in mails


class Nobody:
    """In place of an account that is not there: the password is checked as for any other, and is never right."""

    def __init__(self) -> None:
        self.password = str(hash_password(secrets.token_urlsafe()))

    def verify_and_update_password(self, password: str) -> bool:
        verify_password(password, self.password)
        return False

    def track_failed_authn(self, _kind: str, tfa: bool = False) -> None:
        """There is nobody to keep it for."""


class SignInForm(LoginForm):  # type: ignore[misc]
    """Who knows the password is told what else is in the way; nobody else is, nor by a delay."""

    user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if request.method == "GET":
            self.email.data = session.get("mail_to", "")  # who has just joined or asked for a mail

    def validate_email(self, field: EmailField) -> None:
        """Find the account, before Flask-Security looks for it and hashes where there is none."""
        found = datastore.find_user(case_insensitive=True, email=field.data)
        self.ifield, self.user = field, found if found is not None and found.password else nobody()

    def validate(self, **kwargs: Any) -> bool:
        is_valid = bool(super().validate(**kwargs))
        if self.requires_confirmation:
            g.unconfirmed = self.user.email
        if self.is_suspended and self.user.suspended_until:
            g.suspended = standing_path(self.user)
        return is_valid

    @property
    def is_suspended(self) -> bool:
        return self.user_authenticated and not self.user.is_active


def register(app: Flask) -> None:
    settings.configure(app)
    app.before_request(prepare)
    security.init_app(
        app, datastore, login_form=SignInForm, register_form=joining.RegisterForm,
        wan_register_form=passkeys.NewPasskeyForm, wan_register_response_form=passkeys.NewPasskeyAnswer,
        wan_signin_response_form=passkeys.PasskeyAnswer,
    )  # fmt: skip
    returning.register(app.extensions["security"])
    for part in (sign_ins, joining, recovery, second_step, passkeys, mailing, limits):
        part.register(app)
    sign_in = app.view_functions["security.login"]
    app.view_functions["security.login"] = lambda: confirm_first(sign_in())


def nobody() -> Nobody:
    """Made once: a hash takes its time."""
    if "nobody" not in current_app.extensions:
        current_app.extensions["nobody"] = Nobody()
    kept: Nobody = current_app.extensions["nobody"]
    return kept


def prepare() -> None:
    """Links in mails write when they are opened, and these pages take forms, not JSON."""
    if request.endpoint in WRITE_WHEN_OPENED:
        will_write()
    if request.blueprint == "security" and request.is_json:
        abort(415)


def confirm_first(response: Any) -> Any:
    """The right password for an address that is not confirmed yet leads to the page that sends the mail again.

    That of somebody suspended leads to the page that says why and until when.
    """
    if "suspended" in g:
        return redirect(g.suspended)
    if "unconfirmed" not in g:
        return response
    session["mail_to"] = g.unconfirmed
    flash(_("Please confirm your e-mail address first: open the link in the mail that we sent."), "warning")
    return redirect(url_for("security.send_confirmation"))
