"""The worker process: it runs the jobs by APScheduler while it holds the lease, and notes what came of each."""

import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy.orm import sessionmaker

from community.db import db
from mining import leases, runs
from mining.schedule import FREQUENT, JOBS, Context, Job, LazyEncoder, Stopped
from mining.units import Units

log = logging.getLogger(__name__)

RENEW_SECONDS = 5
GRACE_SECONDS = 86_400  # a job late by less than a day still runs; APScheduler's own default of one second drops it


class Worker:
    """Holds or awaits the lease; schedules the jobs only while it holds it."""

    def __init__(self, app: Flask, jobs: tuple[tuple[str, Job, Any], ...] = JOBS, name: str = ""):
        self.app = app
        self.jobs = jobs
        self.name = (
            name or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}"
        )  # two containers may share name and pid
        self.encoder = LazyEncoder()
        self.stopping = threading.Event()
        self.halting = threading.Event()  # of the jobs that run now
        self.scheduler: BackgroundScheduler | None = None
        with app.app_context():
            self.sessions = sessionmaker(db.engine, expire_on_commit=False)

    def run(self) -> None:
        """Until told to stop: renew the lease, start when it is ours, stop when it is lost."""
        token: int | None = None
        while not self.stopping.is_set():
            held = self.acquire()
            if held != token:
                self.stop_jobs()
                if held is not None:
                    self.start_jobs(held)
                log.info("worker %s %s", self.name, f"holds the lease, token {held}" if held else "stands by")
            token = held
            self.stopping.wait(RENEW_SECONDS)
        self.stop_jobs()
        if token is not None:
            Units(self.sessions).write(lambda session: leases.release(session, "worker", self.name, datetime.now(UTC)))

    def acquire(self) -> int | None:
        try:
            return Units(self.sessions).write(
                lambda session: leases.acquire(session, "worker", self.name, datetime.now(UTC))
            )
        except Exception:
            log.exception("the lease could not be renewed; the jobs stop until it can")
            return None

    def start_jobs(self, token: int) -> None:
        self.halting = threading.Event()
        units = Units(self.sessions, "worker", token)
        context = Context(self.app, units, self.encoder, self.stopping, self.halting)
        context.units.write(lambda session: runs.close_orphans(session, datetime.now(UTC)))
        now = datetime.now(UTC)
        at_once = {name for name, _work, trigger in self.jobs if isinstance(trigger, IntervalTrigger)}
        at_once |= units.read(lambda session: runs.missed(session, due_last(self.jobs, now)))
        scheduler = BackgroundScheduler(timezone=UTC)
        for name, work, trigger in self.jobs:
            scheduler.add_job(
                run_job, trigger, (name, work, context, self.name), id=name,
                coalesce=True, max_instances=1, misfire_grace_time=GRACE_SECONDS,
                **({"next_run_time": now} if name in at_once else {}),
            )  # fmt: skip
        scheduler.add_listener(on_missed, EVENT_JOB_MISSED)
        scheduler.start()
        self.scheduler = scheduler

    def stop_jobs(self) -> None:
        """Wait for the jobs that run, the long ones only to the end of their batch: meanwhile none other begins."""
        self.halting.set()
        if self.scheduler:
            self.scheduler.shutdown(wait=True)
            self.scheduler = None

    def stop(self, *_signal: object) -> None:
        self.stopping.set()


def due_last(jobs: Sequence[tuple[str, Job, Any]], now: datetime) -> dict[str, datetime]:
    """When each job of a certain hour was due last, within the day."""
    found = {}
    for name, _work, trigger in jobs:
        if isinstance(trigger, CronTrigger):
            at = trigger.get_next_fire_time(None, now - timedelta(days=1))
            if at is not None and at <= now:
                found[name] = at
    return found


def run_job(name: str, work: Job, context: Context, worker: str) -> None:
    """Run one job and log it; a job that did nothing leaves no row, a failed one always does."""
    with context.app.app_context():
        started = datetime.now(UTC)
        run_id = None
        try:
            if name not in FREQUENT:
                run_id = context.units.write(lambda session: runs.begin(session, name, worker, started))
            counts = work(context)
            context.units.write(lambda session: runs.end(session, run_id, name, worker, started, counts))
        except leases.LeaseLost as error:
            log.warning("%s stopped: %s", name, error)
        except Stopped:
            log.info("%s stopped between two batches", name)
            context.units.write(lambda session: runs.fail(session, run_id, name, worker, started, "stopped on request"))
        except Exception as error:
            log.exception("job %s failed", name)
            message = f"{type(error).__name__}: {error}"
            context.units.write(lambda session: runs.fail(session, run_id, name, worker, started, message))
        finally:
            db.session.remove()


def on_missed(event: JobExecutionEvent) -> None:
    log.error("job %s was missed by more than its grace at %s", event.job_id, event.scheduled_run_time)


def main(app: Flask) -> None:
    """Run until SIGTERM or SIGINT."""
    worker = Worker(app)
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    worker.run()
