"""What everybody may read of moderation: the public log; and everyone's own standing."""

from datetime import UTC, datetime

from flask import render_template, request
from flask_security import auth_required, current_user

from community.db import db
from community.moderation import queries, reasons
from community.moderation.blueprint import moderation
from community.web.urls import parse_key


@moderation.get("/moderation/log")
def public_log() -> str:
    only = request.args.get("action") or None
    page = queries.public_log(db.session(), parse_key(request.args.get("after")), only)
    return render_template("moderation/log.html", page=page, only=only)


@moderation.get("/standing")
@auth_required("session")
def standing() -> str:
    session = db.session()
    return render_template(
        "moderation/standing.html", account=current_user, log=queries.decisions_about(session, current_user),
        flags=queries.own_flags(session, current_user), sanctions=queries.sanctions_of(session, current_user),
        reasons=reasons.REASONS, now=datetime.now(UTC),
    )  # fmt: skip
