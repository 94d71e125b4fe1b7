"""One change for many cases at once; those that somebody changed since they were seen are left alone, and named."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.complaints import service
from community.complaints.changing import Overtaken, require_worker
from community.errors import DomainError, Invalid
from community.models import Account, Complaint
from community.web.urls import row_number

MOST = 100


@dataclass
class Outcome:
    """Numbers of the cases that were changed, and of those that were not, with the reason."""

    changed: list[int] = field(default_factory=list)
    left: dict[int, str] = field(default_factory=dict)


def seen_versions(chosen: Sequence[str]) -> dict[int, int]:
    """Case -> version, of what a form sends as "12:3". Raises Invalid."""
    found: dict[int, int] = {}
    for one in chosen:
        number, version = (row_number(part) for part in one.partition(":")[::2])
        if number is None or version is None:
            raise Invalid(_("Please choose the cases again."))
        found[number] = version
    if not found:
        raise Invalid(_("Choose at least one case."))
    if len(found) > MOST:
        raise Invalid(_("Choose at most %(most)s cases at a time.", most=MOST))
    return found


def change(session: Session, seen: dict[int, int], what: str, value: str, by: Account, now: datetime) -> Outcome:
    """Do it to each, in the order of their numbers. Raises NotAllowed, and Invalid for what nobody can do."""
    require_worker(by)
    outcome = Outcome()
    cases = select(Complaint).where(Complaint.id.in_(seen)).order_by(Complaint.id)
    for complaint in list(session.scalars(cases)):
        try:
            with session.begin_nested():
                act(session, complaint, what, value, by, now, seen[complaint.id])
            outcome.changed.append(complaint.id)
        except DomainError as error:
            outcome.left[complaint.id] = str(error.message)
    return outcome


def act(session: Session, complaint: Complaint, what: str, value: str, by: Account, now: datetime, seen: int) -> None:
    """Raises Invalid, Overtaken."""
    if what == "status":
        service.move(session, complaint, value, by, now, seen)
    elif what == "priority":
        service.prioritise(session, complaint, value, by, now, seen)
    elif what == "assignee":
        service.assign(session, complaint, agent_of(session, value), by, now, seen)
    elif what == "label":
        if complaint.version != seen:
            raise Overtaken(_("Somebody else changed this case in the meantime."))
        service.add_label(session, complaint, value, by, now)
    elif what == "snooze":
        service.snooze(session, complaint, until(value, now), by, now, seen)
    else:
        raise Invalid(_("Choose what to do."))


def agent_of(session: Session, value: str) -> Account | None:
    """The account that a form names; None for nobody. Raises Invalid."""
    if value in ("", "0"):
        return None
    found = session.get(Account, row_number(value) or 0)
    if found is None:
        raise Invalid(_("There is no such agent."))
    return found


SNOOZES = {"4h": timedelta(hours=4), "1d": timedelta(days=1), "3d": timedelta(days=3), "7d": timedelta(days=7)}


def until(value: str, now: datetime) -> datetime | None:
    """When a snooze of this name ends; None to wake. Raises Invalid."""
    if value == "wake":
        return None
    if value not in SNOOZES:
        raise Invalid(_("Choose for how long."))
    return now + SNOOZES[value]
