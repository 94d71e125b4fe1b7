"""Pages: what is known about a person, what they consent to, and how they take it along or have it erased."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO

from flask import Blueprint, Response, flash, g, redirect, render_template, request, session, url_for
from flask import current_app as app
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response as AnyResponse

from community import consents
from community.db import db
from community.models import CONSENTS, Account
from community.privacy import commands, queries, sentences, service
from community.privacy import export as exporting
from community.privacy.forms import ALL, KEEP, DeletionForm, confirmation
from community.web.extensions import limiter

privacy = Blueprint("privacy", __name__)
commands.add_to(privacy.cli)
log = logging.getLogger(__name__)

FRESH_MINUTES = 15  # how long ago one may have signed in
GRACE_MINUTES = 10  # and how long one may then take
PIECE = 65_536  # bytes


def me() -> Account:
    account: Account = current_user._get_current_object()
    return account


def whose() -> str:
    """The key of a limit: of an account, wherever it is used from."""
    return f"account {current_user.id}" if current_user.is_authenticated else get_remote_address()


@privacy.get("/settings/privacy")
@auth_required("session")
def settings() -> str:
    now, account = datetime.now(UTC), me()
    known = queries.known(db.session(), account, now)
    return render_template(
        "privacy/settings.html", known=known, reasons=sentences.reasons(known), say=sentences,
        history=queries.consents(db.session(), account), sign_ins=queries.sign_ins(db.session(), account, now),
        kept=queries.kept(db.session(), account), consents={kind: consents.current(account, kind) for kind in CONSENTS},
    )  # fmt: skip


@privacy.post("/settings/privacy/consents/<any(profiling, visits):kind>")
@auth_required("session")
def consent(kind: str) -> AnyResponse:
    is_given = request.form.get("is_given") == "1"
    consents.set_consent(db.session(), me(), kind, is_given, datetime.now(UTC))
    db.session.commit()
    flash(done_messages()[kind, is_given], "success")
    return redirect(url_for("privacy.settings", _anchor="consents"))


def done_messages() -> dict[tuple[str, bool], str]:
    return {
        ("profiling", True): _("A profile of you may be made now. It appears here after the next run."),
        ("profiling", False): _("Your profile and its signals are deleted, and no new ones will be made."),
        ("visits", True): _("From now on the days on which you come to read are noted."),
        ("visits", False): _("Your visits are deleted, and no new ones will be noted."),
    }


@privacy.get("/settings/privacy/export")
@auth_required("session", within=FRESH_MINUTES, grace=GRACE_MINUTES)
@limiter.limit("5 per hour", key_func=whose)
def export() -> Response:
    now = datetime.now(UTC)
    file = exporting.archive(db.session(), me(), now)
    size = file.seek(0, 2)
    file.seek(0)
    response = Response(pieces(file), mimetype="application/zip")
    response.content_length = size
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{app.config["SITE_NAME"].lower()}-{now:%Y-%m-%d}.zip"'
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


@privacy.route("/settings/privacy/deletion", methods=["GET", "POST"])
@auth_required("session", within=FRESH_MINUTES, grace=GRACE_MINUTES)
@limiter.limit("10 per hour", key_func=whose, methods=["POST"])
def deletion() -> AnyResponse | str | tuple[str, int]:
    form = DeletionForm(me())
    if not form.validate_on_submit():
        page = render_template(
            "privacy/deletion.html", form=form, confirmation=confirmation(me()), ALL=ALL, KEEP=KEEP,
            kept=queries.kept(db.session(), me()),
        )  # fmt: skip
        return (page, 422) if form.is_submitted() else page
    account_id = me().id
    service.erase(db.session(), me(), form.posts.data == KEEP, datetime.now(UTC))
    db.session.commit()
    log.info("erased account %d", account_id)
    forget_browser()
    return redirect(url_for("privacy.goodbye"))


def forget_browser() -> None:
    """Leave nothing of the person in the cookies but the language."""
    locale = session.get("locale")
    session.clear()
    if locale:
        session["locale"] = locale
    session["_remember"] = "clear"
    g._login_user = app.login_manager.anonymous_user()  # type: ignore[attr-defined]


@privacy.get("/goodbye")
def goodbye() -> AnyResponse | str:
    if current_user.is_authenticated:  # their account is not deleted
        return redirect(url_for("privacy.settings"))
    return render_template("privacy/goodbye.html")
