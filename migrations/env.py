"""How Alembic runs: on the application's own engine, in one transaction, SQLite by copying tables."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, delete, inspect

from community.db import Base, Json, UtcDateTime
from community.models import ChangedDay, SaidDay, days

config = context.config


def render(kind: str, value: object, autogenerate: object) -> str | bool:
    """Moments are written into migrations as plain SQL types, so that old migrations do not import new code."""
    if kind == "type" and isinstance(value, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and value is Json:
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def run() -> None:
    engine = current_app.extensions["migrate"].db.engine
    settings = {
        "target_metadata": Base.registry.metadata,
        "render_item": render,
        "render_as_batch": True,
        "compare_type": same_type,
    }
    if context.is_offline_mode():
        context.configure(url=engine.url, literal_binds=True, **settings)
        with context.begin_transaction():
            context.run_migrations()
        return
    with engine.connect() as connection:
        foreign_keys(connection, "OFF")  # SQLite rebuilds a table by dropping it, which would take its children along
        context.configure(connection=connection, **settings)
        with context.begin_transaction():
            before = context.get_context().get_current_heads()
            days.take_up(connection)  # SQLite renames no table while a trigger names one that is being rebuilt
            context.run_migrations()
            lay_triggers(connection, is_changed=context.get_context().get_current_heads() != before)
        foreign_keys(connection, "ON")


def lay_triggers(connection: Connection, is_changed: bool) -> None:
    """Lay them on the tables as they are now. What migrations did was not noted: what was kept before is void."""
    if not inspect(connection).has_table(ChangedDay.__tablename__):
        return
    days.lay(connection)
    if is_changed:
        connection.execute(delete(SaidDay))


def foreign_keys(connection: Connection, state: str) -> None:
    """Switch SQLite's checks, outside of any transaction; before they are on again, nothing may dangle."""
    if connection.dialect.name != "sqlite":
        return
    if state == "ON" and (dangling := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
        raise RuntimeError(f"the migration left rows that point nowhere: {dangling[:5]}")
    connection.commit()
    connection.connection.dbapi_connection.execute(f"PRAGMA foreign_keys={state}")


def same_type(_context: object, _inspected: object, _metadata: object, old: object, new: object) -> bool | None:
    """Whether a column's type changed; SQLite cannot tell a moment with a zone from one without."""
    return False if isinstance(new, UtcDateTime) else None


run()
