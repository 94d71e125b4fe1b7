"""The worker runs its jobs on time while it holds the lease, and stops when told to."""

import time
from datetime import UTC, datetime, timedelta
from threading import Event as Flag
from typing import Any

import pytest
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy import func, select

from community.models import Account, Lease, Product, Run
from mining import corpus, job, leases, schedule, worker
from mining.schedule import Context
from mining.units import Units
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder, found
from tests.mining.working import rows, running, seize, wait_until


@pytest.fixture(autouse=True)
def _briskly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RENEW_SECONDS", 0.1)


def test_a_worker_runs_its_jobs_and_gives_up_the_lease_when_told_to_stop(app: Flask, units: Units) -> None:
    ran: list[float] = []

    def tick(_context: Context) -> dict[str, Any]:
        ran.append(time.monotonic())
        return {"ticks": 1}

    with running(app, (("tick", tick, IntervalTrigger(seconds=0.2)),)):
        wait_until(lambda: len(ran) >= 3)
    count = len(ran)
    time.sleep(0.4)
    assert len(ran) == count
    assert {(row.job, row.status) for row in rows(units)} == {("tick", "done")}
    assert units.read(lambda session: session.scalars(select(Lease.expires_at)).one()) <= datetime.now(UTC)


def test_stopping_waits_for_the_job_that_runs(app: Flask, units: Units) -> None:
    begun, ended = Flag(), Flag()

    def slow(_context: Context) -> dict[str, Any]:
        begun.set()
        time.sleep(0.5)
        ended.set()
        return {"slept": 1}

    with running(app, (("slow", slow, IntervalTrigger(hours=1)),)):
        assert begun.wait(10)
    assert ended.is_set()
    assert [row.status for row in rows(units)] == ["done"]


def test_stopping_ends_a_long_mining_job_between_two_batches(
    app: Flask, units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus.claim, "__defaults__", (1,))
    for number in range(30):
        make.contact(f"Text {number} is broken.")
    begun = Flag()

    def slowly(_texts: object) -> None:
        begun.set()
        time.sleep(0.1)

    with running(app, (("mining", schedule.mining, IntervalTrigger(hours=1)),), before=slowly):
        assert begun.wait(10)
    mined = len(units.read(found))
    assert 0 < mined < 30
    assert [row.status for row in rows(units)] != ["running"]
    assert job.run(units, FakeEncoder()).verbatims == 30 - mined  # type: ignore[arg-type]


def test_a_renewal_of_the_lease_that_failed_once_stops_a_long_job_and_all_begin_again(
    app: Flask, units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ticks = Flag(), list[float]()
    acquire = leases.acquire
    fails: list[bool] = []

    def acquired(*arguments: Any) -> int | None:
        if fails:
            fails.pop()
            raise RuntimeError("the disk is busy")
        return acquire(*arguments)

    def endless(context: Context) -> dict[str, Any]:
        begun.set()
        until = time.monotonic() + 20
        while time.monotonic() < until:
            context.go_on("mining", 0, 1)
            time.sleep(0.02)
        return {"mined": 1}

    def tick(_context: Context) -> dict[str, Any]:
        ticks.append(time.monotonic())
        return {}

    monkeypatch.setattr(leases, "acquire", acquired)
    jobs = (("mining", endless, IntervalTrigger(hours=1)), ("tick", tick, IntervalTrigger(seconds=0.1)))
    with running(app, jobs):
        assert begun.wait(10)
        begun.clear()
        fails.append(True)
        wait_until(lambda: not fails)
        failed = time.monotonic()
        wait_until(begun.is_set, 8)
        wait_until(lambda: ticks[-1] > failed, 8)
    assert {(row.status, row.error) for row in rows(units)} == {("failed", "stopped on request")}


def test_a_job_that_takes_longer_than_its_interval_does_not_overlap_itself(app: Flask, units: Units) -> None:
    inside: list[int] = [0]
    most: list[int] = [0]
    ran: list[int] = []

    def slow(_context: Context) -> dict[str, Any]:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.25)
        inside[0] -= 1
        ran.append(1)
        return {}

    with running(app, (("slow", slow, IntervalTrigger(seconds=0.05)),)):
        wait_until(lambda: len(ran) >= 3)
    assert most == [1]


def test_a_failing_job_runs_again_and_stops_no_other(app: Flask, units: Units) -> None:
    tries: list[str] = []

    def fails(_context: Context) -> dict[str, Any]:
        tries.append("fails")
        raise RuntimeError("no")

    def works(_context: Context) -> dict[str, Any]:
        tries.append("works")
        return {}

    jobs = (("fails", fails, IntervalTrigger(seconds=0.1)), ("works", works, IntervalTrigger(seconds=0.1)))
    with running(app, jobs):
        wait_until(lambda: tries.count("fails") >= 2 and tries.count("works") >= 2)
    assert {(row.job, row.status, row.error) for row in rows(units)} == {("fails", "failed", "RuntimeError: no")}


def test_a_second_worker_stands_by_until_the_first_has_stopped(app: Flask, units: Units) -> None:
    ran: list[str] = []

    def jobs(name: str) -> Any:
        return (("tick", lambda _context: ran.append(name) or {}, IntervalTrigger(seconds=0.1)),)

    with running(app, jobs("first"), "first"):
        wait_until(lambda: ran.count("first") >= 2)
        with running(app, jobs("second"), "second") as second:
            time.sleep(0.5)
            assert second.scheduler is None
            assert set(ran) == {"first"}
    with running(app, jobs("second"), "second"):
        wait_until(lambda: "second" in ran, 5)


def test_a_worker_that_lost_its_lease_stops_its_jobs(app: Flask, units: Units) -> None:
    ran: list[int] = []
    with running(app, (("tick", lambda _context: ran.append(1) or {}, IntervalTrigger(seconds=0.1)),)) as one:
        wait_until(lambda: ran)
        seize(units)
        wait_until(lambda: one.scheduler is None)
        count = len(ran)
        time.sleep(0.4)
        assert len(ran) == count


def note(units: Units, name: str, started: datetime, status: str = "done") -> None:
    row = Run(job=name, worker="former", started_at=started, finished_at=started, status=status, counts={"things": 1})
    units.write(lambda session: session.add(row))


def test_a_nightly_job_missed_while_no_worker_was_there_runs_at_once_and_once(app: Flask, units: Units) -> None:
    ran: list[str] = []
    due = datetime.now(UTC) - timedelta(hours=2)
    trigger = CronTrigger(hour=due.hour, minute=due.minute, timezone=UTC)

    def jobs(*names: str) -> Any:
        work = {name: lambda _context, name=name: ran.append(name) or {"things": 1} for name in names}
        tick = ("tick", lambda _context: ran.append("tick") or {}, IntervalTrigger(seconds=0.1))
        return (*((name, work[name], trigger) for name in names), tick)

    with running(app, jobs("night"), "first"):
        wait_until(lambda: ran.count("tick") >= 5)
    assert "night" not in ran, "the first worker of all has missed nothing"
    note(units, "before", due - timedelta(hours=30))
    note(units, "report", due + timedelta(minutes=1))
    note(units, "killed", due + timedelta(minutes=1), "failed")
    for name in ("second", "third"):
        with running(app, jobs("night", "report", "killed"), name):
            wait_until(lambda: "killed" in ran and "night" in ran)
            time.sleep(0.3)
    assert sorted(one for one in ran if one != "tick") == ["killed", "night"]


def test_runs_of_a_worker_that_died_are_closed_by_the_next(app: Flask, units: Units) -> None:
    started = datetime.now(UTC) - timedelta(hours=1)
    units.write(
        lambda session: session.add(Run(job="mining", worker="dead", started_at=started, status="running", counts={}))
    )
    with running(app, (("tick", lambda _context: {}, IntervalTrigger(hours=1)),)):
        wait_until(lambda: rows(units)[0].status == "failed")
    (row,) = rows(units)
    assert (row.error, row.worker) == ("the worker stopped", "dead")
    assert row.finished_at is not None


def test_jobs_see_what_was_committed_since_they_last_ran(app: Flask, units: Units, make: Factory) -> None:
    counted: list[int] = []

    def count(context: Context) -> dict[str, Any]:
        from community.db import db

        counted.append(db.session.scalar(select(func.count(Account.id))) or 0)
        return {}

    make.session.commit()
    with running(app, (("count", count, IntervalTrigger(seconds=0.1)),)):
        wait_until(lambda: counted)
        units.write(lambda session: session.add(Product(slug="a", name="A")))
        units.write(lambda session: session.add(Account(name="New", fs_uniquifier="new", created_at=datetime.now(UTC))))
        wait_until(lambda: counted[-1] == 1)
    assert counted[0] == 0
