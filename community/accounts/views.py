"""The reader's language, and the page on which one sees to one's sign-ins. Signing in itself is Flask-Security's."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from community.accounts import mailing, queries, service
from community.accounts.browsers import in_words
from community.accounts.forms import TokenForm
from community.accounts.returning import page_of
from community.accounts.settings import FRESH
from community.db import db
from community.errors import Invalid, NotFound
from community.models import Account
from community.tokens import hashed
from community.web.extensions import limiter
from community.web.languages import LOCALES

accounts = Blueprint("accounts", __name__)

View = Callable[..., Any]


def freshly_signed_in(view: View) -> View:
    """Only for who has shown within the last half hour that the account is theirs."""
    grace = lambda: current_app.config["SECURITY_FRESHNESS_GRACE_PERIOD"]  # noqa: E731
    guarded: View = auth_required("session", within=lambda: FRESH, grace=grace)(view)
    return guarded


@accounts.post("/language/<locale>")
def choose_language(locale: str) -> Response:
    if locale not in LOCALES:
        raise NotFound
    session["locale"] = locale
    if current_user.is_authenticated:
        current_user.locale = locale
        db.session.commit()
    return redirect(page_of(request.form.get("next")) or "/")


@accounts.get("/settings/security")
@auth_required("session")
def security() -> str:
    account, now = _account(), datetime.now(UTC)
    return render_template(
        "accounts/security.html", sign_ins=queries.sign_ins(db.session(), account, now), browser=in_words,
        this_browser=hashed(session.get("sign_in", "")), passkeys=queries.passkeys(db.session(), account),
        codes_left=len(account.mf_recovery_codes or ()), tokens=queries.tokens(db.session(), account), now=now,
    )  # fmt: skip


@accounts.post("/settings/sign-ins/<int:sign_in_id>/end")
@auth_required("session")
def end_sign_in(sign_in_id: int) -> Response:
    service.end_sign_in(db.session(), sign_in_id, _account())
    db.session.commit()
    flash(_("That browser is signed out."), "success")
    return redirect(url_for("accounts.security"))


@accounts.post("/settings/sign-ins/end")
@auth_required("session")
def end_other_sign_ins() -> Response:
    ended = service.end_other_sign_ins(db.session(), _account(), session.get("sign_in", ""))
    db.session.commit()
    message = ngettext("%(num)s other browser is signed out.", "%(num)s other browsers are signed out.", ended)
    flash(message, "success")
    return redirect(url_for("accounts.security"))


@accounts.post("/settings/passkeys/<int:passkey_id>/name")
@auth_required("session")
def name_passkey(passkey_id: int) -> Response:
    try:
        service.name_passkey(db.session(), passkey_id, request.form.get("name", ""), _account())
        db.session.commit()
        flash(_("The passkey has its new name."), "success")
    except Invalid as error:
        db.session.rollback()
        flash(str(error.message), "error")
    return redirect(url_for("accounts.security", _anchor="passkeys"))


@accounts.route("/settings/tokens", methods=["GET", "POST"])
@freshly_signed_in
@limiter.limit("20 per hour", key_func=lambda: f"account {current_user.id}", methods=["POST"])
def tokens() -> Any:
    """The list, and the form for a new one, whose text is shown in the answer to that form and never again."""
    account, form, made = _account(), TokenForm(), None
    if form.validate_on_submit():
        try:
            days, now = int(form.days.data or 0) or None, datetime.now(UTC)
            made = service.make_token(db.session(), account, form.name.data, form.may_write.data, days, now)
            mailing.notify(account, "token")
            db.session.commit()
            form = TokenForm(formdata=None)
        except Invalid as error:
            db.session.rollback()
            form.name.errors = [str(error.message)]
    rows = queries.tokens(db.session(), account)
    return render_template("accounts/tokens.html", form=form, made=made, tokens=rows, now=datetime.now(UTC))


@accounts.post("/settings/tokens/<int:token_id>/revocation")
@auth_required("session")
def revoke_token(token_id: int) -> Response:
    name = service.revoke_token(db.session(), token_id, _account())
    db.session.commit()
    flash(_("The token %(name)s is revoked. Programs that use it are shut out from now on.", name=name), "success")
    return redirect(url_for("accounts.security", _anchor="tokens"))


def _account() -> Account:
    account: Account = current_user._get_current_object()
    return account
