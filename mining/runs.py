"""The run log: what each job did, how long it took, how it failed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
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


def missed(session: Session, due: Mapping[str, datetime]) -> set[str]:
    """Of the jobs with the time at which each was due last, those that did not run since: while no worker was there.

    None before the log tells of any worker: nothing is missed by the first one.
    """
    if not due or not session.scalar(select(Run.id).where(Run.started_at < min(due.values())).limit(1)):
        return set()
    latest = select(Run.job, func.max(Run.started_at)).where(
        Run.job.in_(due), Run.status == "done", Run.started_at >= min(due.values())
    )
    ran = dict(session.execute(latest.group_by(Run.job)).tuples().all())
    return {job for job, at in due.items() if job not in ran or ran[job] < at}


def close_orphans(session: Session, now: datetime) -> None:
    """Runs of a worker that died are failed ones; called by the worker that takes over."""
    session.execute(
        update(Run).where(Run.status == "running").values(status="failed", finished_at=now, error="the worker stopped")
    )
