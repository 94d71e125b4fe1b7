"""The migrations lead up, down and up again, and the tables are then what the models say."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import create_engine, inspect, make_url, text

from community.app import create_app
from community.db import Base, UtcDateTime, db
from tests.conftest import DATABASES


@pytest.fixture(params=DATABASES)
def empty_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database without any table."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        url = a_new_database(request.getfixturevalue("postgresql_url"))
    app = create_app({"SQLALCHEMY_DATABASE_URI": url})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def a_new_database(server: str) -> str:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS migrations"))
        connection.execute(text("CREATE DATABASE migrations"))
    engine.dispose()
    return make_url(server).set(database="migrations").render_as_string(hide_password=False)


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def same_type(_context: Any, _inspected: Any, _metadata: Any, _old: Any, new: Any) -> bool | None:
    return False if isinstance(new, UtcDateTime) else None


def test_the_migrations_lead_up_and_down_and_up_again(empty_app: Flask) -> None:
    wanted = {table.name for table in Base.metadata.sorted_tables}
    upgrade()
    assert tables() == wanted
    downgrade(revision="base")
    assert tables() == set()
    upgrade()
    assert tables() == wanted
    check()  # raises SystemExit when a migration is missing
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": same_type})
        assert compare_metadata(context, Base.metadata) == []


def test_what_was_written_before_an_upgrade_is_there_after_it(empty_app: Flask) -> None:
    upgrade(revision="0001")
    moment = "2026-06-01 12:00:00+00:00"
    with db.engine.begin() as connection:
        for statement in (
            "INSERT INTO account (name, email, active, fs_uniquifier, created_at)"
            f" VALUES ('Mira K', 'mira@example.org', true, 'a', '{moment}'), ('Mira K', NULL, true, 'b', '{moment}')",
            "INSERT INTO post (kind, author_id, title, body, created_at, score)"
            f" VALUES ('question', 1, 'How?', 'So.', '{moment}', 0)",
            "INSERT INTO post (kind, author_id, question_id, body, created_at, score)"
            f" VALUES ('answer', 2, 1, 'Thus.', '{moment}', 1)",
            f"INSERT INTO vote (voter_id, post_id, value, created_at) VALUES (1, 2, 1, '{moment}')",
        ):
            connection.execute(text(statement))
    upgrade()
    with db.engine.begin() as connection:
        assert connection.scalars(text("SELECT handle FROM account ORDER BY id")).all() == ["mira-k", "mira-k-2"]
        assert connection.scalar(text("SELECT count(*) FROM vote")) == 1
        hot = connection.scalar(text("SELECT hot FROM post WHERE kind = 'question'"))
        assert hot == pytest.approx(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp() / 432_000, abs=0.01)


def test_upgrading_what_is_up_to_date_changes_nothing(app: Flask) -> None:
    before = {table: inspect(db.engine).get_columns(table) for table in tables()}
    upgrade()
    after = {table: inspect(db.engine).get_columns(table) for table in tables()}
    assert str(before) == str(after)


def test_every_constraint_has_a_name_that_a_later_migration_can_say() -> None:
    nameless = [
        f"{table.name}: {constraint}"
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if not constraint.name
    ]
    assert nameless == []


def test_every_reference_says_what_happens_to_it_when_its_row_goes() -> None:
    silent = [
        f"{table.name}.{key.parent.name}"
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.ondelete is None
    ]
    assert silent == []
