"""What everybody may read of moderation: the public log; and everyone's own standing, with an appeal."""

from datetime import UTC, datetime

from flask import Response as FlaskResponse
from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from community.db import db
from community.errors import Conflict, Invalid
from community.models import Account
from community.moderation import appeals, own_reasons, queries, sanctions
from community.moderation.blueprint import moderation, writes
from community.web.urls import parse_key


@moderation.get("/moderation/log")
def public_log() -> str:
    only = request.args.get("action") or None
    page = queries.public_log(db.session(), parse_key(request.args.get("after")), only)
    return render_template("moderation/log.html", page=page, only=only)


@moderation.get("/standing")
@auth_required("session")
def standing() -> str:
    return standing_page(current_user, url_for(".appeal"))


@moderation.get("/standing/<key>")
def standing_of_key(key: str) -> FlaskResponse:
    """For who is suspended, and cannot sign in to read why: the address came by mail or with the right password."""
    account = sanctions.account_of_key(db.session(), key)
    response = make_response(standing_page(account, url_for(".appeal_of_key", key=key)))
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def standing_page(account: Account, appeal_url: str, text: str = "") -> str:
    session, now = db.session(), datetime.now(UTC)
    log = queries.decisions_about(session, account)
    about = {entry.post_id for entry in log.rows if entry.post_id}
    return render_template(
        "moderation/standing.html", account=account, log=log, appealable=appeals.appealable(session, account, about),
        appealed=appeals.waiting(session, account),
        flags=queries.own_flags(session, account), sanctions=queries.sanctions_of(session, account),
        reasons=own_reasons.readable(session), now=now, appeal_url=appeal_url, text=text,
        failed=request.form.get("post", 0, type=int),
    )  # fmt: skip


@moderation.post("/standing/appeal")
@auth_required("session")
@writes
def appeal() -> Response | tuple[str, int]:
    return appealed(current_user, url_for(".appeal"), url_for(".standing"))


@moderation.post("/standing/<key>/appeal")
@writes
def appeal_of_key(key: str) -> Response | tuple[str, int]:
    account = sanctions.account_of_key(db.session(), key)
    return appealed(account, url_for(".appeal_of_key", key=key), url_for(".standing_of_key", key=key))


def appealed(account: Account, url: str, back: str) -> Response | tuple[str, int]:
    text = request.form.get("text", "")
    try:
        if post_id := min(request.form.get("post", 0, type=int), 2**31 - 1):
            appeals.of_post(db.session(), account, post_id, text, datetime.now(UTC))
        else:
            sanction_id = min(request.form.get("sanction", 0, type=int), 2**31 - 1)
            appeals.against_sanction(db.session(), account, sanction_id, text, datetime.now(UTC))
    except (Conflict, Invalid) as error:
        db.session.rollback()
        flash(error.message, "danger")
        return standing_page(account, url, text), error.status
    db.session.commit()
    flash(_("Your appeal is with the moderators. What they decide stands here, and comes by mail."), "success")
    return redirect(back, 303)
