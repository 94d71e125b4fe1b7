"""The database: base class, column types, naming convention, and how a unit of work begins on SQLite.

Everything else of the product stands on this module; it imports nothing of the product.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Annotated, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Connection, DateTime, Dialect, Engine, MetaData, Text, TypeDecorator, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DisconnectionError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_TIMEOUT_MS = 5_000  # how long a writer waits for another on SQLite before it is told to try again
LOOK_AGAIN_S = 0.001  # how often a writer looks whether another process has left the writer's place
CHECKPOINT_PAGES = 1_000  # of the write-ahead log, after which whoever commits copies it into the database
CHECKPOINT_PAGES_OF_WEB = 16_000  # 64 MiB: only if no worker has done it


AWAY = (OperationalError, InterfaceError, DisconnectionError, TimeoutError)  # it is busy or away: later it works


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite has no zones, so they are cut before storing and set again when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={datetime: UtcDateTime(), dict[str, Any]: Json, list[Any]: Json, str: Text()},
    )


Key = Annotated[int, mapped_column(primary_key=True)]

db = SQLAlchemy(model_class=Base)

_will_write: ContextVar[bool] = ContextVar("will_write", default=False)


@contextmanager
def writing() -> Iterator[None]:
    """Units of work begun inside will write: on SQLite they take the writer's place at once.

    A read that upgrades to a write fails at once when another has written in between, whatever the timeout.
    """
    token = _will_write.set(True)
    try:
        yield
    finally:
        _will_write.reset(token)


def will_write(yes: bool = True) -> None:
    """Set for the rest of this request or thread what `writing` sets for a block."""
    _will_write.set(yes)


def begin_to_write() -> None:
    """From here on this request writes; what it has read, such as who it is, is kept and not read again.

    So the writer's place is not taken for reading that.
    """
    session = db.session()
    read = list(session)
    session.expunge_all()
    session.rollback()
    session.add_all(read)
    will_write()


def read_again() -> None:
    """Undo what this request began; from here on it only reads, such as the page that says what was wrong."""
    db.session.rollback()
    will_write(False)


_turn = threading.Lock()  # the writer's place as this process sees it
_checkpoint_pages = CHECKPOINT_PAGES


def leave_checkpoints() -> None:
    """The worker copies the write-ahead log, after its own commits: nobody who posts waits for that in this process."""
    global _checkpoint_pages
    _checkpoint_pages = CHECKPOINT_PAGES_OF_WEB


class TakingTurns(sqlite3.Connection):
    """Writers of one process queue for the writer's place, and look each millisecond while another process holds it.

    SQLite's own waiters look again after ever longer sleeps, up to 100 ms in which the place may be free, and whoever
    comes just then is first: with eight threads writing, some starve until their timeout. The place is given up after
    the commit, not before.
    """

    has_turn = False
    patience_ms = BUSY_TIMEOUT_MS

    def be_patient(self, milliseconds: int) -> None:
        """Wait so long, from now on, for the writer's place and for whatever else another may lock."""
        self.patience_ms = milliseconds
        self.execute(f"PRAGMA busy_timeout={milliseconds}")

    def begin_writing(self) -> None:
        until = time.monotonic() + self.patience_ms / 1000
        if not self.has_turn and not _turn.acquire(timeout=self.patience_ms / 1000):
            raise sqlite3.OperationalError("database is locked")
        self.has_turn = True
        try:
            self.execute("PRAGMA busy_timeout=0")
            while not self._is_begun(until):
                time.sleep(LOOK_AGAIN_S)
        finally:
            self._give_up()

    def _is_begun(self, until: float) -> bool:
        try:
            self.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            return False
        return True

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            self._give_up()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._give_up()

    def close(self) -> None:
        super().close()
        self._give_up(is_open=False)

    def __del__(self) -> None:
        """Forgotten without being closed: its turn must not be lost with it."""
        if self.has_turn:
            self.has_turn = False
            _turn.release()

    def _give_up(self, is_open: bool = True) -> None:
        """Unless a transaction is still going on, as after a commit that failed."""
        if self.has_turn and not (is_open and self.in_transaction):
            self.has_turn = False
            _turn.release()
            if is_open:
                self.be_patient(self.patience_ms)


@event.listens_for(Engine, "do_connect")
def _connect_sqlite(dialect: Dialect, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
    if dialect.name == "sqlite":
        options["factory"] = TakingTurns


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # SQLAlchemy's `begin` event below says BEGIN, not the driver
    assert isinstance(connection, TakingTurns)
    connection.be_patient(BUSY_TIMEOUT_MS)
    for pragma in (
        "foreign_keys=ON",
        "journal_mode=WAL",
        "synchronous=FULL",
        f"wal_autocheckpoint={_checkpoint_pages}",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    if not _will_write.get():
        connection.exec_driver_sql("BEGIN")
        return
    try:
        own = connection.connection.dbapi_connection
        assert isinstance(own, TakingTurns)
        own.begin_writing()
    except sqlite3.OperationalError as error:
        raise OperationalError("BEGIN IMMEDIATE", None, error) from error


def is_busy(error: BaseException) -> bool:
    """Whether this is SQLite saying that another writer held on for too long, or PostgreSQL that two collided."""
    text = str(getattr(error, "orig", error))
    return "database is locked" in text or "could not serialize" in text or is_deadlock(error)


def is_deadlock(error: BaseException) -> bool:
    """Whether this is PostgreSQL saying that two waited for one another, and this one was given up."""
    return "deadlock detected" in str(getattr(error, "orig", error))
