"""What was said on one day, kept as columns for reports; and which days changed since, as the database itself notes.

Triggers note it, for rows also change by cascade, by hand and by code that is not written yet. They are laid after each
migration (`migrations/env.py`), since SQLite rebuilds tables without them.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Connection, LargeBinary, String, event, text
from sqlalchemy.orm import Mapped, mapped_column

from community.db import Base

WATCHED = {  # table -> the columns that a report is counted from
    "verbatim": "customer_id, channel, product_id, text_hash, said_at, language, sentiment, score, intent, leaving",
    "mention": "verbatim_id, topic_id, start, end, sentiment, score, intent",
    "echo": "verbatim_id, leader_id, text_hash",
}
WITH_TOPIC = {  # a mention without a topic is in no report
    "INSERT": "NEW.topic_id IS NOT NULL",
    "UPDATE": "OLD.topic_id IS NOT NULL OR NEW.topic_id IS NOT NULL",
    "DELETE": "OLD.topic_id IS NOT NULL",
}
SQLITE_NOTE = (
    "INSERT INTO changed_day (day, written_in) SELECT day, 0 FROM (SELECT substr(said_at, 1, 10) AS day FROM SOURCE)"
    " WHERE day NOT IN (SELECT day FROM changed_day); "
)
POSTGRESQL_NOTE = (
    "INSERT INTO changed_day (day, written_in) SELECT (said_at AT TIME ZONE 'UTC')::date, txid_current() FROM SOURCE"
    " ON CONFLICT DO NOTHING; "
)
ROWS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


class SaidDay(Base):
    """All that was said on one day, as columns (mining/stretch.py). Good as long as the day is not among the changed."""

    __tablename__ = "said_day"

    day: Mapped[date] = mapped_column(primary_key=True, comment="in UTC")
    built_by: Mapped[str] = mapped_column(String(32), comment="who builds it, or built it")
    layout: Mapped[int] = mapped_column(comment="of the content, as mining/stretch.py numbers it")
    is_compared: Mapped[bool] = mapped_column(
        default=False, comment="it is known of all texts which nearly repeat others"
    )
    content: Mapped[bytes | None] = mapped_column(LargeBinary, comment="none while it is being built")


class ChangedDay(Base):
    """A day of which a text or mention came, went or changed since it was last looked at."""

    __tablename__ = "changed_day"

    day: Mapped[date] = mapped_column(primary_key=True, comment="in UTC")
    written_in: Mapped[int] = mapped_column(
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="transaction, so that writers do not wait for another",
    )


def lay(connection: Connection) -> None:
    """Lay the triggers anew."""
    take_up(connection)
    for statement in (sqlite_triggers if connection.dialect.name == "sqlite" else postgresql_triggers)():
        connection.execute(text(statement))


def take_up(connection: Connection) -> None:
    """Drop the triggers that are there."""
    for table, name in laid(connection):
        on_table = "" if connection.dialect.name == "sqlite" else f" ON {table}"
        connection.execute(text(f"DROP TRIGGER {name}{on_table}"))


def laid(connection: Connection) -> list[tuple[str, str]]:
    """Table and name of each."""
    if connection.dialect.name == "sqlite":
        rows = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'note\\_%' ESCAPE '\\'"
    else:
        rows = (
            "SELECT DISTINCT event_object_table::text, trigger_name::text FROM information_schema.triggers"
            " WHERE trigger_schema = current_schema() AND trigger_name LIKE 'note\\_%'"
        )
    return [(row[0], row[1]) for row in connection.execute(text(rows))]


def is_laid(connection: Connection) -> bool:
    return {name for _table, name in laid(connection)} == {name_of(*one) for one in each()}


def each() -> Iterator[tuple[str, str]]:
    return ((table, change) for table in WATCHED for change in ROWS)


def name_of(table: str, change: str) -> str:
    return f"note_{table}_{change.lower()}"


def head(table: str, change: str) -> str:
    """Up to what is done: when it fires."""
    columns = ", ".join(f'"{name.strip()}"' for name in WATCHED[table].split(","))
    on_change = f"UPDATE OF {columns}" if change == "UPDATE" else change
    condition = f" WHEN ({WITH_TOPIC[change]})" if table == "mention" else ""
    return f"CREATE TRIGGER {name_of(table, change)} AFTER {on_change} ON {table} FOR EACH ROW{condition}"


def sqlite_triggers() -> Iterator[str]:
    """There is one writer, so a day needs to be noted once."""
    for table, change in each():
        notes = "".join(SQLITE_NOTE.replace("SOURCE", source(table, row)) for row in ROWS[change])
        yield f"{head(table, change)} BEGIN {notes}END"


def postgresql_triggers() -> Iterator[str]:
    """Two transactions never note the same row, so neither waits; one notes a day once."""
    for table, change in each():
        name = name_of(table, change)
        notes = "".join(POSTGRESQL_NOTE.replace("SOURCE", source(table, row)) for row in ROWS[change])
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
            f" AS $$ BEGIN {notes}RETURN NULL; END $$"
        )
        yield f"{head(table, change)} EXECUTE FUNCTION {name}()"


def source(table: str, row: str) -> str:
    """Where the moment of the text stands; a text that is gone was noted when it went."""
    return (
        f"(SELECT {row}.said_at AS said_at) AS one" if table == "verbatim" else f"verbatim WHERE id = {row}.verbatim_id"
    )


@event.listens_for(Base.metadata, "after_create")
def _lay_with_all_tables(_target: Any, connection: Connection, tables: Any, **_options: Any) -> None:
    """Where tables are made without migrations."""
    if any(table.name == ChangedDay.__tablename__ for table in tables or ()):
        lay(connection)
