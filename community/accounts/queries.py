"""Reads of accounts: who is signed in, from where, and what else opens the account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Account, ApiToken, Passkey, SignIn
from community.tokens import hashed

MOST = 200  # rows of a list on the page


@dataclass(frozen=True)
class Known:
    """A sign-in that the server still knows."""

    id: int
    last_seen_at: datetime | None


def known_sign_in(session: Session, account_id: int, token: str, now: datetime) -> Known | None:
    """This browser's sign-in, if it has not ended."""
    row = select(SignIn.id, SignIn.last_seen_at).where(
        SignIn.token_hash == hashed(token), SignIn.account_id == account_id, SignIn.expires_at > now
    )
    found = session.execute(row).one_or_none()
    return Known(found.id, found.last_seen_at) if found else None


def is_signed_in(session: Session, account_id: int, token: str, now: datetime) -> bool:
    """Whether the server still knows this browser's sign-in."""
    return known_sign_in(session, account_id, token, now) is not None


def sign_ins(session: Session, account: Account, now: datetime) -> Sequence[SignIn]:
    """The browsers that are signed in, the one seen last first."""
    rows = select(SignIn).where(SignIn.account_id == account.id, SignIn.expires_at > now)
    return session.scalars(rows.order_by(SignIn.last_seen_at.desc(), SignIn.id.desc()).limit(MOST)).all()


def passkeys(session: Session, account: Account) -> Sequence[Passkey]:
    return session.scalars(
        select(Passkey).where(Passkey.user_id == account.id).order_by(Passkey.create_datetime, Passkey.id).limit(MOST)
    ).all()


def tokens(session: Session, account: Account) -> Sequence[ApiToken]:
    """Newest first; expired ones too, so that their owner sees why a program stopped."""
    return session.scalars(
        select(ApiToken).where(ApiToken.account_id == account.id).order_by(ApiToken.id.desc()).limit(MOST)
    ).all()


def addressee(session: Session, email: str) -> Any:
    """What a mail to this address needs of its account; None if there is none. Columns only: that takes no longer."""
    columns = (
        Account.id, Account.email, Account.name, Account.locale, Account.active, Account.confirmed_at,
        Account.password, Account.fs_uniquifier,
    )  # fmt: skip
    return session.execute(select(*columns).where(func.lower(Account.email) == email.lower())).one_or_none()
