"""What a person lets the company do with their data; each decision is kept, the newest holds."""

from datetime import datetime

from sqlalchemy.orm import Session

from community.models import Account, Consent


def set_consent(session: Session, account: Account, kind: str, is_given: bool, now: datetime) -> None:
    """Note the decision about `profiling` or `visits`, and let it take effect."""
    session.add(Consent(account_id=account.id, kind=kind, is_given=is_given, at=now))
