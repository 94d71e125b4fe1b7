"""Tells product managers, and a theme's owner among them, of an alert: once each, in the page and by mail."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from community import mail
from community.db import writing
from community.inserting import insert_missing
from community.models import Account, Alert, Event, Notification, Role
from community.notifications import letters, preferences
from community.notifications.service import may_mail, note_mailed

log = logging.getLogger(__name__)

TOLD = "manager"
MAY_READ = ("manager", "admin")
MOST = 500  # people told of one alert


def tell_of_alerts(session: Session, events: Sequence[Event]) -> None:
    """Tell everyone who should hear of these alerts: a reaction."""
    for event in events:
        session.rollback()
        alert = session.scalar(
            select(Alert).where(Alert.id == event.subject_id).options(selectinload(Alert.theme))
        )  # none: its theme is gone
        if alert:
            log.info("alert %d: %d told", alert.id, tell(session, alert, datetime.now(UTC)))


def tell(session: Session, alert: Alert, now: datetime) -> int:
    """How many were told now; who was told before is not told again."""
    readers = who_hears(session, alert)
    wanted = preferences.frequencies(session, [reader.id for reader in readers])
    theme, alert_id = alert.theme, alert.id
    details = {"theme_id": theme.id, "name": theme.name, "name_zh": theme.name_zh, "count": alert.count}
    at_once = [reader for reader in readers if may_mail(reader) and wanted[reader.id]["alert"] == "now"]
    path = f"/insights/themes/{theme.id}"
    written = {
        reader.id: letters.without_post(reader, "alert", details, path, f"alert:{alert_id}:{reader.id}")
        for reader in at_once
    }
    rows: list[dict[str, Any]] = [
        {"account_id": reader.id, "kind": "alert", "alert_id": alert_id, "details": details, "created_at": now}
        for reader in readers
    ]
    session.rollback()
    with writing():
        found = insert_missing(session, Notification, rows, Notification.account_id, Notification.id)
        told = {row.account_id: row.id for row in found}
        mail.queue_all(session, [letter for key, letter in written.items() if key in told], now)
        note_mailed(session, [told[key] for key in written if key in told], now)
        session.commit()
    return len(told)


def who_hears(session: Session, alert: Alert) -> list[Account]:
    """Product managers, and the theme's owner if they may read insights at all."""
    is_manager = Account.roles.any(Role.name == TOLD)
    is_owner = (Account.id == alert.theme.owner_id) & Account.roles.any(Role.name.in_(MAY_READ))
    rows = select(Account).where(Account.active, or_(is_manager, is_owner)).order_by(Account.id).limit(MOST)
    return list(session.scalars(rows))
