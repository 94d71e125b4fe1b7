"""The edge of sign-ins: a row on the server for each browser, its token in the cookie, and its end."""

import logging
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app, g, has_request_context, request, session
from flask_login import user_logged_out
from flask_security import current_user, logout_user, user_authenticated
from flask_security.signals import password_changed, password_reset
from sqlalchemy.exc import OperationalError

from community.accounts import queries, service
from community.accounts.service import Means
from community.db import db, is_busy, writing
from community.models import Account

log = logging.getLogger(__name__)

PASSKEY = "webauthn"  # as Flask-Security names it


def register(app: Flask) -> None:
    user_authenticated.connect(on_signed_in, app)
    user_logged_out.connect(on_signed_out, app)
    password_changed.connect(on_new_password, app)
    password_reset.connect(on_reset_password, app)
    app.before_request(end_unknown_sign_in)


def on_signed_in(_app: Flask, user: Account, authn_via: list[str] | None = None, **_rest: Any) -> None:
    """Open the row. A browser that was signed in already keeps what it had: how long, and by what means."""
    is_again = "sign_in" in session
    is_kept = session.pop("_remember", None) == "set"  # no cookie of Flask-Login's own: the row says how long
    if is_again:
        is_kept = session.permanent
    else:
        session["means"] = "passkey" if PASSKEY in (authn_via or ()) else "password"
    means = Means(session.get("means", "password"), request.user_agent.string, is_kept)
    session.pop("mail_to", None)
    session.pop("heading_to", None)
    db.session.commit()  # ends the read that found the account; the write below begins afresh
    with writing():
        days = current_app.config["SIGN_IN_DAYS"]
        token = service.open_sign_in(db.session(), user, means, days, datetime.now(UTC))
        db.session.commit()
    session["sign_in"] = g.sign_in = token
    session.permanent = is_kept


def on_signed_out(_app: Flask, user: Account, **_rest: Any) -> None:
    token = session.pop("sign_in", None)
    session.permanent = False
    if token:
        service.close_sign_in(db.session(), token)
        db.session.commit()


def on_new_password(_app: Flask, user: Account, **_rest: Any) -> None:
    """Every browser is signed out but this one, which gets a new sign-in; an administrator's command has none."""
    service.close_all_sign_ins(db.session(), user)
    if has_request_context():
        on_signed_in(_app, user)


def on_reset_password(_app: Flask, user: Account, **_rest: Any) -> None:
    """Every browser is signed out. The link came by mail, so the address is theirs."""
    service.close_all_sign_ins(db.session(), user)
    user.confirmed_at = user.confirmed_at or datetime.now(UTC)


def end_unknown_sign_in() -> None:
    """A cookie whose sign-in the server no longer knows is an ordinary visitor's."""
    if request.endpoint == "static" or not current_user or not current_user.is_authenticated:
        return
    token = session.get("sign_in", "")
    if getattr(g, "sign_in", None) == token != "":
        return
    now = datetime.now(UTC)
    known = queries.known_sign_in(db.session(), current_user.id, token, now)
    if known is None:
        session.pop("sign_in", None)
        logout_user()
    elif known.last_seen_at is None or known.last_seen_at <= now - service.NOTED:
        note_seen(known.id, now)


def note_seen(sign_in_id: int, now: datetime) -> None:
    """At most once an hour for a browser, in a unit of its own; a page does not fail for it."""
    db.session.rollback()  # a read does not become a write
    try:
        with writing():
            service.note_seen(db.session(), sign_in_id, session.permanent, current_app.config["SIGN_IN_DAYS"], now)
            db.session.commit()
    except OperationalError as error:
        db.session.rollback()
        if not is_busy(error):
            raise
        log.info("sign-in %d: seen, but not noted: the database is busy", sign_in_id)
