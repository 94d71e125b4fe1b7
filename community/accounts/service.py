"""Verbs of accounts: sign-ins are rows, so that they can be ended from the server; tokens for programs."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from community.errors import Invalid, NotFound
from community.models import Account, ApiToken, Passkey, SignIn
from community.names import clean_name
from community.tokens import hashed

SHORT = timedelta(days=1)  # a sign-in that is not kept, counted from the last use
NOTED = timedelta(hours=1)  # between two notes that a browser was seen
MOST_TOKENS = 50
TOKEN_PREFIX = "earshot_"  # noqa: S105  so that scanners for leaked secrets, and people, know what it is


@dataclass(frozen=True)
class Means:
    """How somebody signed in: by password or passkey, from which browser, to stay or for the day."""

    name: str
    browser: str
    is_kept: bool


def open_sign_in(session: Session, account: Account, means: Means, days: int, now: datetime) -> str:
    """The token for the cookie of a browser that has just signed in."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(SignIn).where(SignIn.account_id == account.id, SignIn.expires_at < now))
    session.add(
        SignIn(
            token_hash=hashed(token), account_id=account.id, created_at=now, last_seen_at=now, means=means.name,
            browser=means.browser[:200], expires_at=now + (timedelta(days=days) if means.is_kept else SHORT),
        )
    )  # fmt: skip
    session.flush()
    return token


def note_seen(session: Session, sign_in_id: int, is_kept: bool, days: int, now: datetime) -> None:
    """The browser is still used: at most one write an hour. What is not kept lasts a day from here."""
    values = {"last_seen_at": now}
    if not is_kept:
        row = session.get(SignIn, sign_in_id)
        if row is not None:
            values["expires_at"] = min(now + SHORT, row.created_at + timedelta(days=days))
    session.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.last_seen_at < now).values(values))


def close_sign_in(session: Session, token: str) -> None:
    """Sign this browser out; its cookie is worthless from here on."""
    session.execute(delete(SignIn).where(SignIn.token_hash == hashed(token)))


def end_sign_in(session: Session, sign_in_id: int, by: Account) -> None:
    """Sign one of one's own browsers out, from wherever one is. Raises NotFound."""
    row = session.get(SignIn, sign_in_id)
    if row is None or row.account_id != by.id:
        raise NotFound
    session.delete(row)
    session.flush()


def end_other_sign_ins(session: Session, by: Account, token: str, means: str | None = None) -> int:
    """Sign every browser out but the one with this token, or those that came by `means` only; how many it were."""
    others = delete(SignIn).where(SignIn.account_id == by.id, SignIn.token_hash != hashed(token))
    if means:
        others = others.where(SignIn.means == means)
    return int(session.execute(others).rowcount)  # type: ignore[attr-defined]


def close_all_sign_ins(session: Session, account: Account) -> None:
    """Sign every browser of the account out: after a new password or a ban."""
    session.execute(delete(SignIn).where(SignIn.account_id == account.id))


def suspend(session: Session, account: Account) -> None:
    """Ban the account: nobody can use it, from any browser, from now on."""
    account.active = False
    close_all_sign_ins(session, account)


def make_token(
    session: Session, by: Account, name: str, may_write: bool, days: int | None, now: datetime
) -> tuple[ApiToken, str]:
    """A new token for a program, and its text, which is kept nowhere. Raises Invalid."""
    name = clean_name(name)[:80]
    if not name:
        raise Invalid(_("Say what the token is for, so that you know it again."))
    if (session.scalar(select(func.count()).where(ApiToken.account_id == by.id)) or 0) >= MOST_TOKENS:
        raise Invalid(_("You have %(most)s tokens. Revoke one that is not used any more.", most=MOST_TOKENS))
    text = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        account_id=by.id, name=name, token_hash=hashed(text), may_write=may_write, created_at=now,
        expires_at=now + timedelta(days=days) if days else None,
    )  # fmt: skip
    session.add(token)
    session.flush()
    return token, text


def revoke_token(session: Session, token_id: int, by: Account) -> str:
    """The program is shut out from here on; the name of its token. Raises NotFound."""
    token = session.get(ApiToken, token_id)
    if token is None or token.account_id != by.id:
        raise NotFound
    session.delete(token)
    session.flush()
    return token.name


def name_passkey(session: Session, passkey_id: int, name: str, by: Account) -> None:
    """Raises NotFound, or Invalid if the name is empty or another passkey has it."""
    passkey = session.get(Passkey, passkey_id)
    if passkey is None or passkey.user_id != by.id:
        raise NotFound
    name = clean_name(name)[:64]
    if not name:
        raise Invalid(_("Give the passkey a name, so that you know it again."))
    others = select(Passkey.id).where(Passkey.user_id == by.id, Passkey.name == name, Passkey.id != passkey.id)
    if session.scalar(others) is not None:
        raise Invalid(_("You have a passkey named %(name)s already.", name=name))
    passkey.name = name
    session.flush()
