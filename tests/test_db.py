"""The rules of the database: pragmas, how a writing unit begins, moments in UTC."""

import gc
import runpy
import sqlite3
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import Session, sessionmaker

import community.db
from community.db import BUSY_TIMEOUT_MS, TakingTurns, db, is_busy, writing
from community.models import Account, Customer, Event, Post, SignIn, Verbatim
from config import ROOT
from tests.conftest import NOW
from tests.factories import Factory, sign_in


@pytest.fixture
def sqlite_only(app: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("about SQLite")


def other_connection(app: Flask) -> sqlite3.Connection:
    """As another process has it, which waits for nothing."""
    path = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    return sqlite3.connect(path, timeout=0, isolation_level=None)


@pytest.mark.usefixtures("sqlite_only")
def test_every_connection_keeps_foreign_keys_and_waits_and_syncs_fully(session: Session) -> None:
    kept = {
        name: session.scalar(text(f"PRAGMA {name}"))
        for name in ("foreign_keys", "journal_mode", "synchronous", "busy_timeout")
    }
    assert kept == {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2, "busy_timeout": 5_000}


def test_a_row_that_points_at_nothing_is_refused(session: Session) -> None:
    session.add(Event(kind="a.b", subject_id=1, actor_id=999, created_at=NOW, due_at=NOW, details={}))
    with pytest.raises(IntegrityError):
        session.commit()


@pytest.mark.usefixtures("sqlite_only")
def test_a_writing_unit_takes_the_writers_place_when_it_begins(app: Flask, session: Session) -> None:
    other = other_connection(app)
    with writing():
        session.execute(text("SELECT 1"))
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    session.rollback()
    other.execute("BEGIN IMMEDIATE")
    other.close()


@pytest.mark.usefixtures("sqlite_only")
def test_a_reading_unit_keeps_nobody_from_writing(app: Flask, session: Session) -> None:
    session.execute(select(Account)).all()
    other = other_connection(app)
    other.execute("BEGIN IMMEDIATE")
    other.close()


@pytest.mark.usefixtures("sqlite_only")
def test_a_read_that_turns_into_a_write_is_told_that_it_is_late(app: Flask, session: Session, make: Factory) -> None:
    """Why writing units begin as such: no timeout helps here."""
    account = make.account()
    assert account.name
    other = other_connection(app)
    other.execute("UPDATE account SET name = 'other'")
    other.close()
    account.name = "mine"
    start = time.monotonic()
    with pytest.raises(OperationalError) as caught:
        session.commit()
    assert is_busy(caught.value)
    assert time.monotonic() - start < 1
    session.rollback()


def test_two_writers_at_once_both_succeed(app: Flask, make: Factory) -> None:
    number = make.account("0").id
    make.session.commit()
    sessions = sessionmaker(db.engine)
    failed: list[BaseException] = []

    def count_up() -> None:
        try:
            for _ in range(20):
                with writing(), sessions() as own, own.begin():
                    row = own.scalars(select(Account).where(Account.id == number).with_for_update()).one()
                    time.sleep(0.001)
                    row.name = str(int(row.name) + 1)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=count_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert make.session.scalars(select(Account.name)).one() == "40"


@pytest.mark.usefixtures("sqlite_only")
def test_who_it_is_is_read_without_the_writers_place(
    app: Flask, client: FlaskClient, session: Session, make: Factory
) -> None:
    """Who was signed out learns it at once, while another writes; who is not waits for that one."""
    asked, account = make.question(), make.account()
    path = f"/questions/{asked.id}/me-too"
    sign_in(client, account)
    session.rollback()
    assert client.post(path).status_code == 302
    session.execute(delete(SignIn))
    session.commit()
    other = other_connection(app)
    other.execute("BEGIN IMMEDIATE")
    response = client.post(path)
    other.close()
    assert response.status_code == 302
    assert "/sign-in" in response.location


@pytest.mark.usefixtures("sqlite_only")
def test_a_writer_who_waits_too_long_is_told_that_it_is_busy(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.session.remove()
    db.engine.dispose()
    monkeypatch.setattr(community.db, "BUSY_TIMEOUT_MS", 30)
    other = other_connection(app)
    other.execute("BEGIN IMMEDIATE")
    with writing(), pytest.raises(OperationalError) as caught:
        db.session.execute(text("SELECT 1"))
    assert is_busy(caught.value)
    db.session.rollback()
    other.close()


@pytest.mark.usefixtures("sqlite_only")
def test_a_writer_looks_each_millisecond_whether_another_process_has_left(app: Flask, session: Session) -> None:
    """SQLite's own waiters sleep up to 100 ms in between: they would look 12 times in this time, at the most."""
    session.rollback()
    other, looked = other_connection(app), list[str]()
    other.execute("BEGIN IMMEDIATE")
    with db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, TakingTurns)
        driver.be_patient(400)
        driver.set_trace_callback(looked.append)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            driver.begin_writing()
        driver.set_trace_callback(None)
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 400
        driver.be_patient(BUSY_TIMEOUT_MS)
    other.close()
    assert looked.count("BEGIN IMMEDIATE") > 20


@pytest.mark.usefixtures("sqlite_only")
def test_who_waits_for_little_waits_as_little_for_others_of_its_process(session: Session) -> None:
    session.rollback()
    with db.engine.connect() as first, db.engine.connect() as second:
        writer, hasty = first.connection.driver_connection, second.connection.driver_connection
        assert isinstance(writer, TakingTurns)
        assert isinstance(hasty, TakingTurns)
        writer.begin_writing()
        hasty.be_patient(20)
        started = time.monotonic()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            hasty.begin_writing()
        assert time.monotonic() - started < 2
        writer.rollback()
        hasty.begin_writing()
        hasty.rollback()
        hasty.be_patient(BUSY_TIMEOUT_MS)


@pytest.mark.usefixtures("sqlite_only")
def test_a_web_process_leaves_the_write_ahead_log_to_the_worker(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pages() -> int | None:
        with db.engine.connect() as connection:
            return connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar()

    session.rollback()
    assert pages() == 1_000
    monkeypatch.setattr(community.db, "_checkpoint_pages", 1_000)  # put back afterwards
    config = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    monkeypatch.setattr(gc, "freeze", lambda: None)
    interval = sys.getswitchinterval()
    config["post_worker_init"](None)
    sys.setswitchinterval(interval)
    db.session.remove()
    db.engine.dispose()
    assert pages() == 16_000
    db.engine.dispose()


@pytest.mark.parametrize(
    ("message", "busy"),
    [
        ("database is locked", True),
        ("deadlock detected", True),
        ("could not serialize access", True),
        ("disk I/O error", False),
    ],
)
def test_busy_is_told_from_broken(message: str, busy: bool) -> None:
    assert is_busy(OperationalError("SELECT 1", {}, Exception(message))) == busy


def test_a_moment_without_a_zone_is_refused(session: Session, make: Factory) -> None:
    account = make.account()
    account.created_at = datetime(2026, 6, 1, 12, 0)
    with pytest.raises(StatementError, match="no time zone"):
        session.commit()
    session.rollback()
    with pytest.raises(StatementError, match="no time zone"):
        session.scalars(select(Account).where(Account.created_at < datetime(2026, 6, 1))).all()


@pytest.mark.parametrize("hours", [-11, 0, 8, 14])
def test_a_moment_comes_back_in_utc_as_the_same_moment(session: Session, make: Factory, hours: int) -> None:
    moment = datetime(2026, 6, 1, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=hours)))
    account = make.account()
    account.created_at = moment
    session.commit()
    assert account.created_at == moment
    assert account.created_at.tzinfo == UTC
    assert session.scalars(select(Account.id).where(Account.created_at == moment.astimezone(UTC))).one() == account.id
    assert session.scalars(select(Account.id).where(Account.created_at < moment)).all() == []


def test_moments_of_different_zones_are_sorted_as_moments(session: Session) -> None:
    zones = [timezone(timedelta(hours=hours)) for hours in (9, -5, 0)]
    for n, zone in enumerate(zones):
        moment = datetime(2026, 6, 1, 12, 0, tzinfo=zone)
        session.add(Customer(name=str(n), created_at=moment, changed_at=moment))
    session.commit()
    assert session.scalars(select(Customer.name).order_by(Customer.created_at)).all() == ["0", "2", "1"]


@pytest.mark.parametrize("text_", ["灯 😀 \u200b", "x" * 100_000, "'; DROP TABLE account; --", "%s %(a)s ?"])
def test_text_comes_back_as_it_was(session: Session, make: Factory, text_: str) -> None:
    post = make.question(body="Body.")
    post.body = text_
    session.commit()
    session.expire_all()
    assert session.get_one(Post, post.id).body == text_


def test_a_verbatim_has_one_source_and_no_other(session: Session, make: Factory) -> None:
    asked, case = make.question(), make.complaint()
    session.add(
        Verbatim(
            customer_id=case.customer_id, channel="forum", post_id=asked.id, complaint_id=case.id, is_private=False,
            text="t", text_hash="h", said_at=NOW,
        )
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        session.commit()
