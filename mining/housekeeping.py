"""Rows that nobody needs any more, thrown away in bounded batches."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from community.models import Event, Run
from mining.units import Units

KEPT = {"events": timedelta(days=14), "runs": timedelta(days=90)}
BATCH = 5_000
MOST_BATCHES = 200


def tidy(units: Units, now: datetime) -> dict[str, Any]:
    """Delete finished events and runs past their time; how many of each."""
    return {
        "events": in_batches(units, Event, Event.finished_at < now - KEPT["events"]),
        "runs": in_batches(units, Run, Run.started_at < now - KEPT["runs"]),
    }


def in_batches(units: Units, table: Any, condition: Any) -> int:
    deleted = 0
    for _ in range(MOST_BATCHES):

        def work(session: Session) -> int:
            ids = list(session.scalars(select(table.id).where(condition).limit(BATCH)))
            session.execute(delete(table).where(table.id.in_(ids)))
            return len(ids)

        count = units.write(work)
        deleted += count
        if count < BATCH:
            break
    return deleted
