"""The database: base class, column types, naming convention, and how a unit of work begins on SQLite.

Everything else of the product stands on this module; it imports nothing of the product.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Annotated, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Connection, DateTime, Dialect, Engine, MetaData, Text, TypeDecorator, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_TIMEOUT_MS = 5_000  # how long a writer waits for another on SQLite before it is told to try again


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


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # SQLAlchemy's `begin` event below says BEGIN, not the driver
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _will_write.get() else "BEGIN")


def is_busy(error: BaseException) -> bool:
    """Whether this is SQLite saying that another writer held on for too long, or PostgreSQL that two collided."""
    text = str(getattr(error, "orig", error))
    return "database is locked" in text or "deadlock detected" in text or "could not serialize" in text
