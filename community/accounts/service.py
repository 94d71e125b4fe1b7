"""Verbs of accounts: sign-ins are rows, so that they can be ended from the server."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete
from sqlalchemy.orm import Session

from community.models import Account, SignIn


def open_sign_in(session: Session, account: Account, browser: str, days: int, now: datetime) -> str:
    """The token for the cookie of a browser that has just signed in."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(SignIn).where(SignIn.account_id == account.id, SignIn.expires_at < now))
    session.add(
        SignIn(
            token_hash=hashed(token), account_id=account.id, created_at=now, browser=browser[:200],
            expires_at=now + timedelta(days=days),
        )
    )  # fmt: skip
    session.flush()
    return token


def close_sign_in(session: Session, token: str) -> None:
    """Sign this browser out; its cookie is worthless from here on."""
    session.execute(delete(SignIn).where(SignIn.token_hash == hashed(token)))


def close_all_sign_ins(session: Session, account: Account) -> None:
    """Sign every browser of the account out: after a new password or a ban."""
    session.execute(delete(SignIn).where(SignIn.account_id == account.id))


def suspend(session: Session, account: Account) -> None:
    """Ban the account: nobody can use it, from any browser, from now on."""
    account.active = False
    close_all_sign_ins(session, account)


def hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()
