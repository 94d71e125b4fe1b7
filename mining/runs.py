"""The run log: what each job did, how long it took, how it failed."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from community.models import Run


def begin(session: Session, job: str, worker: str, now: datetime) -> int:
    run = Run(job=job, worker=worker, started_at=now, status="running", counts={})
    session.add(run)
    session.flush()
    return run.id


def end(session: Session, run_id: int | None, job: str, worker: str, started: datetime, counts: dict[str, Any]) -> None:
    """Note what was done. A job that found nothing to do leaves no row."""
    now = datetime.now(started.tzinfo)
    if not any(counts.values()):
        if run_id is not None:
            session.execute(delete(Run).where(Run.id == run_id))
    elif run_id is None:
        session.add(Run(job=job, worker=worker, started_at=started, finished_at=now, status="done", counts=counts))
    else:
        session.execute(update(Run).where(Run.id == run_id).values(finished_at=now, status="done", counts=counts))


def fail(session: Session, run_id: int | None, job: str, worker: str, started: datetime, error: str) -> None:
    now = datetime.now(started.tzinfo)
    values = {"finished_at": now, "status": "failed", "error": error[:2000]}
    if run_id is None:
        session.add(Run(job=job, worker=worker, started_at=started, counts={}, **values))
    else:
        session.execute(update(Run).where(Run.id == run_id).values(**values))


def close_orphans(session: Session, now: datetime) -> None:
    """Runs of a worker that died are failed ones; called by the worker that takes over."""
    session.execute(
        update(Run).where(Run.status == "running").values(status="failed", finished_at=now, error="the worker stopped")
    )
