"""Mails in a folder: each is read once, kept where it belongs, and survives a death, a crash and a busy database."""

import os
import re
import threading
import time
from collections.abc import Callable
from contextvars import Context
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from community import incoming, mail_inbox
from community.db import db
from community.mail_commands import mail as commands
from community.mail_inbox import read_inbox, take
from community.models import Account
from tests.factories import Factory
from tests.letters import letter, posts


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    return {
        "SITE_URL": "https://ask.example", "MAIL_FROM": "community@ask.example", "MAIL_REPLY_DOMAIN": "reply.ask.example",
        "MAIL_INBOX_DIR": str(tmp_path / "inbox"), "MAIL_DIR": str(tmp_path / "outbox"), "MAIL_RECEIVED_BYTES": 50_000,
    }  # fmt: skip


@pytest.fixture
def mia(make: Factory) -> Account:
    return make.account("Mia")


Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    folder = tmp_path / "inbox"
    folder.mkdir()

    def write(name: str, raw: bytes, age: float = 60) -> Path:
        path = folder / name
        path.write_bytes(raw)
        os.utime(path, (time.time() - age, time.time() - age))
        return path

    return write


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.eml"))


def test_the_folder_is_read_and_each_file_kept_where_it_belongs(
    make: Factory, session: Session, mia: Account, put: Put, tmp_path: Path
) -> None:
    asked = make.question()
    put("1.eml", letter(mia, asked))
    put("2.eml", b"rubbish")
    put("3.eml", letter(mia, asked), age=0)
    put("note.txt", b"no mail")
    assert read_inbox() == {"mails_posted": 1, "mails_refused": 1}
    assert names(tmp_path / "inbox") == ["3.eml", "done/1.eml", "refused/2.eml"]
    put("1.eml", letter(mia, asked, "Another."))
    read_inbox()
    assert names(tmp_path / "inbox") == ["3.eml", "done/1-1.eml", "done/1.eml", "refused/2.eml"], "none is written over"


def test_a_death_between_posting_and_moving_posts_nothing_twice(
    make: Factory, session: Session, mia: Account, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("1.eml", letter(mia, make.question()))

    def dies(*_arguments: object) -> None:
        raise KeyboardInterrupt

    whole = mail_inbox.move
    monkeypatch.setattr(mail_inbox, "move", dies)
    with pytest.raises(KeyboardInterrupt):
        read_inbox()
    monkeypatch.setattr(mail_inbox, "move", whole)
    assert read_inbox() == {"mails_posted": 1}
    assert names(tmp_path / "inbox") == ["done/1.eml"]
    assert posts(session) == 2


def test_while_the_database_is_busy_mails_wait_and_after_a_crash_none_is_lost(
    make: Factory, session: Session, mia: Account, put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("1.eml", letter(mia, make.question()))

    def busy(*_arguments: object) -> str:
        raise OperationalError("x", {}, Exception("database is locked"))

    def breaks(*_arguments: object) -> str:
        raise RuntimeError("a bug")

    whole = mail_inbox.receive
    monkeypatch.setattr(mail_inbox, "receive", busy)
    assert read_inbox() == {}
    assert names(tmp_path / "inbox") == ["1.eml"]
    monkeypatch.setattr(mail_inbox, "receive", breaks)
    assert read_inbox() == {"mails_refused": 1}
    assert names(tmp_path / "inbox") == ["refused/1.eml"]
    monkeypatch.setattr(mail_inbox, "receive", whole)
    assert take((tmp_path / "inbox/refused/1.eml").read_bytes()) == "posted", "it can be put back"


def test_a_death_in_the_middle_leaves_neither_a_post_nor_a_note_that_it_was_taken(
    make: Factory, session: Session, mia: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = letter(mia, make.question())
    whole = incoming.act

    def dies(*arguments: Any) -> dict[str, object]:
        whole(*arguments)
        raise RuntimeError("the machine stops")

    monkeypatch.setattr(incoming, "act", dies)
    with pytest.raises(RuntimeError):
        take(raw)
    assert posts(session) == 1, "the post and its Message-ID come and go together"
    monkeypatch.setattr(incoming, "act", whole)
    assert [take(raw), take(raw)] == ["posted", "posted"]
    assert posts(session) == 2


@pytest.mark.fault
def test_one_mail_that_comes_twice_at_the_same_moment_is_posted_once(
    app: Flask, make: Factory, session: Session, mia: Account
) -> None:
    raw, outcomes = letter(mia, make.question()), []
    session.rollback()

    def work() -> None:
        with app.app_context():
            outcomes.append(take(raw))
            db.session.remove()

    workers = [threading.Thread(target=Context().run, args=(work,)) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert outcomes == ["posted"] * 4
    assert posts(session) == 2


def test_a_mail_server_may_pipe_replies_in(
    app: Flask, make: Factory, session: Session, mia: Account, tmp_path: Path
) -> None:
    runner, asked = app.test_cli_runner(), make.question()
    got = runner.invoke(commands, ["receive"], input=letter(mia, asked))
    assert (got.exit_code, got.output) == (0, "-: posted\n")
    files = [tmp_path / "a.eml", tmp_path / "b.eml"]
    files[0].write_bytes(letter(mia, asked, "Another."))
    files[1].write_bytes(b"rubbish")
    got = runner.invoke(commands, ["receive", *map(str, files)])
    assert re.findall(r": (.+)", got.output) == ["posted", "not posted: no address"]
    assert posts(session) == 3
