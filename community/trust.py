"""Trust levels, and what newcomers may not do yet."""

from datetime import datetime

from sqlalchemy.orm import Session

from community.models import Account


def check_limits(session: Session, by: Account, body: str, now: datetime) -> None:
    """Raises Limited, saying until when, if a newcomer posts too much, too many links or too many images."""
