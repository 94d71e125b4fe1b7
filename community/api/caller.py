"""Who calls: the account whose token came with the request. Cookies mean nothing here, so nobody can forge a call."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import g, request
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import Unauthorized

from community import tokens
from community.db import db, writing
from community.errors import NotAllowed
from community.models import Account, ApiToken


@dataclass(frozen=True)
class Caller:
    """An account, and the token by which it came."""

    account: Account
    token: ApiToken


def caller() -> Caller | None:
    """Whoever the token names; None where there is no token, or none that is good."""
    if "api_caller" not in g:
        g.api_caller = _known(datetime.now(UTC))
    known: Caller | None = g.api_caller
    return known


def _known(now: datetime) -> Caller | None:
    token = _sent_token()
    found = tokens.account_of_token(db.session(), token, now) if token else None
    if found and tokens.is_note_due(found[1], now):
        token_id = found[1].id
        db.session.rollback()  # a read does not become a write
        with writing():
            tokens.note_use(db.session(), token_id, now)
            db.session.commit()
        found = tokens.account_of_token(db.session(), token, now)
    return Caller(*found) if found else None


def _sent_token() -> str:
    sent = request.authorization
    return (sent.token or "") if sent is not None and sent.type == "bearer" else ""


def refuse_bad_token() -> None:
    """A token that was sent must be good, even where none is needed: else its owner would never learn of it."""
    if "Authorization" in request.headers and caller() is None:
        raise Unauthorized(_("This token is unknown, has expired or was taken back."))


def known_caller() -> Caller:
    """Raises Unauthorized where no token was sent."""
    if (known := caller()) is None:
        raise Unauthorized(_("Send a token: Authorization: Bearer YOUR-TOKEN."))
    return known


def writer() -> Account:
    """Raises Unauthorized without a token, NotAllowed with one that may only read."""
    known = known_caller()
    if not known.token.may_write:
        raise NotAllowed(_("This token may read only. Make one that may write, in your settings."))
    return known.account


def counted_as() -> str:
    """Under whose name calls are counted: the account's, else the address's."""
    known = caller()
    return f"api account {known.account.id}" if known else f"api {get_remote_address()}"
