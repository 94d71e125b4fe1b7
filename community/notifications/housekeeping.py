"""What nobody needs any more, thrown away in bounded batches: sent mails, read notifications, ids of received mails."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from community.db import db, writing
from community.models import Mail, Notification, ReceivedMail

KEPT = {"mails": timedelta(days=30), "notifications": timedelta(days=180), "received": timedelta(days=180)}
BATCH = 2_000
MOST_BATCHES = 200


def tidy(now: datetime | None = None) -> dict[str, int]:
    """How many of each were deleted. Mails that could not be sent stay, with their error."""
    now = now or datetime.now(UTC)
    before = {name: now - time for name, time in KEPT.items()}
    counts = {
        "mails": in_batches(Mail, Mail.sent_at < before["mails"]),
        "notifications": in_batches(Notification, Notification.read_at < before["notifications"]),
        "received": in_batches(ReceivedMail, ReceivedMail.received_at < before["received"]),
    }
    return {name: count for name, count in counts.items() if count}


def in_batches(table: Any, condition: ColumnElement[bool]) -> int:
    deleted, session = 0, db.session()
    for _ in range(MOST_BATCHES):
        session.rollback()
        with writing():
            ids = list(session.scalars(select(table.id).where(condition).limit(BATCH)))
            session.execute(delete(table).where(table.id.in_(ids)))
            session.commit()
        deleted += len(ids)
        if len(ids) < BATCH:
            break
    return deleted
