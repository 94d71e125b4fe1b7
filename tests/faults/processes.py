"""What the processes of these tests do. Each is a real one with its own connections, forked from a clean server that
has the imports ready, so that one starts in a blink and can be killed as a machine does it.
"""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import create_engine, event
from sqlalchemy.orm import sessionmaker

from community.app import create_app
from community.questions import service as questions
from mining import corpus, job, leases, worker
from mining.phrases import chinese_phrases, english_phrases
from mining.units import Units
from tests.mining.fakes import FakeEncoder

CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.faults.processes"])

english_phrases("The lexicon is read once"), chinese_phrases("词典只读一次")  # here, not in each of the processes

CLAIM = timedelta(seconds=0.3)
BATCH = 4


@dataclass
class Child:
    """A started process and the end of the pipe on which it speaks."""

    process: ForkServerProcess
    pipe: Connection

    def hear(self, seconds: float = 30) -> Any:
        """The next thing it says. Raises EOFError when it died first."""
        assert self.pipe.poll(seconds), "the process says nothing"
        return self.pipe.recv()

    def kill(self) -> None:
        self.process.kill()
        self.process.join(10)

    def end(self, seconds: float = 30) -> int | None:
        """Its exit status: minus the signal that killed it."""
        self.process.join(seconds)
        return self.process.exitcode


@contextmanager
def started(work: Any, *arguments: Any) -> Iterator[Child]:
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=work, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    child = Child(process, ours)
    try:
        yield child
    finally:
        child.kill()
        ours.close()


def units_of(url: str) -> Units:
    return Units(sessionmaker(create_engine(url), expire_on_commit=False))


def in_small_steps() -> None:
    """Small batches, and claims that lapse soon."""
    corpus.claim.__defaults__ = (BATCH,)
    corpus.CLAIM = CLAIM


def mine(pipe: Connection, url: str, seconds_a_batch: float, statements: int | None = None) -> None:
    """What `python -m mining run` does; killed, if told so, just before its n-th statement or commit."""
    in_small_steps()
    units = units_of(url)
    if statements is not None:
        die_at(units, statements)
    pipe.send("ready")
    counts = job.run(units, FakeEncoder(seconds_a_batch=seconds_a_batch))  # type: ignore[arg-type]
    pipe.send(counts.verbatims)


def mine_when_told(pipe: Connection, url: str, seconds_a_batch: float) -> None:
    """The same, on the word of the other side: starting a process takes longer than the run."""
    in_small_steps()
    units = units_of(url)
    pipe.send("ready")
    pipe.recv()
    counts = job.run(units, FakeEncoder(seconds_a_batch=seconds_a_batch))  # type: ignore[arg-type]
    pipe.send(counts.verbatims)


def mine_by_leave(pipe: Connection, url: str) -> None:
    """The same; each batch is read on the word of the other side, so that it stops where that one likes."""
    in_small_steps()

    turn = threading.Lock()  # batches are read in threads, and the pipe is one

    def ask(_texts: Sequence[str]) -> None:
        with turn:
            pipe.send("may I?")
            pipe.recv()

    job.run(units_of(url), FakeEncoder(before=ask))  # type: ignore[arg-type]
    pipe.send("done")


def die_at(units: Units, number: int) -> None:
    """No warning and no clean-up: SIGKILL at the n-th statement or commit."""
    left = [number]

    def count(*_arguments: object, **_more: object) -> None:
        left[0] -= 1
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = units.sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)


def work(pipe: Connection, url: str, folder: str, name: str) -> None:
    """A worker with one quick job, which writes down when it runs; its lease is short."""
    leases.LASTS = timedelta(seconds=1.5)
    worker.RENEW_SECONDS = 0.2
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "SEARCH_INDEX_DIR": f"{folder}/index"})
    jobs = (("tick", lambda context: tick(Path(folder) / "log", name), IntervalTrigger(seconds=0.2)),)
    pipe.send("ready")
    one = worker.Worker(app, jobs, name)
    signal.signal(signal.SIGTERM, one.stop)
    one.run()


def tick(log: Path, name: str) -> dict[str, int]:
    for moment in ("starts", "ends"):
        with log.open("a") as file:
            file.write(f"{time.monotonic()} {name} {moment}\n")
        time.sleep(0.05 + random.random() * 0.05)
    return {"ticks": 1}


def post(pipe: Connection, url: str, folder: str, title: str, account_id: int, die: str) -> None:
    """Ask a question and die: before the commit, or after it and before anything was delivered."""
    from community.db import db, writing
    from community.models import Account

    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "SEARCH_INDEX_DIR": f"{folder}/index"})
    with app.app_context(), writing():
        by = db.session.get_one(Account, account_id)
        questions.ask(db.session(), title, "It hangs.", None, (), by, datetime.now(UTC))
        if die == "after":
            db.session.commit()
        os.kill(os.getpid(), signal.SIGKILL)


def deliver(pipe: Connection, url: str, folder: str) -> None:
    """Claim the due events and die before their reactions are done."""
    from community import reactions

    def dies(*_arguments: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    reactions.react = dies
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "SEARCH_INDEX_DIR": f"{folder}/index"})
    with app.app_context():
        reactions.deliver_pending()


def erase(pipe: Connection, url: str, folder: str, account_id: int, keep_posts: bool, place: int) -> None:
    """Erase an account; killed just before the n-th statement or commit, or after the end. Says how many there are."""
    from community.db import db, writing
    from community.models import Account
    from community.privacy import service

    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "SEARCH_INDEX_DIR": f"{folder}/index"})
    with app.app_context(), writing():
        by = db.session.get_one(Account, account_id)
        left = [place]

        def count(*_arguments: object, **_more: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(db.engine, "before_cursor_execute", count)
        event.listen(db.engine, "commit", count)
        service.erase(db.session(), by, keep_posts, datetime.now(UTC))
        db.session.commit()
        pipe.send(place - left[0])
        os.kill(os.getpid(), signal.SIGKILL)


def mine_with_cluster(pipe: Connection, url: str, address: str) -> None:
    """A mining run that has a cluster read; it says when it has written something, and goes on."""
    from mining.cluster import Cluster

    in_small_steps()
    told: list[int] = []

    def tell(_step: str, done: int, _total: int) -> None:
        told.append(done)
        if len(told) == 2:
            pipe.send("mined some")

    job.mine(units_of(url), FakeEncoder(), job.Counts(), tell, partial(Cluster, address))  # type: ignore[arg-type]


def loaded_modules(pipe: Connection) -> None:
    """What a worker or a run has loaded when it begins to mine in its own process."""
    from mining.readers import chosen_readers

    chosen_readers()
    pipe.send(set(sys.modules))


def issue_reports(pipe: Connection, url: str, now: datetime, statements: int | None = None) -> None:
    """What the worker does each minute; killed, if told so, just before its n-th statement or commit."""
    from mining import issuing, orders

    units = units_of(url)
    if statements is not None:
        die_at(units, statements)
    pipe.send("ready")
    count = issuing.issue_due(units, now) + orders.make_ordered(units, now)
    pipe.send(count)


def tell_outcome(pipe: Connection, url: str, folder: str, outcome_id: int, place: int) -> None:
    """Tell who raised a theme, on the word of the other side; killed just before the n-th statement or commit."""
    from community.db import db
    from community.outcomes import telling

    telling.A_UNIT = 3
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "SEARCH_INDEX_DIR": f"{folder}/index"})
    with app.app_context():
        left = [place]

        def count(*_arguments: object, **_more: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(db.engine, "before_cursor_execute", count)
        event.listen(db.engine, "commit", count)
        pipe.send("ready")
        pipe.recv()
        pipe.send((telling.tell_all(db.session(), outcome_id), place - left[0]))


def publish_outcome(pipe: Connection, url: str, folder: str, outcome_id: int, account_id: int) -> None:
    """Publish a draft as a view does, on the word of the other side; says what came of it."""
    from community.db import db, writing
    from community.errors import Conflict
    from community.models import Account, Outcome
    from community.outcomes import service

    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "SEARCH_INDEX_DIR": f"{folder}/index"})
    with app.test_request_context():
        pipe.send("ready")
        pipe.recv()
        with writing():
            by, outcome = db.session.get_one(Account, account_id), db.session.get_one(Outcome, outcome_id)
            try:
                service.publish(db.session(), outcome, by, datetime.now(UTC))
                db.session.commit()
            except Conflict:
                db.session.rollback()
                pipe.send("conflict")
            else:
                pipe.send("published")
