"""Every change of a case goes through here: its row is locked, its version compared, its clock kept, the change logged."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from community import clocks
from community.errors import Conflict, NotAllowed
from community.models import Account, Complaint, ComplaintChange, ComplaintLabel, Customer, Message

COLUMNS = (
    "status", "assignee_id", "priority", "product_id", "resolved_at", "first_replied_at", "first_due_at",
    "resolve_due_at", "due_at", "stopped_at", "stopped_seconds", "snoozed_until", "reopened_count", "merged_into_id",
)  # fmt: skip
RELOADED = (*COLUMNS, "version", "changed_at", "mail_address")
MOMENTS = {name for name in COLUMNS if name.endswith(("_at", "_until"))}
WORKERS = ("agent", "admin")


class Overtaken(Conflict):
    """Somebody changed the case since this person saw it."""


@contextmanager
def changing(
    session: Session, complaint: Complaint, kind: str, by: Account | None, now: datetime, *, seen: int | None = None,
    reason: str | None = None, message: Message | None = None, is_logged: bool = False,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Change the case inside; nothing is logged when nothing changed, unless there is a message or `is_logged`.

    `seen`: the version that the actor decided by. Raises Overtaken when it is another by now. What is put under
    `labels` into the yielded dict replaces the labels.
    """
    lock(session, complaint, seen)
    before, wanted = state_of(session, complaint), dict[str, Any]()
    yield wanted
    if "labels" in wanted:
        set_labels(session, complaint, wanted["labels"])
    customer = session.get_one(Customer, complaint.customer_id)
    clocks.keep_clock(complaint, customer.value, now)
    after = state_of(session, complaint)
    changed = {name for name in after if after[name] != before[name]}
    if not (changed or message or is_logged):
        return
    complaint.changed_at = max(now, complaint.changed_at)
    complaint.version += 1
    session.flush()
    session.add(
        ComplaintChange(
            complaint_id=complaint.id, kind=kind, actor_id=by.id if by else None, at=now, version=complaint.version,
            before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
            reason=reason, message_id=message.id if message else None,
        )
    )  # fmt: skip
    session.flush()


def begin(session: Session, complaint: Complaint, by: Account | None, now: datetime) -> None:
    """The first row of a new case's log: all of its state."""
    clocks.keep_clock(complaint, session.get_one(Customer, complaint.customer_id).value, now)
    session.flush()
    session.add(
        ComplaintChange(
            complaint_id=complaint.id, kind="opened", actor_id=by.id if by else None, at=now,
            version=complaint.version, before={}, after=state_of(session, complaint),
        )
    )  # fmt: skip
    session.flush()


def lock(session: Session, complaint: Complaint, seen: int | None = None) -> None:
    """Keep others from changing the case until this unit of work ends, and look at it anew. Raises Overtaken."""
    session.flush()
    session.refresh(complaint, RELOADED, with_for_update=True)
    if seen is not None and complaint.version != seen:
        raise Overtaken(_("Somebody else changed this case in the meantime."))


def state_of(session: Session, complaint: Complaint) -> dict[str, Any]:
    """All that the log speaks of, as JSON keeps it."""
    state = {name: _plain(getattr(complaint, name)) for name in COLUMNS}
    return state | {"labels": labels_of(session, complaint)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def restore(complaint: Complaint, state: dict[str, Any]) -> None:
    """Set the columns to what a row of the log says they were; the clock is computed anew."""
    for name in state.keys() & set(COLUMNS):
        value = state[name]
        setattr(complaint, name, datetime.fromisoformat(value) if value and name in MOMENTS else value)


def labels_of(session: Session, complaint: Complaint) -> list[str]:
    rows = select(ComplaintLabel.name).where(ComplaintLabel.complaint_id == complaint.id).order_by(ComplaintLabel.name)
    return list(session.scalars(rows))


def set_labels(session: Session, complaint: Complaint, names: Sequence[str]) -> None:
    session.execute(delete(ComplaintLabel).where(ComplaintLabel.complaint_id == complaint.id))
    session.add_all(ComplaintLabel(complaint_id=complaint.id, name=name) for name in sorted(set(names)))
    session.flush()


def is_worker(account: Account) -> bool:
    return any(account.has_role(name) for name in WORKERS)


def require_worker(account: Account) -> None:
    """Raises NotAllowed."""
    if not is_worker(account):
        raise NotAllowed(_("Only the company's agents can do this."))
