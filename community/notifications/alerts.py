"""Tells those who want alerts, and a theme's owner, of one: once each, in the page and by mail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session

from community import mail
from community.db import writing
from community.inserting import insert_missing
from community.models import Account, Alert, Notification, Role, Subscription, Theme
from community.notifications import letters, preferences
from community.notifications.paths import path_of_alert
from community.notifications.service import may_mail, note_mailed

TOLD = "manager"  # unasked, unless they refuse
MAY_READ = ("manager", "admin")
MOST = 500  # people told of one alert


def tell(session: Session, alert: Alert, said: Sequence[Any], quoted: Sequence[int], now: datetime) -> int:
    """How many were told now; who was told before is not told again. `said` is quoted, of the verbatims `quoted`."""
    readers = who_hears(session, alert)
    wanted = preferences.frequencies(session, [reader.id for reader in readers])
    details, alert_id = details_of(alert), alert.id
    at_once = [reader for reader in readers if may_mail(reader) and wanted[reader.id]["alert"] == "now"]
    path = path_of_alert(alert_id, details)
    written = {
        reader.id: letters.with_quotes(reader, "alert", details, said, quoted, path, f"alert:{alert_id}:{reader.id}")
        for reader in at_once
    }
    rows: list[dict[str, Any]] = [
        {"account_id": reader.id, "kind": "alert", "alert_id": alert_id, "details": details, "created_at": now}
        for reader in readers
    ]
    return told(session, rows, written, now)


def told(session: Session, rows: list[dict[str, Any]], written: dict[int, mail.Letter], now: datetime) -> int:
    """Write the notifications that are not there yet, and queue the mails about those; how many are new."""
    session.rollback()
    with writing():
        found = insert_missing(session, Notification, rows, Notification.account_id, Notification.id)
        new = {row.account_id: row.id for row in found}
        mail.queue_all(session, [letter for key, letter in written.items() if key in new], now)
        note_mailed(session, [new[key] for key in written if key in new], now)
        session.commit()
    return len(new)


def details_of(alert: Alert) -> dict[str, Any]:
    """What the notification says, with the names as they are now."""
    about = alert.theme or alert.product
    names = {"name": about.name, "name_zh": about.name_zh} if about else {"name": "", "name_zh": None}
    return {"alert": alert.kind, "theme_id": alert.theme_id, "count": alert.count, **names}


def who_hears(session: Session, alert: Alert) -> list[Account]:
    """Product managers who did not refuse, those who subscribed, the theme's owner; all if they may read insights."""
    refused = select(Subscription.account_id).where(Subscription.key == "alerts:all", Subscription.is_refused)
    wanted = select(Subscription.account_id).where(
        Subscription.what == "alerts", Subscription.is_refused.is_(False), is_about(alert)
    )
    is_manager = Account.roles.any(Role.name == TOLD) & Account.id.not_in(refused)
    owner = alert.theme.owner_id if alert.theme else None
    hears = or_(is_manager, Account.id.in_(wanted), Account.id == owner if owner else false())
    may_read = Account.roles.any(Role.name.in_(MAY_READ))
    return list(
        session.scalars(select(Account).where(Account.active, may_read, hears).order_by(Account.id).limit(MOST))
    )


def is_about(alert: Alert) -> ColumnElement[bool]:
    """Which subscriptions hear of this alert."""
    parts = [Subscription.key == "alerts:all"]
    if alert.theme:
        same = select(Theme.id).where((Theme.id == alert.theme_id) | (Theme.merged_into_id == alert.theme_id))
        parts.append(Subscription.theme_id.in_(same))
        parts += [Subscription.department == alert.theme.department] if alert.theme.department else []
    if alert.product_id:
        parts.append(Subscription.product_id == alert.product_id)
    return or_(*parts)
