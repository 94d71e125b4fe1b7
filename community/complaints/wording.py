"""What happened to a case, as a line for agents."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from community.models import Account, ComplaintChange
from community.web.languages import term


def line(change: ComplaintChange, people: dict[int, Account]) -> str:
    """What was done, without who did it."""
    return str(_line(change, people))


def _line(change: ComplaintChange, people: dict[int, Account]) -> Any:
    after, before = change.after, change.before
    if change.kind == "opened":
        return _("The case was opened.")
    if change.kind == "heard":
        return _("The customer wrote; the case was opened again.") if after.get("status") == "reopened" else _("The customer wrote.")  # fmt: skip
    if change.kind == "replied":
        return _("Replied: %(status)s.", status=term(after["status"])) if "status" in after else _("Replied.")
    if change.kind == "assigned":
        person = people.get(after.get("assignee_id") or 0)
        return _("Given to %(name)s.", name=person.name) if person else _("Given to nobody.")
    if change.kind in ("status", "closed"):
        return _("Status: %(before)s, now %(after)s.", before=term(before.get("status")), after=term(after.get("status")))  # fmt: skip
    if change.kind == "priority":
        return _("Priority: %(before)s, now %(after)s.", before=term(before.get("priority")), after=term(after.get("priority")))  # fmt: skip
    if change.kind == "labels":
        return _("Labels: %(names)s.", names=", ".join(after.get("labels", ())) or "—")
    if change.kind == "snoozed":
        until = after.get("snoozed_until")
        return _("Put off until %(when)s.", when=_short(until)) if until else _("No longer put off.")
    return {
        "rated": _("The customer said how it went."), "published": _("It was published as a question."),
        "told": _("The customer was told of the public answer."),
        "unsent": _("A reply was taken back before it left."), "product": _("The product was changed."),
        "merged": _("This case was merged into another."), "unmerged": _("The merge was undone."),
        "started": _("The clock was set."),
    }.get(change.kind, change.kind)  # fmt: skip


def _short(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M} UTC"


def people_in(changes: list[ComplaintChange]) -> set[int]:
    """Ids of the accounts that the lines name."""
    return {change.after["assignee_id"] for change in changes if change.after.get("assignee_id")}
