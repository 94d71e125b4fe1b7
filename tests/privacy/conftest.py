"""Uploads lie in the test's own folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from community.db import db


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    return {"UPLOADS_DIR": str(tmp_path / "uploads")}


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The statements that the database was asked since the list was emptied."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)
