"""Where a notification leads."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from community.models import Account, Notification


def path_of(notification: Notification, reader: Account) -> str:
    """The page within this site that shows what it is about."""
    if notification.post_id:
        return f"/posts/{notification.post_id}"
    if notification.question_id:
        return f"/posts/{notification.question_id}"
    if notification.kind == "alert":
        return path_of_alert(notification.alert_id, notification.details)
    if notification.kind == "report":
        return f"/insights/reports/{notification.report_id}"
    if notification.kind == "outcome":
        case = notification.details.get("complaint_id")
        return f"/complaints/{case}" if case else f"/you-said/{notification.details.get('outcome_id', 0)}"
    if notification.kind == "complaint":
        return f"/complaints/{notification.details.get('complaint_id', 0)}#message-{notification.message_id}"
    if notification.kind == "decision":
        return "/standing"
    if notification.kind == "saved search":
        query = notification.details.get("query")
        return f"/search?{urlencode({'q': query})}" if query else "/searches"
    return f"/people/{reader.handle}"


def path_of_alert(alert_id: int | None, details: Mapping[str, Any]) -> str:
    """The theme's page; of leaving, which is about no theme, the alert's own."""
    theme_id = details.get("theme_id")
    return f"/insights/themes/{theme_id}" if theme_id else f"/insights/alerts/{alert_id}"
