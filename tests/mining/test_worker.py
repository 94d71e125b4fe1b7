"""The worker runs each job on time while it holds the lease, notes what came of it, and stops when told to."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from community.models import Account, Event, Lease, Product, Report, Run, Verbatim
from mining import corpus, job, leases, worker
from mining.units import Units
from mining.worker import JOBS, Context, LazyEncoder, Worker, run_job
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder, found, sentence, tell, topic_ids, topic_of


@pytest.fixture(autouse=True)
def _briskly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RENEW_SECONDS", 0.1)


@pytest.fixture
def context(app: Flask, units: Units) -> Context:
    token = units.write(lambda session: leases.acquire(session, "worker", "tester", datetime.now(UTC)))
    return Context(app, Units(units.sessions, "worker", token or 0), pretend(LazyEncoder()))


def pretend(encoder: LazyEncoder, **how: Any) -> LazyEncoder:
    """The same, as if it had loaded the stand-in."""
    encoder._encoder = FakeEncoder(**how)  # type: ignore[assignment]
    encoder.revision = "fake-1"
    return encoder


def rows(units: Units) -> list[Run]:
    return units.read(lambda session: list(session.scalars(select(Run).order_by(Run.id))))


@contextmanager
def running(app: Flask, jobs: Any, name: str = "tester", **encoder: Any) -> Iterator[Worker]:
    one = Worker(app, jobs, name)
    pretend(one.encoder, **encoder)
    thread = Thread(target=one.run)
    thread.start()
    try:
        yield one
    finally:
        one.stop()
        thread.join(20)
    assert not thread.is_alive(), "it stops when it is told to"


def wait_until(true: Callable[[], Any], seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it does not come true"
        time.sleep(0.03)


def test_a_job_that_did_something_is_noted_with_its_counts_and_times(context: Context, units: Units) -> None:
    run_job("report", lambda _context: time.sleep(0.02) or {"things": 3}, context, "tester")
    (row,) = rows(units)
    assert (row.job, row.worker, row.status, row.counts, row.error) == ("report", "tester", "done", {"things": 3}, None)
    assert row.finished_at is not None
    assert timedelta(seconds=0.02) <= row.finished_at - row.started_at < timedelta(seconds=10)


def test_a_running_job_can_be_seen(context: Context, units: Units) -> None:
    seen: list[str] = []
    run_job("mining", lambda _context: seen.extend(row.status for row in rows(units)) or {}, context, "tester")
    assert seen == ["running"]
    assert rows(units) == [], "and leaves nothing if it found nothing to do"


def test_a_failed_job_is_noted_with_its_error(context: Context, units: Units) -> None:
    def fails(_context: Context) -> dict[str, Any]:
        raise ValueError("the teapot is short and stout")

    for name in ("mining", "outbox"):
        run_job(name, fails, context, "tester")
    assert [(row.job, row.status, row.error) for row in rows(units)] == [
        ("mining", "failed", "ValueError: the teapot is short and stout"),
        ("outbox", "failed", "ValueError: the teapot is short and stout"),
    ]
    assert all(row.finished_at for row in rows(units))


def test_an_idle_outbox_leaves_no_row_and_a_busy_one_does(context: Context, units: Units, make: Factory) -> None:
    make.session.commit()
    run_job("outbox", worker.outbox, context, "tester")
    assert rows(units) == []
    make.question()
    run_job("outbox", worker.outbox, context, "tester")
    (row,) = rows(units)
    assert (row.job, row.status, row.counts) == ("outbox", "done", {"events": 1})
    assert (
        units.read(lambda session: session.scalar(select(func.count(Event.id)).where(Event.finished_at.is_(None)))) == 0
    )


def test_more_than_a_batch_of_events_is_delivered_in_one_go(
    context: Context, units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "A_BATCH", 2)
    for _ in range(5):
        make.question()
    assert worker.outbox(context) == {"events": 5}


def test_a_mining_job_with_nothing_to_do_leaves_no_row(context: Context, units: Units, make: Factory) -> None:
    make.contact("It is broken.")
    run_job("mining", worker.mining, context, "tester")
    run_job("mining", worker.mining, context, "tester")
    (row,) = rows(units)
    assert row.counts["verbatims"] == 1
    assert len(units.read(found)) == 1


def test_a_nightly_discovery_while_another_model_takes_over_leaves_the_topics_as_they_are(
    context: Context, units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(numbers: range) -> None:
        texts = [(sentence(name, n), f"{name}{n}@example.org") for name in ("battery", "login") for n in numbers]
        tell(make.session, texts, datetime.now(UTC))

    say(range(12))
    job.run(units, FakeEncoder("fake-0"))  # type: ignore[arg-type]
    before = units.read(topic_of)
    say(range(12, 20))
    topics = units.read(topic_ids)
    monkeypatch.setattr(corpus.claim, "__defaults__", (16,))

    def killed(_step: str, _done: int, _total: int) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        job.run(units, FakeEncoder(), killed)  # type: ignore[arg-type]
    found = worker.discovery(context)
    assert units.read(topic_ids) == topics
    assert found == {}
    units.write(lambda session: session.execute(update(Verbatim).values(claimed_by=None, claimed_until=None)))
    job.run(units, FakeEncoder())  # type: ignore[arg-type]
    assert worker.discovery(context)["topics"] == 0
    assert units.read(topic_ids) == topics
    after = units.read(topic_of)
    assert {place: after[place] for place in before} == before
    assert None not in after.values()


def test_every_job_of_the_table_runs_on_an_empty_database(context: Context, units: Units) -> None:
    for name, work, _trigger in JOBS:
        run_job(name, work, context, "tester")
    assert all(row.status == "done" for row in rows(units)), [row.error for row in rows(units)]


def test_who_lost_the_lease_writes_nothing(context: Context, units: Units, make: Factory) -> None:
    make.contact("It is broken.")
    seize(units)
    run_job("mining", worker.mining, context, "tester")
    assert rows(units) == []
    assert units.read(found) == []


def test_who_loses_the_lease_while_mining_writes_nothing_more(context: Context, units: Units, make: Factory) -> None:
    make.contact("It is broken.")
    pretend(context.encoder, before=lambda texts: seize(units))
    run_job("mining", worker.mining, context, "tester")
    assert units.read(found) == []
    assert [row.status for row in rows(units)] == ["running"], "for the next holder to close"


def seize(units: Units) -> None:
    def take(session: Session) -> None:
        session.execute(update(Lease).values(expires_at=datetime.now(UTC)))
        leases.acquire(session, "worker", "another", datetime.now(UTC))

    units.write(take)


def test_the_jobs_have_names_of_their_own_and_nothing_is_dropped(app: Flask, units: Units) -> None:
    names = [name for name, *_ in JOBS]
    assert len(set(names)) == len(names)
    assert {"outbox", "mining", "discovery", "report", "housekeeping"} <= set(names)
    assert all(len(name) <= 20 for name in names), "the column of the run log"
    later = tuple((name, lambda _context: {}, IntervalTrigger(hours=1)) for name in names)
    with running(app, later) as one:
        wait_until(lambda: one.scheduler and one.scheduler.running)
        assert one.scheduler is not None
        jobs = one.scheduler.get_jobs()
        assert sorted(job.id for job in jobs) == sorted(names)
        assert all(job.coalesce and job.max_instances == 1 and job.misfire_grace_time >= 3600 for job in jobs)


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

    with running(app, (("mining", worker.mining, IntervalTrigger(hours=1)),), before=slowly):
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


def test_a_report_left_behind_by_a_kill_is_made_by_the_next_run(
    context: Context, units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_arguments: object) -> int:
        raise RuntimeError("killed")

    make.contact("It is broken.")
    with monkeypatch.context() as patch:
        patch.setattr(job, "renew_report", killed)
        run_job("mining", worker.mining, context, "tester")
    reports = select(func.count(Report.id))
    assert units.read(lambda session: session.scalar(reports)) == 0
    run_job("mining", worker.mining, context, "tester")
    assert units.read(lambda session: session.scalar(reports)) == 1
    monkeypatch.setattr(job, "renew_report", killed)
    run_job("mining", worker.mining, context, "tester")
    assert [row.status for row in rows(units)].count("failed") == 1, "it is made once"


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
