"""Long lists in pieces that one statement takes, and rows that nobody needs thrown away a piece at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, delete, select

from community.db import db, writing

T = TypeVar("T")
SIZE = 500
MOST_BATCHES = 200  # deleted in one go; the rest waits for the next


def batches(rows: Iterable[T], size: int = SIZE) -> Iterator[list[T]]:
    """Lists of up to `size` of them, in order."""
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch


def delete_in_batches(table: Any, condition: ColumnElement[bool], size: int = SIZE) -> int:
    """Delete the rows, each batch in a transaction of its own, so that others write in between; how many there were."""
    deleted, session = 0, db.session()
    for _ in range(MOST_BATCHES):
        session.rollback()
        with writing():
            ids = list(session.scalars(select(table.id).where(condition).limit(size)))
            session.execute(delete(table).where(table.id.in_(ids)))
            session.commit()
        deleted += len(ids)
        if len(ids) < size:
            break
    return deleted
