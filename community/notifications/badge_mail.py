"""Notifications of badges, which are made elsewhere, for those who want them by mail at once."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from community import mail
from community.db import db, writing
from community.models import Notification, Preference
from community.notifications import letters, preferences, service
from community.notifications.paths import path_of

LOOKS_BACK = timedelta(days=1)
BATCH = 200


def mail_badges() -> dict[str, int]:
    """Queue mails about what has come since; how many."""
    session, now = db.session(), datetime.now(UTC)
    session.rollback()
    rows = waiting(session, now)
    wanted = preferences.frequencies(session, {row.account_id for row in rows})
    due = [row for row in rows if service.may_mail(row.account) and wanted[row.account_id][row.kind] == "now"]
    written = [letters.of_badge(row.account, row, path_of(row, row.account)) for row in due]
    ids = [row.id for row in due]
    session.rollback()
    if not due:
        return {}
    with writing():
        queued = mail.queue_all(session, written, now)
        service.note_mailed(session, ids, now)
        session.commit()
    return {"mails": len(queued)}


def waiting(session: Session, now: datetime) -> list[Notification]:
    """What was neither read nor mailed, of those who chose to hear of that kind at once."""
    rows = (
        select(Notification)
        .join(Preference, (Preference.account_id == Notification.account_id) & (Preference.kind == Notification.kind))
        .where(
            Preference.kind == "badge", Preference.frequency == "now", Notification.read_at.is_(None),
            Notification.mailed_at.is_(None), Notification.created_at > now - LOOKS_BACK,
        )
        .options(selectinload(Notification.account))
        .limit(BATCH)
    )  # fmt: skip
    return list(session.scalars(rows))
