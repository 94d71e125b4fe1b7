"""Inserting what is not there yet: one statement, safe against another process that inserts the same."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_missing(session: Session, table: Any, rows: Sequence[dict[str, Any]], *columns: Any) -> list[Any]:
    """Insert the rows that break no unique constraint; these columns of those that were inserted."""
    if not rows:
        return []
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    # The rows as parameters, not in `values`: a statement with them in it is compiled anew each time.
    return list(session.execute(insert(table).on_conflict_do_nothing().returning(*columns), list(rows)))
