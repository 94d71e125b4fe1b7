"""Two workers on one database: one works, the other takes over. A post outlives the death of whoever wrote it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Thread

import pytest
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community import outbox
from community.db import db, writing
from community.models import Account, Event, Question, Run, Verbatim
from community.reactions import deliver_pending
from community.search import queries
from mining import schedule, worker
from mining.units import Units
from tests.factories import Factory
from tests.faults.processes import deliver, post, started, work

pytestmark = pytest.mark.fault


def spans(log: Path) -> list[tuple[float, float, str]]:
    """When each job ran, and by whom; a job that never ended ended at once."""
    result: list[tuple[float, float, str]] = []
    for line in log.read_text().splitlines() if log.exists() else []:
        moment, name, what = line.split()
        if what == "starts":
            result.append((float(moment), float(moment), name))
        else:
            result[-1] = (result[-1][0], float(moment), name)
    return result


def wait_for(log: Path, name: str, jobs: int, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while sum(one == name for *_, one in spans(log)) < jobs:
        assert time.monotonic() < until, f"{name} ran no job"
        time.sleep(0.05)


def test_one_of_two_workers_works_and_the_other_takes_over_when_it_is_killed(
    app: Flask, units: Units, database_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with started(work, database_url, str(tmp_path), "first") as first:
        wait_for(log, "first", 2)
        with started(work, database_url, str(tmp_path), "second") as second:
            second.hear()
            wait_for(log, "first", len(spans(log)) + 4)
            assert {name for *_, name in spans(log)} == {"first"}, "the second stands by"
            first.kill()
            died = time.monotonic()
            wait_for(log, "second", 3)
            second.process.terminate()
            assert second.end() == 0, "it stops when it is told to"
    ran = spans(log)
    assert all(before[1] <= after[0] for before, after in pairwise(ran)), "never two at a time"
    takeover = next(start for start, _, name in ran if name == "second") - died
    assert takeover < 10
    rows = units.read(lambda session: session.execute(select(Run.status, Run.error, Run.worker)).all())
    assert {row.worker for row in rows} == {"first", "second"}
    assert all(
        row.status == "done" or (row.status, row.error, row.worker) == ("failed", "the worker stopped", "first")
        for row in rows
    )


def test_a_standing_by_worker_need_not_wait_when_the_first_stops_by_itself(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with (
        started(work, database_url, str(tmp_path), "first") as first,
        started(work, database_url, str(tmp_path), "second") as second,
    ):
        first.hear()
        second.hear()
        until = time.monotonic() + 20
        while not spans(log):
            assert time.monotonic() < until
            time.sleep(0.05)
        holder = spans(log)[0][2]
        holding, waiting = (first, second) if holder == "first" else (second, first)
        holding.process.terminate()
        assert holding.end() == 0
        stopped = time.monotonic()
        wait_for(log, "second" if holding is first else "first", 1)
        assert time.monotonic() - stopped < 1.5, "sooner than the lease would have lapsed"
        assert waiting.process.is_alive()


def unfinished(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count(Event.id)).where(Event.finished_at.is_(None))) or 0


def is_found(app: Flask, word: str) -> bool:
    db.session.rollback()
    return any(
        word in hit.title.lower()
        for hit in queries.find(app.config["SEARCH_INDEX_DIR"], word, session=db.session()).hits
    )


def test_a_post_committed_by_a_process_that_died_is_delivered_and_found(
    app: Flask, make: Factory, session: Session, database_url: str, tmp_path: Path
) -> None:
    by = make.account().id
    with started(post, database_url, str(tmp_path), "Zeppelin trouble", by, "after") as child:
        assert child.end() == -9
    assert unfinished(session) == 1
    assert session.scalar(select(func.count(Verbatim.id))) == 1, "the words came with it"
    assert not is_found(app, "zeppelin")
    session.rollback()
    assert deliver_pending() == 1
    assert is_found(app, "zeppelin")
    assert unfinished(session) == 0


def test_a_post_that_was_not_committed_never_was(
    app: Flask, make: Factory, session: Session, database_url: str, tmp_path: Path
) -> None:
    by = make.account().id
    with started(post, database_url, str(tmp_path), "Zeppelin trouble", by, "before") as child:
        assert child.end() == -9
    for table in (Event, Question, Verbatim):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    session.rollback()
    assert deliver_pending() == 0


def test_an_event_whose_deliverer_died_falls_due_again(
    app: Flask, make: Factory, session: Session, database_url: str, tmp_path: Path
) -> None:
    make.question(title="Zeppelin trouble")
    with started(deliver, database_url, str(tmp_path)) as child:
        assert child.end() == -9
    assert unfinished(session) == 1
    session.rollback()
    assert deliver_pending() == 0, "it is claimed, for all that anyone knows"
    later = datetime.now(UTC) + outbox.CLAIM + timedelta(seconds=1)
    assert deliver_pending(later) == 1
    assert is_found(app, "zeppelin")
    assert unfinished(session) == 0


@pytest.fixture
def running(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[worker.Worker]:
    """A worker in a thread that delivers the outbox each second."""
    monkeypatch.setattr(worker, "RENEW_SECONDS", 0.2)
    one = worker.Worker(app, (("outbox", schedule.outbox, IntervalTrigger(seconds=1)),), "in a thread")
    thread = Thread(target=one.run)
    thread.start()
    yield one
    one.stop()
    thread.join(20)
    assert not thread.is_alive()


def test_a_post_is_found_within_two_seconds(app: Flask, make: Factory, running: worker.Worker) -> None:
    with writing():
        by = make.account()
    ask(make, by, "Warm up the index")
    wait_until_found(app, "warm")
    waits = []
    for word in ("zeppelin", "quokka", "marzipan"):
        ask(make, by, f"My {word} hangs")
        waits.append(wait_until_found(app, word))
    assert max(waits) < 2


def ask(make: Factory, by: Account, title: str) -> None:
    """As a request does: it opens as a writer, while the worker writes too."""
    with writing():
        make.session.rollback()
        make.question(by, title=title)


def wait_until_found(app: Flask, word: str) -> float:
    started = time.monotonic()
    while not is_found(app, word):
        assert time.monotonic() - started < 20, f"{word} is never found"
        time.sleep(0.05)
    return time.monotonic() - started
