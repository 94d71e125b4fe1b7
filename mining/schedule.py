"""What the worker does and when: one table of jobs, each a function of its own."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask

from community.reactions import deliver_pending, keep_index, mend_index
from community.schedule import CHORES, Chore
from mining import corpus, days, housekeeping, job, likeness
from mining.encoder import Encoder, chosen_source, revision_of
from mining.explaining import is_asked
from mining.gathering import discover, is_comparable
from mining.glossing import gloss
from mining.issuing import issue_due
from mining.late_names import name_late
from mining.loose import count_loose, reopen
from mining.orders import make_ordered
from mining.profiles import renew_profiles
from mining.readers import chosen_readers
from mining.reports import is_left_behind, renew_report
from mining.units import Units

A_BATCH = 500  # events


@dataclass
class Context:
    """What a job gets."""

    app: Flask
    units: Units
    encoder: "LazyEncoder"
    stopping: threading.Event = field(default_factory=threading.Event)  # the worker was told to
    halting: threading.Event = field(default_factory=threading.Event)  # the lease was not renewed

    def go_on(self, _step: str, _done: int, _total: int) -> None:
        """Called between two batches. Raises Stopped when the jobs have to stop: what is done is committed."""
        if self.stopping.is_set() or self.halting.is_set():
            raise Stopped


class Stopped(Exception):
    """The jobs were stopped in the middle of one; the next run goes on from there."""


class LazyEncoder:
    """The model, loaded at its first use, so that the outbox is served from the first second."""

    def __init__(self) -> None:
        self._encoder: Encoder | None = None
        self._lock = threading.Lock()

    @cached_property
    def revision(self) -> str:
        """Of the model that would be loaded."""
        return revision_of(chosen_source())

    def __call__(self) -> Encoder:
        with self._lock:
            self._encoder = self._encoder or Encoder()
            return self._encoder


Job = Callable[[Context], dict[str, Any]]


def outbox(context: Context) -> dict[str, Any]:
    """Deliver what is due, in batches, for at most 20 seconds.

    After a batch that was not full the next second's events gather: one commit to the index, not one for each.
    """
    delivered, count, until = 0, A_BATCH, time.monotonic() + 20
    while count == A_BATCH and time.monotonic() < until:
        count = deliver_pending(most=A_BATCH)
        delivered += count
    return {"events": delivered} if delivered else {}


def mining(context: Context) -> dict[str, Any]:
    """Mine what is new, and renew the profiles that fell due; the model is not loaded while nothing waits."""
    revision = context.encoder.revision
    waits = context.units.read(
        lambda session: (
            corpus.waiting(session, revision)
            or count_loose(session, revision)
            or is_asked(session)
            or is_left_behind(session)
            or likeness.waits(session, revision, datetime.now(UTC))
        )
    )
    if waits:
        return job.run(context.units, context.encoder(), context.go_on, chosen_readers()).as_dict()
    customers = renew_profiles(context.units, datetime.now(UTC), context.go_on)
    return {"customers": customers} if customers else {}


def discovery(context: Context) -> dict[str, Any]:
    """Look once more at the mentions that found no topic, or only lean to one. New topics alone need the model."""

    def encode(texts: Sequence[str]) -> Any:
        return context.encoder().embed(texts)

    revision = context.encoder.revision
    if not context.units.read(lambda session: is_comparable(session, revision)):
        return {}
    looked_at = reopen(context.units)
    topics = discover(context.units, revision, context.go_on, encode)
    named = name_late(context.units, revision, encode)
    return {"looked_at": looked_at, "topics": topics, "named": named, "glossed": gloss(context.units, revision, encode)}


def report(context: Context) -> dict[str, Any]:
    return {"report": renew_report(context.units, datetime.now(UTC))}


def issued(context: Context) -> dict[str, Any]:
    """Issue the reports of weeks and months that are over."""
    return {"reports": issue_due(context.units, datetime.now(UTC))}


def orders(context: Context) -> dict[str, Any]:
    """Make the reports that somebody asked for."""
    return {"reports": make_ordered(context.units, datetime.now(UTC))}


def changed_days(context: Context) -> dict[str, Any]:
    """Throw away the kept days that changed, so that what was erased is in none of them; the next report keeps them anew."""
    dropped = days.drop(context.units)
    return {"dropped": dropped} if dropped else {}


def index(context: Context) -> dict[str, Any]:
    """Build the search index if there is none."""
    return {"rebuilt": 1} if keep_index() else {}


def index_check(context: Context) -> dict[str, Any]:
    """Compare the search index with the tables."""
    return {"mended": mend_index()}


def tidy(context: Context) -> dict[str, Any]:
    """Throw away finished events and old runs."""
    return housekeeping.tidy(context.units, datetime.now(UTC))


def chore(one: Chore) -> tuple[str, Job, Any]:
    """A job of the community's own, as the table below has them."""
    hour, minute = one.at or (0, 0)
    trigger = (
        IntervalTrigger(seconds=one.seconds) if one.seconds else CronTrigger(hour=hour, minute=minute, timezone=UTC)
    )
    return one.name, lambda _context: one.work(), trigger


JOBS: tuple[tuple[str, Job, Any], ...] = (
    ("outbox", outbox, IntervalTrigger(seconds=1)),
    ("mining", mining, IntervalTrigger(minutes=1)),
    ("days", changed_days, IntervalTrigger(seconds=50)),
    ("index", index, IntervalTrigger(minutes=1)),
    ("orders", orders, IntervalTrigger(seconds=3)),
    ("issued", issued, IntervalTrigger(minutes=1)),
    ("discovery", discovery, CronTrigger(hour=2, minute=10, timezone=UTC)),
    ("report", report, CronTrigger(hour=3, minute=10, timezone=UTC)),
    ("index check", index_check, CronTrigger(hour=3, minute=40, timezone=UTC)),
    ("housekeeping", tidy, CronTrigger(hour=4, minute=10, timezone=UTC)),
    *map(chore, CHORES),
)

FREQUENT = {name for name, _work, trigger in JOBS if getattr(trigger, "interval_length", 60) < 60}  # no row while idle
