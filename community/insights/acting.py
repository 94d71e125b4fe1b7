"""Verbs of acting on a theme: whose it is, by when, why, and where its ticket stands. Each can be undone."""

from datetime import date, datetime
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from community.errors import Invalid
from community.insights.corrections import record
from community.insights.service import ready
from community.models import DEPARTMENTS, Account, Correction, Theme

LONGEST_NOTE = 4_000
LONGEST_ADDRESS = 500
ENDED = ("done", "won't do")
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2200, 1, 1)


def is_overdue(theme: Theme, today: date) -> bool:
    """Whether its day is over and nobody said that it is done, or will not be."""
    return theme.due_on is not None and theme.due_on < today and theme.status not in ENDED


def set_department(
    session: Session, theme: Theme, department: str, by: Account, now: datetime
) -> Correction | None:  # fmt: skip
    """Say whose it is, or nobody's: from then on no rule says otherwise. Raises NotAllowed, Invalid."""
    ready(session, by, theme)
    if department and department not in DEPARTMENTS:
        raise Invalid(_("There is no such department."))
    if (department or None) == theme.department:
        return None  # a form that is saved for its other fields decides nothing about this one
    wanted = {f"theme:{theme.id}:department": department or None, f"theme:{theme.id}:is_routed_by_person": True}
    return record(
        session, "department", wanted, by, now, theme=theme, before=theme.department, after=department or None
    )


def leave_to_rules(session: Session, theme: Theme, by: Account, now: datetime) -> Correction | None:
    """Let the rules say again whose it is. Raises NotAllowed."""
    ready(session, by, theme)
    wanted = {f"theme:{theme.id}:is_routed_by_person": False}
    return record(session, "department", wanted, by, now, theme=theme, before=theme.department, by_rules=True)


def set_due(session: Session, theme: Theme, due_on: date | None, by: Account, now: datetime) -> Correction | None:
    """Say by when. A day that is over already may be set: then it is overdue. Raises NotAllowed, Invalid."""
    ready(session, by, theme)
    if due_on is not None and not FIRST_DAY <= due_on < LAST_DAY:
        raise Invalid(_("Write the day as a date of this century."))
    day = due_on.isoformat() if due_on else None
    before = theme.due_on.isoformat() if theme.due_on else None
    return record(session, "due", {f"theme:{theme.id}:due_on": day}, by, now, theme=theme, before=before, after=day)


def set_note(session: Session, theme: Theme, note: str, by: Account, now: datetime) -> Correction | None:
    """Keep what was decided and why. Raises NotAllowed, Invalid."""
    ready(session, by, theme)
    note = note.replace("\r\n", "\n").replace("\0", "").strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid(_("The text is longer than %(most)s characters.", most=LONGEST_NOTE))
    return record(session, "note", {f"theme:{theme.id}:note": note or None}, by, now, theme=theme)


def set_tracker(session: Session, theme: Theme, address: str, by: Account, now: datetime) -> Correction | None:
    """Keep where its ticket stands. Raises NotAllowed, and Invalid for what is no http or https address."""
    ready(session, by, theme)
    address = checked_address(address)
    return record(session, "tracker", {f"theme:{theme.id}:tracker_url": address or None}, by, now, theme=theme)


def checked_address(address: str) -> str:
    """The address, or nothing. Raises Invalid."""
    address = address.strip()
    if not address:
        return ""
    wrong = Invalid(_("A ticket's address begins with https:// or http://."))
    if len(address) > LONGEST_ADDRESS or any(sign.isspace() or not sign.isprintable() for sign in address):
        raise wrong
    try:
        parts = urlsplit(address)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        raise wrong from None
    if not is_whole:
        raise wrong
    return address


def day_of(text: str) -> date | None:
    """The day of a form's field, None when it is empty. Raises Invalid."""
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise Invalid(_("Write the day as a date of this century.")) from None
