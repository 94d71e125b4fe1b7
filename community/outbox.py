"""The outbox: events are recorded with the change, claimed by the worker, and finished when their reactions are done.

Delivery is at least once. A claim pushes `due_at` on; a worker that dies leaves an event that falls due again.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.models import Account, Event

CLAIM = timedelta(seconds=60)
LAST_ATTEMPT = 11  # about two hours after the first; then the event is kept, shown, and not tried again


def record(session: Session, kind: str, subject_id: int, by: Account | None, now: datetime, **details: Any) -> Event:
    """Write down what happened, in the transaction of the change itself."""
    event = Event(
        kind=kind, subject_id=subject_id, actor_id=by.id if by else None, details=details, created_at=now, due_at=now
    )
    session.add(event)
    return event


def claim(session: Session, now: datetime, most: int) -> list[Event]:
    """Up to `most` due events, oldest first, kept from other workers for CLAIM. Commit at once."""
    due = (
        select(Event)
        .where(Event.finished_at.is_(None), Event.due_at <= now, Event.attempts < LAST_ATTEMPT)
        .order_by(Event.due_at, Event.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    events = list(session.scalars(due))
    for event in events:
        event.due_at = now + CLAIM
        event.attempts += 1
    return events


def finish(session: Session, events: list[Event], now: datetime) -> None:
    """Their reactions are done."""
    ids = [event.id for event in events]
    session.execute(update(Event).where(Event.id.in_(ids)).values(finished_at=now, error=None))


def fail(session: Session, event: Event, error: str, now: datetime) -> None:
    """A reaction failed: try again later, each time later still."""
    due_at = now + timedelta(seconds=2 ** min(event.attempts + 2, 12))
    session.execute(update(Event).where(Event.id == event.id).values(error=error[:500], due_at=due_at))
