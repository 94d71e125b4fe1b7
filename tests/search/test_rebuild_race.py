"""A rebuild in a process of its own, while another one posts and the worker delivers: none is lost."""

import multiprocessing
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.db import db, writing
from community.models import Account, Post
from community.questions import service as questions
from community.reactions import deliver_pending
from community.search import index, service
from community.search.whoosh_index import WhooshIndex
from tests.conftest import NOW, SETTINGS
from tests.factories import Factory

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.faults.processes"])  # the imports, once
FIRST, LATER = 30, 30  # questions before, and during
MANY = {"POSTS_AN_HOUR": 10_000}


@pytest.fixture
def settings() -> dict[str, Any]:
    return MANY


def make_app(url: str, folder: str) -> Flask:
    from community.app import create_app

    return create_app({"SQLALCHEMY_DATABASE_URI": url, "SEARCH_INDEX_DIR": folder, **SETTINGS, **MANY})


def post_on(url: str, folder: str, account_id: int, first_ids: list[int]) -> None:
    """Ask, edit and delete, as web processes do."""
    with make_app(url, folder).app_context():
        for number in range(LATER):
            with writing():
                by = db.session.get_one(Account, account_id)
                questions.ask(db.session(), f"Battery during {number}", "drains", None, [], by, NOW)
                old = db.session.get_one(Post, first_ids[number % FIRST])
                if number % 3 == 0:
                    questions.edit(db.session(), old, f"Screen {number}", "glows", by, NOW)
                elif number % 3 == 1 and not old.deleted_at:
                    questions.remove(db.session(), old, by, NOW)
                db.session.commit()
            db.session.remove()
            time.sleep(0.02)


def deliver_on(url: str, folder: str, stop: str) -> None:
    """What the worker does, every so often."""
    with make_app(url, folder).app_context():
        is_last = False
        while not is_last:
            is_last = Path(stop).exists()
            while deliver_pending(most=7):
                pass
            db.session.remove()
            time.sleep(0.02)


def rebuild_on(url: str, folder: str) -> None:
    with make_app(url, folder).app_context():
        WhooshIndex(Path(folder)).rebuild(db.session(), lambda _count: time.sleep(0.2))


@pytest.mark.fault
def test_a_rebuild_while_posts_are_written_loses_none(
    app: Flask, database_url: str, make: Factory, session: Session, tmp_path: Path
) -> None:
    folder, stop = app.config["SEARCH_INDEX_DIR"], tmp_path / "stop"
    asker = make.account("Asker")
    first_ids = [make.question(asker, title=f"Battery before {number}").id for number in range(FIRST)]
    asker_id = asker.id
    session.rollback()
    while deliver_pending():
        pass
    session.close()
    before = index.live(Path(folder))
    writer = CONTEXT.Process(target=post_on, args=(database_url, folder, asker_id, first_ids))
    worker = CONTEXT.Process(target=deliver_on, args=(database_url, folder, str(stop)))
    writer.start(), worker.start()
    rebuilt = 0
    while writer.is_alive() or not rebuilt:
        builder = CONTEXT.Process(target=rebuild_on, args=(database_url, folder))
        builder.start()
        builder.join(120)
        assert builder.exitcode == 0
        rebuilt += 1
    writer.join(120)
    stop.touch()
    worker.join(120)
    assert (writer.exitcode, worker.exitcode) == (0, 0)
    assert index.live(Path(folder)) != before
    session.rollback()
    assert service.check(folder, session).post_ids == []
    there = session.scalars(select(Post.id).where(Post.deleted_at.is_(None))).all()
    search = WhooshIndex(Path(folder))
    found = {
        hit.post_id
        for page in (1, 2, 3)
        for hit in search.find("is:question", session=session, page=page, size=50).hits
    }
    assert found == set(there)
    assert search.find("battery during", session=session).total == LATER


def test_a_version_that_a_killed_rebuild_left_is_cleared_away(app: Flask, make: Factory, session: Session) -> None:
    folder = Path(app.config["SEARCH_INDEX_DIR"])
    question = make.question(title="Battery")
    service.rebuild(folder, session)
    left = index.new_version(folder)  # and then the process was killed
    service.apply(folder, session, [question.id])
    assert index.noted_changes(left, 0)[0] == [question.id]
    service.rebuild(folder, session)
    assert not left.exists() or index.live(folder) == left
    assert index.versions_in_the_making(folder) == []


def test_what_a_journal_says_half_is_read_when_it_is_whole(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("12\n345\n67")
    ids, end = index.noted_changes(tmp_path, 0)
    assert ids == [12, 345]
    (tmp_path / "journal").write_text("12\n345\n678\n")
    assert index.noted_changes(tmp_path, end) == ([678], 11)
