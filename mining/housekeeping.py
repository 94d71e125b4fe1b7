"""Rows that nobody needs any more, thrown away in bounded batches; and topics that nobody speaks of, put to rest."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from community.models import Event, Mention, Report, ReportOrder, Run, Topic, Verbatim
from mining import days
from mining.units import Units

KEPT = {
    "events": timedelta(days=14), "runs": timedelta(days=90), "rolling": timedelta(days=35),
    "chosen": timedelta(days=400), "orders": timedelta(days=90), "days": timedelta(days=2 * 365 + 7),
}  # fmt: skip
BATCH = 5_000
MOST_BATCHES = 200
QUIET = timedelta(days=365)  # a season comes back within a year


def tidy(units: Units, now: datetime) -> dict[str, Any]:
    """Delete finished events, runs, reports, orders and kept days past their time, and put topics to rest; how many of each.

    Issued weeks and months stay.
    """
    newest = select(Report.id).where(Report.kind == "rolling").order_by(Report.ends_at.desc()).limit(1)
    rolling = (Report.kind == "rolling") & (Report.ends_at < now - KEPT["rolling"])
    chosen = (Report.kind == "chosen") & (Report.created_at < now - KEPT["chosen"])
    ended = ReportOrder.report_id.is_(None) & (ReportOrder.finished_at < now - KEPT["orders"])
    return {
        "events": in_batches(units, Event, Event.finished_at < now - KEPT["events"]),
        "runs": in_batches(units, Run, Run.started_at < now - KEPT["runs"]),
        "reports": in_batches(units, Report, chosen | (rolling & Report.id.not_in(newest))),
        "orders": in_batches(units, ReportOrder, ended),
        "quiet topics": units.write(lambda session: rest(session, now)),
        "days": units.write(lambda session: days.forget(session, (now - KEPT["days"]).date())),
    }


def rest(session: Session, now: datetime) -> int:
    """Note of each topic that nobody has spoken of for a year since when; how many they are. They are not used again:
    who speaks of the matter once more starts a new topic, in the same theme if it is alike."""
    latest = (
        select(func.max(Verbatim.said_at))
        .join(Mention, Mention.verbatim_id == Verbatim.id)
        .where(Mention.topic_id == Topic.id)
        .correlate(Topic)
        .scalar_subquery()
    )
    known = select(Topic.id, func.coalesce(latest, Topic.created_at).label("since")).where(
        Topic.archived_at.is_(None), Topic.quiet_since.is_(None), Topic.created_at < now - QUIET
    )
    spoken = known.subquery()
    rows = session.execute(select(spoken).where(spoken.c.since < now - QUIET).limit(BATCH))
    found = [{"id": row.id, "quiet_since": row.since} for row in rows]
    if found:
        session.execute(update(Topic), found)
    return len(found)


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
