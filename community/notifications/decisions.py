"""Tells the person concerned what moderators decided: once each, in the page and by mail. A reaction."""

from collections.abc import Sequence
from datetime import UTC, datetime

from flask_babel import force_locale
from sqlalchemy.orm import Session

from community import mail
from community.db import writing
from community.inserting import insert_missing
from community.models import Account, Event, LogEntry, Notification
from community.moderation.sanctions import standing_path
from community.notifications import letters, preferences
from community.notifications.service import may_mail, note_mailed

MAILED_THOUGH_SUSPENDED = ("suspend",)


def tell_of_decisions(session: Session, events: Sequence[Event]) -> None:
    for event in events:
        session.rollback()
        entry = session.get(LogEntry, event.subject_id)
        for account_id in [entry.account_id, *event.details.get("also", ())] if entry else ():
            reader = session.get(Account, account_id) if account_id else None
            entry = session.get(LogEntry, event.subject_id)
            if entry and reader:
                tell(session, entry, reader, datetime.now(UTC))


def tell(session: Session, entry: LogEntry, reader: Account, now: datetime) -> None:
    """A notification, and a mail where it is wanted at once. Who was told before is not told again."""
    details = {"action": entry.action, "reason": entry.reason, "note": entry.note, "post_id": entry.post_id}
    wanted = preferences.frequencies(session, [reader.id])[reader.id]["decision"]
    is_reached = may_mail(reader) or (entry.action in MAILED_THOUGH_SUSPENDED and reader.email and reader.confirmed_at)
    path = "/standing" if reader.active else standing_path(reader)
    letter = None
    if wanted == "now" and is_reached:
        with force_locale(letters.language_of(reader)):
            letter = letters.without_post(reader, "decision", details, path, f"decision:{entry.id}:{reader.id}")
    row = {"account_id": reader.id, "kind": "decision", "entry_id": entry.id, "details": details, "created_at": now}
    session.rollback()
    with writing():
        new = insert_missing(session, Notification, [row], Notification.id)
        if new and letter:
            mail.queue_all(session, [letter], now)
            note_mailed(session, [new[0].id], now)
        session.commit()
