"""The page that stops mails, for whoever holds the link of a mail: no sign-in, no token of a form (RFC 8058)."""

from typing import Any

from flask import current_app, render_template, request
from itsdangerous import BadData, URLSafeSerializer

from community import mail_addresses as addresses
from community.db import db
from community.errors import NotFound
from community.models import Account
from community.notifications import preferences
from community.notifications.blueprint import notifications
from community.notifications.wording import LABELS
from community.web.extensions import csrf


@notifications.route("/unsubscribe/<mail_token>", methods=["GET", "POST"])
@csrf.exempt
def unsubscribe(mail_token: str) -> str:
    """GET asks, since mailboxes open links by themselves; POST does it, and offers the way back."""
    account_id, kind = holder(mail_token)
    state, before = "asked", ""
    if request.method == "POST" and (before := request.form.get("before", "")):
        preferences.restore(db.session(), account_id, opened(before, account_id))
        state = "restored"
    elif request.method == "POST":
        kind = "all" if request.form.get("all") == "1" else kind
        before = sealed(account_id, preferences.stop(db.session(), account_id, kind))
        state = "stopped"
    db.session.commit()
    return render_template(
        "notifications/unsubscribe.html", kind=kind, state=state, before=before, mail_token=mail_token,
        label=LABELS.get(kind),
    )  # fmt: skip


def holder(mail_token: str) -> tuple[int, str]:
    """Whose mails of which kind the link stops. Raises NotFound when it is not one of ours."""
    found = addresses.read_stop_token(mail_token)
    if found is None or db.session.get(Account, found[0]) is None:
        raise NotFound
    return found


def sealed(account_id: int, before: dict[str, str]) -> str:
    """What held before, for the button that takes it back."""
    return str(_serializer().dumps([account_id, before]))


def opened(token: str, account_id: int) -> dict[str, str]:
    try:
        owner, before = _serializer().loads(token)
    except (BadData, ValueError, TypeError) as error:
        raise NotFound from error
    if owner != account_id:
        raise NotFound
    return dict[str, Any](before)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="what held before mails were stopped")
