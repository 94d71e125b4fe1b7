"""One unit of work of a mining step: a transaction that opens as a writer, is fenced by the lease, and is retried when busy."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from community.db import is_busy, writing
from mining import leases

log = logging.getLogger(__name__)
Result = TypeVar("Result")
TRIES = 5


@dataclass(frozen=True)
class Units:
    """How this process opens its units: where the database is, and under which lease if the worker runs it."""

    sessions: sessionmaker[Session]
    lease: str = ""
    token: int = 0

    def write(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` in one transaction and commit it. Raises LeaseLost, and OperationalError after TRIES busy ones."""
        for attempt in range(1, TRIES + 1):
            try:
                with writing(), self.sessions() as session, session.begin():
                    result = work(session)
                    if self.lease:
                        leases.fence(session, self.lease, self.token)
                    return result
            except OperationalError as error:
                if not is_busy(error) or attempt == TRIES:
                    raise
                log.warning("busy, attempt %d of %d", attempt, TRIES)
                time.sleep(random.uniform(0.1, 0.5) * 2**attempt)
        raise AssertionError("unreachable")

    def read(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` in a transaction that writes nothing."""
        with self.sessions() as session:
            return work(session)


def alone(session: Session, step: str) -> None:
    """Let one process at a time through this step, until it commits. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(step))))
