"""What nobody needs any more, thrown away in bounded batches: sent mails, read notifications, ids of received mails."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement

from community.batches import delete_in_batches
from community.models import Mail, Notification, ReceivedMail

KEPT = {"mails": timedelta(days=30), "notifications": timedelta(days=180), "received": timedelta(days=180)}
BATCH = 2_000


def tidy(now: datetime | None = None) -> dict[str, int]:
    """How many of each were deleted. Mails that could not be sent stay, with their error."""
    now = now or datetime.now(UTC)
    before = {name: now - time for name, time in KEPT.items()}
    counts = {
        "mails": delete_in_batches(Mail, Mail.sent_at < before["mails"], BATCH),
        "notifications": delete_in_batches(Notification, Notification.read_at < before["notifications"], BATCH),
        "received": delete_in_batches(ReceivedMail, is_over(before["received"]), BATCH),
    }
    return {name: count for name, count in counts.items() if count}


def is_over(before: datetime) -> ColumnElement[bool]:
    """Mail that was taken. What was refused and waits for somebody to look at it is never thrown away."""
    return (ReceivedMail.received_at < before) & ReceivedMail.original.is_(None)
