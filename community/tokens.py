"""Tokens of programs: a program acts in the name of an account, and only the hash of its token is kept."""

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from community.models import Account, ApiToken

NOTED = timedelta(hours=1)  # between two notes that a token was used


def hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def account_of_token(session: Session, token: str, now: datetime) -> tuple[Account, ApiToken] | None:
    """Whom the token speaks for, and what it may; None if it is unknown, has expired or its account is suspended."""
    row = session.execute(
        select(Account, ApiToken)
        .join(ApiToken, ApiToken.account_id == Account.id)
        .where(ApiToken.token_hash == hashed(token), Account.active)
        .where(or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now))
    ).one_or_none()
    return (row[0], row[1]) if row else None


def is_note_due(token: ApiToken, now: datetime) -> bool:
    return token.last_used_at is None or token.last_used_at <= now - NOTED


def note_use(session: Session, token_id: int, now: datetime) -> None:
    """Remember that the token was used, for its owner to see which of them still are."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=now))
