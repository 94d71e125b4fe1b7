"""Jobs and workers with the stand-in for the model."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.models import Lease, Run
from mining import leases
from mining.schedule import LazyEncoder
from mining.units import Units
from mining.worker import Worker
from tests.mining.fakes import FakeEncoder


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


def seize(units: Units) -> None:
    def take(session: Session) -> None:
        session.execute(update(Lease).values(expires_at=datetime.now(UTC)))
        leases.acquire(session, "worker", "another", datetime.now(UTC))

    units.write(take)
