"""Who else has a case open: rows of a minute, written beside the page that is read."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from community.inserting import insert_missing
from community.models import Account, Looking

RECENT = timedelta(seconds=60)
RENEWED = timedelta(seconds=15)  # a page that is read again sooner writes nothing


def others(session: Session, complaint_id: int, by: Account, now: datetime) -> list[Account]:
    rows = select(Account).join(Looking, Looking.account_id == Account.id).where(
        Looking.complaint_id == complaint_id, Looking.account_id != by.id, Looking.at > now - RECENT
    )  # fmt: skip
    return list(session.scalars(rows.order_by(Account.name).limit(10)))


def is_due(session: Session, complaint_id: int, by: Account, now: datetime) -> bool:
    """Whether it has to be written down that they look."""
    at = session.scalar(select(Looking.at).where(Looking.complaint_id == complaint_id, Looking.account_id == by.id))
    return at is None or at < now - RENEWED


def look(session: Session, complaint_id: int, by: Account, now: datetime) -> None:
    """They look now; rows that mean nothing any more go."""
    session.execute(delete(Looking).where(Looking.at < now - RECENT))
    session.execute(delete(Looking).where(Looking.complaint_id == complaint_id, Looking.account_id == by.id))
    row = {"complaint_id": complaint_id, "account_id": by.id, "at": now}
    insert_missing(session, Looking, [row], Looking.at)
    session.flush()
