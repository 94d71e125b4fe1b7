"""Reasons that moderators wrote for themselves, beside those that are built in; every change is a row of the log.

A decision keeps a reason's key ("own:7"), so that it is told in the reader's language, also when the reason was retired.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, cast

from flask import g, has_request_context
from flask_babel import gettext as _
from sqlalchemy import Table, and_, or_, select
from sqlalchemy.orm import Session, selectinload

from community.db import db
from community.errors import Conflict, Invalid, NotFound
from community.models import Account, CannedReason, LogEntry
from community.moderation import log
from community.moderation.changes import Changes
from community.moderation.reasons import REASONS, WAITING_FOR, Reason
from community.web.languages import local

OWN = "own:"
MOST = 100
LONGEST_NAME, LONGEST_TEXT = 80, 1_000  # characters
ACTIONS = ("add reason", "change reason", "retire reason", "revive reason")
TABLE = cast(Table, CannedReason.__table__)


class Told(NamedTuple):
    """A reason as it is told, and whether it may be chosen."""

    reason: Reason
    is_choice: bool


def own_reasons(session: Session) -> list[CannedReason]:
    """All of them, those in use first."""
    rows = select(CannedReason).order_by(CannedReason.retired_at.is_not(None), CannedReason.name)
    return list(session.scalars(rows.limit(2 * MOST)))


def own_reason(session: Session, reason_id: int) -> CannedReason:
    """Raises NotFound."""
    found = session.get(CannedReason, reason_id)
    if found is None:
        raise NotFound
    return found


def history(session: Session, most: int = 20) -> list[LogEntry]:
    """What was done to them, and undone, the latest first."""
    is_undo = and_(LogEntry.action == "undo", LogEntry.item_id.is_(None), LogEntry.post_id.is_(None))
    rows = select(LogEntry).where(or_(LogEntry.action.in_(ACTIONS), is_undo)).options(selectinload(LogEntry.actor))
    found = session.scalars(rows.order_by(LogEntry.id.desc()).limit(5 * most))
    return [row for row in found if row.action in ACTIONS or row.details.get("action") in ACTIONS][:most]


def choices(session: Session) -> Mapping[str, Reason]:
    """What a moderator may choose: key -> reason, in the reader's language."""
    return REASONS | {key: told.reason for key, told in all_told(session).items() if told.is_choice}


def readable(session: Session) -> Mapping[str, Reason]:
    """All that a decision may have been taken for, the retired ones too."""
    return REASONS | {key: told.reason for key, told in all_told(session).items()}


def is_choice(session: Session, key: str) -> bool:
    """Whether a decision may be taken for it now."""
    row = session.get(CannedReason, number_of(key)) if key.startswith(OWN) else None
    return key in REASONS or (row is not None and row.retired_at is None)


def is_told(key: str) -> bool:
    """Whether it is a reason that the person concerned reads."""
    return key in REASONS or key.startswith(OWN)


def reason_name(key: str) -> str:
    """What a reason is called, whether people give it, moderators wrote it or the rules have it."""
    if key.startswith(OWN):
        told = all_told(db.session()).get(key)
        return str(told.reason.name) if told else key
    return str(REASONS[key].name if key in REASONS else WAITING_FOR.get(key, key))


def all_told(session: Session) -> dict[str, Told]:
    """All of them by key, in the reader's language; one statement a page, however many lines of it name one."""
    if has_request_context() and "own_reasons" in g:
        return cast(dict[str, Told], g.own_reasons)
    found = {key_of(row): Told(as_reason(row), row.retired_at is None) for row in own_reasons(session)}
    if has_request_context():
        g.own_reasons = found
    return found


def key_of(row: CannedReason) -> str:
    return f"{OWN}{row.id}"


def number_of(key: str) -> int:
    number = key.removeprefix(OWN)
    return int(number) if number.isdecimal() and len(number) < 10 else 0


def as_reason(row: CannedReason) -> Reason:
    return Reason(local(row, "name"), "", local(row, "text"))


def write(
    session: Session, row: CannedReason | None, texts: Mapping[str, str], by: Account, now: datetime
) -> CannedReason:
    """Change it, or add one. Raises Invalid, and Conflict when the name is taken. The caller asks who may."""
    values = {name: " ".join(text.split()) if name.startswith("name") else text.strip() for name, text in texts.items()}
    if not values["name"] or not values["text"]:
        raise Invalid(_("A reason has a name, and a text that the author reads."))
    if any(len(text) > (LONGEST_NAME if name.startswith("name") else LONGEST_TEXT) for name, text in values.items()):
        raise Invalid(_("A name has at most %(name)s characters, a text %(text)s.", name=LONGEST_NAME, text=LONGEST_TEXT))  # fmt: skip
    same = session.scalar(select(CannedReason.id).where(CannedReason.name == values["name"]))
    if same is not None and (row is None or same != row.id):
        raise Conflict(_("There is a reason of this name."))
    if row is None:
        return _add(session, values, by, now)
    row_id, changes = row.id, Changes(session, now)
    if changes.update(CannedReason, TABLE.c.id == row_id, **values):
        log.write(session, "change reason", by, now, changes=changes, details={"name": values["name"]})
    return session.get_one(CannedReason, row_id)


def _add(session: Session, values: Mapping[str, str], by: Account, now: datetime) -> CannedReason:
    if len(own_reasons(session)) >= MOST:
        raise Invalid(_("There are %(most)s reasons of your own. Change one that nobody uses.", most=MOST))
    row = CannedReason(**values, changed_at=now)
    session.add(row)
    session.flush()
    log.write(session, "add reason", by, now, details={"name": row.name})  # decisions may name it: retire it instead
    return row


def retire(session: Session, row: CannedReason, is_back: bool, by: Account, now: datetime) -> None:
    """Nobody chooses it any more, or again. Raises Conflict when it is so already."""
    if (row.retired_at is None) == is_back:
        raise Conflict(_("It is so already."))
    name, changes = row.name, Changes(session, now)
    changes.update(CannedReason, TABLE.c.id == row.id, retired_at=None if is_back else now)
    log.write(
        session, "revive reason" if is_back else "retire reason", by, now, changes=changes, details={"name": name}
    )
