"""Where a notification leads."""

from urllib.parse import urlencode

from community.models import Account, Notification


def path_of(notification: Notification, reader: Account) -> str:
    """The page within this site that shows what it is about."""
    if notification.post_id:
        return f"/posts/{notification.post_id}"
    if notification.question_id:
        return f"/posts/{notification.question_id}"
    if notification.kind == "alert":
        return f"/insights/themes/{notification.details.get('theme_id', 0)}"
    if notification.kind == "outcome":
        case = notification.details.get("complaint_id")
        return f"/complaints/{case}" if case else f"/you-said/{notification.details.get('outcome_id', 0)}"
    if notification.kind == "decision":
        return "/standing"
    if notification.kind == "saved search":
        query = notification.details.get("query")
        return f"/search?{urlencode({'q': query})}" if query else "/searches"
    return f"/people/{reader.handle}"
