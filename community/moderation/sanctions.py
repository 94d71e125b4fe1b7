"""Silence and suspension for a time, and their end."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from community.db import db, writing
from community.errors import Invalid, NotAllowed, NotFound
from community.models import SANCTIONS, Account, LogEntry, Sanction, SignIn
from community.moderation import log, own_reasons, queue
from community.moderation.changes import Changes

DAYS = (1, 3, 7, 14, 30, 90, 365)
MOST_ENDED = 200  # in one go; the rest a minute later
ACTIONS = {"silence": "silence", "suspension": "suspend"}


def sanction(
    session: Session, account: Account, kind: str, days: int, reason: str, note: str, by: Account, now: datetime
) -> LogEntry:
    """Silence or suspend somebody; who is suspended is signed out everywhere. Raises Invalid, NotAllowed for staff."""
    if kind not in SANCTIONS or days not in DAYS or not own_reasons.is_choice(session, reason):
        raise Invalid(_("Choose what, for how long and why."))
    if len(note) > queue.LONGEST_NOTE:
        raise Invalid(_("The note is longer than %(most)s characters.", most=queue.LONGEST_NOTE))
    if account.is_staff or account.id == by.id:
        raise NotAllowed(_("Nobody of the staff is sanctioned here."))
    changes = Changes(session, now)
    changes.insert(
        Sanction, account_id=account.id, kind=kind, reason=reason, note=note.strip(), by_id=by.id, begins_at=now,
        ends_at=now + timedelta(days=days), lifted_at=None, appealed_at=None,
    )  # fmt: skip
    apply(changes, account.id)
    if kind == "suspension":
        session.execute(delete(SignIn).where(SignIn.account_id == account.id))
    return log.write(
        session, ACTIONS[kind], by, now, account_id=account.id, reason=reason, note=note.strip(), changes=changes,
        details={"days": days}, tells=True,
    )  # fmt: skip


def lift(changes: Changes, sanction_id: int) -> bool:
    """End a sanction before its time; whether it still stood."""
    found = changes.session.get(Sanction, sanction_id, populate_existing=True)
    if found is None or found.lifted_at or found.ends_at <= changes.now:
        return False
    account_id, table = found.account_id, Sanction.__table__
    changes.update(Sanction, table.c.id == sanction_id, lifted_at=changes.now)
    apply(changes, account_id)
    return True


def apply(changes: Changes, account_id: int) -> None:
    """Bring the account's row in line with the sanctions that stand. One that is inactive for another reason stays so."""
    until = {kind: max((one.ends_at for one in standing(changes.session, account_id, changes.now, kind)), default=None)
             for kind in SANCTIONS}  # fmt: skip
    account = changes.session.get_one(Account, account_id, populate_existing=True)
    is_suspended = until["suspension"] is not None
    values: dict[str, Any] = {"silenced_until": until["silence"], "suspended_until": until["suspension"]}
    if is_suspended or account.suspended_until:
        values["active"] = not is_suspended
    changes.update(Account, Account.__table__.c.id == account_id, **values)


def standing(session: Session, account_id: int, now: datetime, kind: str | None = None) -> list[Sanction]:
    """The sanctions that hold now, those that end last first."""
    rows = select(Sanction).where(
        Sanction.account_id == account_id, Sanction.lifted_at.is_(None), Sanction.ends_at > now
    )
    if kind:
        rows = rows.where(Sanction.kind == kind)
    return list(session.scalars(rows.order_by(Sanction.ends_at.desc(), Sanction.id)))


def end_suspensions(now: datetime | None = None) -> dict[str, int]:
    """Chore: whose suspension has ended may sign in again."""
    now, session = now or datetime.now(UTC), db.session()
    session.rollback()
    due = select(Account.id).where(Account.suspended_until <= now).order_by(Account.id).limit(MOST_ENDED)
    ids = list(session.scalars(due))
    session.rollback()
    for account_id in ids:
        with writing():
            changes = Changes(session, now)
            apply(changes, account_id)
            log.write(session, "lift", None, now, account_id=account_id, tells=True)
            session.commit()
    return {"accounts": len(ids)} if ids else {}


def standing_path(account: Account) -> str:
    """The standing of somebody who cannot sign in: the address is the secret, and ends with the password."""
    signed = _serializer().dumps([account.id, account.fs_uniquifier[:16]])
    return f"/standing/{signed if isinstance(signed, str) else signed.decode()}"


def account_of_key(session: Session, key: str) -> Account:
    """Raises NotFound for a key that is not ours, or not any more."""
    try:
        account_id, mark = _serializer().loads(key)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound from error
    account = session.get(Account, account_id)
    if account is None or account.fs_uniquifier[:16] != mark:
        raise NotFound
    return account


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="standing")
