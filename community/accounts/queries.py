"""Reads of accounts."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.accounts.service import hashed
from community.models import SignIn


def is_signed_in(session: Session, account_id: int, token: str, now: datetime) -> bool:
    """Whether the server still knows this browser's sign-in."""
    row = select(SignIn.id).where(
        SignIn.token_hash == hashed(token), SignIn.account_id == account_id, SignIn.expires_at > now
    )
    return session.scalar(row) is not None
