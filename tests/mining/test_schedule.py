"""Each job of the table by itself: what it does, what it notes, and what it leaves when the lease is lost."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy import func, select, update

from community.models import Event, Report, Verbatim
from mining import corpus, job, leases, schedule, worker
from mining.schedule import JOBS, Context, LazyEncoder
from mining.units import Units
from mining.worker import run_job
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder, found, sentence, tell, topic_ids, topic_of
from tests.mining.working import pretend, rows, running, seize, wait_until


@pytest.fixture(autouse=True)
def _briskly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RENEW_SECONDS", 0.1)


@pytest.fixture
def context(app: Flask, units: Units) -> Context:
    token = units.write(lambda session: leases.acquire(session, "worker", "tester", datetime.now(UTC)))
    return Context(app, Units(units.sessions, "worker", token or 0), pretend(LazyEncoder()))


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
    run_job("outbox", schedule.outbox, context, "tester")
    assert rows(units) == []
    make.question()
    run_job("outbox", schedule.outbox, context, "tester")
    (row,) = rows(units)
    assert (row.job, row.status, row.counts) == ("outbox", "done", {"events": 1})
    assert (
        units.read(lambda session: session.scalar(select(func.count(Event.id)).where(Event.finished_at.is_(None)))) == 0
    )


def test_more_than_a_batch_of_events_is_delivered_in_one_go(
    context: Context, units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "A_BATCH", 2)
    for _ in range(5):
        make.question()
    assert schedule.outbox(context) == {"events": 5}


def test_a_mining_job_with_nothing_to_do_leaves_no_row(context: Context, units: Units, make: Factory) -> None:
    make.contact("It is broken.")
    run_job("mining", schedule.mining, context, "tester")
    run_job("mining", schedule.mining, context, "tester")
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
    found = schedule.discovery(context)
    assert units.read(topic_ids) == topics
    assert found == {}
    units.write(lambda session: session.execute(update(Verbatim).values(claimed_by=None, claimed_until=None)))
    job.run(units, FakeEncoder())  # type: ignore[arg-type]
    assert schedule.discovery(context)["topics"] == 0
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
    run_job("mining", schedule.mining, context, "tester")
    assert rows(units) == []
    assert units.read(found) == []


def test_who_loses_the_lease_while_mining_writes_nothing_more(context: Context, units: Units, make: Factory) -> None:
    make.contact("It is broken.")
    pretend(context.encoder, before=lambda texts: seize(units))
    run_job("mining", schedule.mining, context, "tester")
    assert units.read(found) == []
    assert [row.status for row in rows(units)] == ["running"], "for the next holder to close"


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


def test_a_report_left_behind_by_a_kill_is_made_by_the_next_run(
    context: Context, units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_arguments: object) -> int:
        raise RuntimeError("killed")

    make.contact("It is broken.")
    with monkeypatch.context() as patch:
        patch.setattr(job, "renew_report", killed)
        run_job("mining", schedule.mining, context, "tester")
    reports = select(func.count(Report.id))
    assert units.read(lambda session: session.scalar(reports)) == 0
    run_job("mining", schedule.mining, context, "tester")
    assert units.read(lambda session: session.scalar(reports)) == 1
    monkeypatch.setattr(job, "renew_report", killed)
    run_job("mining", schedule.mining, context, "tester")
    assert [row.status for row in rows(units)].count("failed") == 1, "it is made once"
