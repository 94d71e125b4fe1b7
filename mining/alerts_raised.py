"""What alerts of all kinds share: those that go on, and raising one with the event that makes the community tell people."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from community import outbox
from community.models import Alert


def open_of(kind: str) -> Select[tuple[Alert]]:
    return select(Alert).where(Alert.kind == kind, Alert.ended_at.is_(None))


def raise_(session: Session, alert: Alert) -> bool:
    """Whether it is a new one: one that still went on that day goes on, and nobody is told again."""
    known = session.scalar(
        select(Alert)
        .where(Alert.kind == alert.kind, Alert.about == alert.about, Alert.last_day >= alert.day)
        .order_by(Alert.day.desc())
        .limit(1)
    )
    if known:
        known.ended_at = None
        return False
    session.add(alert)
    session.flush()
    outbox.record(session, "alert.raised", alert.id, None, alert.first_seen_at)
    return True
