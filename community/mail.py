"""Mail on its way: queued in the transaction that it tells of, delivered by the worker."""

from datetime import datetime

from sqlalchemy.orm import Session

from community.models import Account, Mail


def queue(
    session: Session, to: str, subject: str, text: str, now: datetime, *, html: str | None = None,
    account: Account | None = None, key: str | None = None, headers: dict[str, str] | None = None,
) -> Mail:  # fmt: skip
    """A mail that the worker will send."""
    mail = Mail(
        to=to, subject=subject, text=text, html=html, account_id=account.id if account else None, key=key,
        headers=headers or {}, created_at=now, due_at=now, attempts=0,
    )  # fmt: skip
    session.add(mail)
    session.flush()
    return mail
