"""Joining: what the form asks, what is made of it, and the same answer when the address has an account already."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask, redirect, request, session, url_for
from flask_babel import lazy_gettext as _l
from flask_security import RegisterFormV2, user_registered
from flask_security.signals import user_confirmed, user_not_registered
from werkzeug.wrappers import Response
from wtforms import BooleanField, StringField, ValidationError
from wtforms.validators import DataRequired, Length

from community import outbox
from community.accounts.returning import page_of
from community.consents import set_consent
from community.db import db, will_write
from community.errors import Invalid
from community.models import Account
from community.names import LONGEST_NAME, checked_name, free_handle
from community.roles import ensure_roles
from community.web.languages import chosen_locale

TRAP = "homepage"  # a field that people do not see; robots fill in what they find


class RegisterForm(RegisterFormV2):  # type: ignore[misc]
    """Name, e-mail, password, and two consents that are given by ticking and by nothing else."""

    name = StringField(
        _l("Name, as others see it"),
        validators=[DataRequired(_l("Please give a name.")), Length(max=500)],
        render_kw={"autocomplete": "nickname", "maxlength": LONGEST_NAME},
    )
    profiling = BooleanField(
        _l("Let what I write here be counted for a profile of how I am doing, so that agents can help me")
    )
    visits = BooleanField(_l("Note on which days I visit"))

    def validate_name(self, field: StringField) -> None:
        try:
            field.data = checked_name(db.session(), field.data or "", None)
        except Invalid as error:
            raise ValidationError(str(error.message)) from error

    def to_dict(self, only_user: bool) -> dict[str, Any]:
        """What becomes of the account: nothing that the form does not ask for."""
        fields: dict[str, Any] = super().to_dict(only_user)
        return {name: fields[name] for name in ("name", "email", "password")} if only_user else fields


def register(app: Flask) -> None:
    user_registered.connect(on_joined, app)
    user_not_registered.connect(on_known_address, app)
    user_confirmed.connect(on_confirmed, app)
    join = app.view_functions["security.register"]

    def join_unless_robot() -> Any:
        if request.method == "POST" and request.form.get(TRAP):
            return redirect(url_for("security.send_confirmation"))
        response = join()
        is_sent = isinstance(response, Response) and response.status_code == 302 and "mail_to" in session
        if not is_sent:
            return response
        session["heading_to"] = page_of(request.args.get("next"))
        return redirect(url_for("security.send_confirmation"))

    confirm = app.view_functions["security.confirm_email"]

    def confirm_and_go_on(**values: Any) -> Any:
        """Whoever joined on the way to a page signs in on the way to it, if the mail was read in the same browser."""
        response, heading = confirm(**values), session.get("heading_to")
        is_done = isinstance(response, Response) and response.location == url_for("security.login")
        return redirect(url_for("security.login", next=heading)) if is_done and heading else response

    app.view_functions["security.register"] = join_unless_robot
    app.view_functions["security.confirm_email"] = confirm_and_go_on


def on_joined(_app: Flask, user: Account, form_data: dict[str, Any], **_rest: Any) -> None:
    """The rest of a new account, in the transaction that makes it."""
    now = datetime.now(UTC)
    db_session = db.session()
    db_session.expunge(user)
    begin_to_write()
    db_session.add(user)
    with db_session.no_autoflush:
        user.created_at, user.locale = now, chosen_locale()
        user.handle = free_handle(db_session, user.name)
        user.roles = [ensure_roles(db_session)["customer"]]
    db_session.flush()
    for kind in ("profiling", "visits"):
        set_consent(db_session, user, kind, bool(form_data[kind]), now)
    outbox.record(db_session, "account.joined", user.id, user, now)
    session["mail_to"] = user.email


def begin_to_write() -> None:
    """Up to here the form was only checked, and its password hashed."""
    db.session.rollback()
    will_write()


def on_known_address(_app: Flask, form_data: dict[str, Any], **_rest: Any) -> None:
    begin_to_write()
    session["mail_to"] = form_data["email"]


def on_confirmed(_app: Flask, user: Account, **_rest: Any) -> None:
    """The sign-in page may fill in the address."""
    session["mail_to"] = user.email
