"""Reads of runs, the lease and the outbox."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Event, Lease, Run, Verbatim
from community.outbox import LAST_ATTEMPT


@dataclass
class Backlog:
    """What waits."""

    events: int
    stuck: list[Event]
    verbatims: int


def runs(session: Session, job: str | None, most: int = 100) -> list[Run]:
    rows = select(Run).order_by(Run.started_at.desc(), Run.id.desc()).limit(most)
    return list(session.scalars(rows.where(Run.job == job) if job else rows))


def jobs(session: Session) -> list[str]:
    """The jobs that have run."""
    return list(session.scalars(select(Run.job).distinct().order_by(Run.job).limit(50)))


def lease(session: Session, now: datetime) -> Lease | None:
    """The worker that schedules now, if any."""
    return session.scalar(select(Lease).where(Lease.name == "worker", Lease.expires_at > now))


def backlog(session: Session) -> Backlog:
    open_events = select(func.count()).where(Event.finished_at.is_(None), Event.attempts < LAST_ATTEMPT)
    stuck = select(Event).where(Event.finished_at.is_(None), Event.error.is_not(None)).order_by(Event.due_at).limit(20)
    waiting = select(func.count()).where(Verbatim.mined_revision.is_(None))
    return Backlog(session.scalar(open_events) or 0, list(session.scalars(stuck)), session.scalar(waiting) or 0)
