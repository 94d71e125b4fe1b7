"""The run log says what each job did, how long it took and how it failed."""

from datetime import timedelta

from sqlalchemy import select

from community.models import Run
from mining import runs
from mining.units import Units
from tests.conftest import NOW


def all_runs(units: Units) -> list[Run]:
    return units.read(lambda session: list(session.scalars(select(Run).order_by(Run.id))))


def begun(units: Units, job: str = "mining", worker: str = "one") -> int:
    return units.write(lambda session: runs.begin(session, job, worker, NOW))


def test_a_run_is_seen_from_its_beginning_to_its_end(units: Units) -> None:
    key = begun(units)
    (row,) = all_runs(units)
    assert (row.status, row.started_at, row.finished_at) == ("running", NOW, None)
    units.write(lambda session: runs.end(session, key, "mining", "one", NOW, {"verbatims": 2}))
    (row,) = all_runs(units)
    assert (row.id, row.status, row.counts) == (key, "done", {"verbatims": 2})
    assert row.finished_at is not None


def test_a_run_that_did_nothing_leaves_no_row(units: Units) -> None:
    key = begun(units)
    units.write(lambda session: runs.end(session, key, "mining", "one", NOW, {}))
    units.write(lambda session: runs.end(session, None, "outbox", "one", NOW, {}))
    zeros = begun(units)
    units.write(lambda session: runs.end(session, zeros, "discovery", "one", NOW, {"looked_at": 0, "topics": 0}))
    assert all_runs(units) == []


def test_a_failed_run_keeps_the_beginning_of_its_error(units: Units) -> None:
    key = begun(units)
    units.write(lambda session: runs.fail(session, key, "mining", "one", NOW, "x" * 9_000))
    units.write(lambda session: runs.fail(session, None, "outbox", "one", NOW, "no"))
    first, second = all_runs(units)
    assert (first.id, first.status, first.error) == (key, "failed", "x" * 2_000)
    assert (second.job, second.status, second.error) == ("outbox", "failed", "no")


def test_only_unfinished_runs_are_closed_as_orphans(units: Units) -> None:
    done, orphan = begun(units), begun(units, worker="dead")
    units.write(lambda session: runs.end(session, done, "mining", "one", NOW, {"verbatims": 2}))
    later = NOW + timedelta(hours=1)
    units.write(lambda session: runs.close_orphans(session, later))
    first, second = all_runs(units)
    assert (first.status, first.error) == ("done", None)
    assert (second.id, second.status, second.finished_at, second.error) == (
        orphan,
        "failed",
        later,
        "the worker stopped",
    )
