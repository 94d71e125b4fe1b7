"""Flask-Security set up: its forms and pages, and sign-ins that live on the server."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, current_app, g, has_request_context, request, session
from flask_babel import lazy_gettext as _l
from flask_login import user_logged_in, user_logged_out
from flask_security import RegisterFormV2, Security, SQLAlchemyUserDatastore, current_user, logout_user, user_registered
from flask_security.signals import password_changed, password_reset
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from community.accounts import queries, service
from community.db import db, writing
from community.models import Account, Role
from community.web.extensions import account_and_address, limiter

security = Security()
datastore = SQLAlchemyUserDatastore(db, Account, Role)


class RegisterForm(RegisterFormV2):  # type: ignore[misc]
    """E-mail, password, and the name that others see."""

    name = StringField(
        _l("Name, as others see it"),
        validators=[DataRequired(), Length(2, 80)],
        render_kw={"autocomplete": "nickname"},
    )


WRONG = (_l("The e-mail address or the password is wrong."), "error")  # which of them is nobody else's business

SETTINGS = {
    "SECURITY_REGISTERABLE": True,
    "SECURITY_USE_REGISTER_V2": True,
    "SECURITY_CHANGEABLE": True,
    "SECURITY_SEND_REGISTER_EMAIL": False,
    "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
    "SECURITY_RETURN_GENERIC_RESPONSES": False,
    "SECURITY_PASSWORD_CONFIRM_REQUIRED": False,
    "SECURITY_PASSWORD_LENGTH_MIN": 10,
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2", "plaintext"],
    "SECURITY_DEPRECATED_PASSWORD_SCHEMES": ["auto"],
    "SECURITY_LOGIN_URL": "/sign-in",
    "SECURITY_LOGOUT_URL": "/sign-out",
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_REGISTER_URL": "/join",
    "SECURITY_CHANGE_URL": "/password",
    "SECURITY_POST_LOGIN_VIEW": "/",
    "SECURITY_POST_LOGOUT_VIEW": "/",
    "SECURITY_POST_REGISTER_VIEW": "/",
    "SECURITY_AUTO_LOGIN_AFTER_REGISTER": True,
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
    "SECURITY_I18N_DOMAIN": "flask_security",
    "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
    "SECURITY_TRACKABLE": False,
    "SECURITY_DEFAULT_REMEMBER_ME": False,
    "SECURITY_MSG_UNAUTHENTICATED": (_l("This page is for people who are signed in."), "info"),
    "SECURITY_MSG_USER_DOES_NOT_EXIST": WRONG,
    "SECURITY_MSG_INVALID_PASSWORD": WRONG,
    "SECURITY_FRESHNESS": timedelta(minutes=-1),
}


def register(app: Flask) -> None:
    for name, value in SETTINGS.items():
        app.config.setdefault(name, value)
    security.init_app(app, datastore, register_form=RegisterForm)
    user_logged_in.connect(on_signed_in, app)
    user_logged_out.connect(on_signed_out, app)
    user_registered.connect(on_joined, app)
    password_changed.connect(on_new_password, app)
    password_reset.connect(on_new_password, app)
    app.before_request(end_unknown_sign_in)
    views: dict[str, Any] = app.view_functions
    attempts = limiter.limit("10 per 5 minutes", key_func=account_and_address, methods=["POST"])
    views["security.login"] = attempts(views["security.login"])
    joins = limiter.limit("20 per hour", methods=["POST"])
    views["security.register"] = joins(views["security.register"])


def on_signed_in(_app: Flask, user: Account, **_rest: Any) -> None:
    db.session.commit()  # ends the read that found the account; the write below begins afresh
    with writing():
        token = service.open_sign_in(
            db.session(), user, request.user_agent.string, current_app.config["SIGN_IN_DAYS"], datetime.now(UTC)
        )
        db.session.commit()
    session["sign_in"] = g.sign_in = token
    session.permanent = True


def on_signed_out(_app: Flask, user: Account, **_rest: Any) -> None:
    token = session.pop("sign_in", None)
    if token:
        service.close_sign_in(db.session(), token)
        db.session.commit()


def on_joined(_app: Flask, user: Account, **_rest: Any) -> None:
    user.created_at = datetime.now(UTC)
    datastore.add_role_to_user(user, datastore.find_or_create_role("customer"))


def on_new_password(_app: Flask, user: Account, **_rest: Any) -> None:
    """Every browser is signed out but this one, which gets a new sign-in; an administrator's command has none."""
    service.close_all_sign_ins(db.session(), user)
    if has_request_context():
        on_signed_in(_app, user)


def end_unknown_sign_in() -> None:
    """A cookie whose sign-in the server no longer knows is an ordinary visitor's."""
    if request.endpoint == "static" or not current_user or not current_user.is_authenticated:
        return
    token = session.get("sign_in", "")
    if getattr(g, "sign_in", None) == token != "":
        return
    if not queries.is_signed_in(db.session(), current_user.id, token, datetime.now(UTC)):
        session.pop("sign_in", None)
        logout_user()
