"""The log of corrections: each is a row with who, when and what it changed, and can be undone exactly."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from community import outbox, verbatims
from community.errors import Conflict, NotAllowed, NotFound
from community.insights import values
from community.models import Account, Change, Correction, Theme, Verbatim, Verdict

EDITORS = ("manager", "admin")


def require_editor(by: Account) -> None:
    if not any(by.has_role(name) for name in EDITORS):
        raise NotAllowed(_("Only product managers can do this."))


def take_turn(session: Session) -> None:
    """Let one correction at a time through, until it commits: each must see the one before. SQLite has one writer."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext("corrections"))))


def record(
    session: Session, kind: str, wanted: dict[str, Any], by: Account, now: datetime, *,
    theme: Theme | None = None, other: Theme | None = None, verdict: Verdict | None = None, **told: Any,
) -> Correction | None:  # fmt: skip
    """Put the wanted values in place and write down what they were; None when that would change nothing."""
    session.flush()
    changed = [(what, values.value(session, what), after) for what, after in wanted.items()]
    changed = [(what, before, after) for what, before, after in changed if before != after]
    if not changed:
        return None
    row = Correction(
        kind=kind, theme_id=theme and theme.id, other_theme_id=other and other.id, verdict_id=verdict and verdict.id,
        by_id=by.id, at=now, told=told,
    )  # fmt: skip
    session.add(row)
    session.flush()
    for what, before, after in changed:
        values.write(session, what, after)
        session.add(Change(correction_id=row.id, what=what, before=before, after=after))
    if verdict is not None:
        verdict.at = now
    if theme is not None:
        outbox.record(session, "theme.changed", theme.id, by, now, change=kind)
    session.flush()
    return row


def undo(session: Session, correction_id: int, by: Account, now: datetime) -> Correction:
    """Bring back what stood there before. Raises NotAllowed, NotFound, and Conflict when a later one builds upon it."""
    require_editor(by)
    take_turn(session)
    row = session.get(Correction, correction_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if row.undone_at is not None:
        raise Conflict(_("This was undone already."))
    changes = session.scalars(select(Change).where(Change.correction_id == row.id).order_by(Change.id.desc())).all()
    if not changes:
        raise Conflict(_("This was decided before corrections could be undone."))
    if has_later(session, row, changes):
        raise Conflict(_("A later correction builds upon this one. Undo that one first."))
    for change in changes:
        values.write(session, change.what, change.before)
        session.flush()
    row.undone_at, row.undone_by_id = now, by.id
    if row.kind == "relabel":
        touch_customer(session, row, now)
    if row.theme_id is not None:
        outbox.record(session, "theme.changed", row.theme_id, by, now, change="undone")
    session.flush()
    return row


def touch_customer(session: Session, row: Correction, now: datetime) -> None:
    """The profile of who wrote the mention is computed again."""
    of_text = select(Verbatim.customer_id).join(Verdict, Verdict.verbatim_id == Verbatim.id)
    customer = session.scalar(of_text.where(Verdict.id == row.verdict_id))
    if customer is not None:
        verbatims.touch(session, customer, now)


def has_later(session: Session, row: Correction, changes: Any) -> bool:
    """Whether a later correction that stands changed the same values, or is about a theme that this one made."""
    stands = select(Correction.id).where(Correction.id > row.id, Correction.undone_at.is_(None)).limit(1)
    same = stands.join(Change, Change.correction_id == Correction.id).where(
        Change.what.in_([change.what for change in changes])
    )
    made = [
        int(change.what.split(":")[1])
        for change in changes
        if change.what.endswith(":merged_into_id") and change.after is None
    ]
    about = stands.where(or_(Correction.theme_id.in_(made), Correction.other_theme_id.in_(made)))
    return bool(session.scalar(same) or (made and session.scalar(about)))
