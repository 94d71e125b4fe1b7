"""Replies by mail: what they become, who may send them, and what is refused, told once and lost never."""

import os
import re
import threading
import time
from collections.abc import Callable
from contextvars import Context
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from community import incoming, mail_inbox
from community.db import db
from community.mail_addresses import REPLIES_LAST, read_reply, reply_address, stop_address
from community.mail_commands import mail as commands
from community.mail_inbox import read_inbox, take
from community.models import Account, Answer, Comment, Mail, Post, Preference, Question, ReceivedMail
from community.questions import service as questions
from tests.conftest import NOW
from tests.factories import Factory


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    return {
        "SITE_URL": "https://ask.example", "MAIL_FROM": "community@ask.example", "MAIL_REPLY_DOMAIN": "reply.ask.example",
        "MAIL_INBOX_DIR": str(tmp_path / "inbox"), "MAIL_DIR": str(tmp_path / "outbox"), "MAIL_RECEIVED_BYTES": 50_000,
    }  # fmt: skip


@pytest.fixture
def mia(make: Factory) -> Account:
    return make.account("Mia")


def letter(
    account: Account, post: Post, body: str = "It is X1.", when: datetime | None = None, **headers: str
) -> bytes:
    """A reply as a mailbox sends it; a header that is empty is left out."""
    made = EmailMessage()
    known = {
        "From": f"Mia <{account.email}>", "To": reply_address(account.id, post.id, when or datetime.now(UTC)) or "",
        "Subject": "Re: lamp", "Message-ID": f"<{time.monotonic_ns()}@mail.example.org>",
    }  # fmt: skip
    for name, value in (known | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        if value:
            made[name] = value
    made.set_content(body)
    return made.as_bytes()


def newest(session: Session) -> Post:
    session.expire_all()
    return session.scalars(select(Post).order_by(Post.id.desc()).limit(1)).one()


def refusals(session: Session, account: Account) -> list[Mail]:
    session.expire_all()
    return list(session.scalars(select(Mail).where(Mail.account_id == account.id, Mail.key.startswith("refused:"))))


def posts(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Post)) or 0


def test_a_reply_to_a_question_is_an_answer(make: Factory, session: Session, mia: Account) -> None:
    asked = make.question()
    assert take(letter(mia, asked, "Hold the button.\n\nOn Sun, Nov 22, 2026 at 6 AM E <c@a> wrote:\n> x")) == "posted"
    given = newest(session)
    assert isinstance(given, Answer)
    assert (given.question_id, given.author_id, given.body) == (asked.id, mia.id, "Hold the button.")
    [known] = session.scalars(select(ReceivedMail))
    assert (known.outcome, known.account_id, known.post_id) == ("posted", mia.id, given.id)


@pytest.mark.parametrize("to", ["answer", "comment"])
def test_a_reply_to_an_answer_or_a_comment_is_a_comment(make: Factory, session: Session, mia: Account, to: str) -> None:
    given = make.answer(make.question(mia))
    post = given if to == "answer" else make.comment(given)
    assert take(letter(mia, post)) == "posted"
    written = newest(session)
    assert isinstance(written, Comment)
    assert (written.parent_id, written.author_id) == (given.id, mia.id)


def test_details_sent_by_mail_are_details_given(make: Factory, session: Session, mia: Account) -> None:
    asked = make.question(mia)
    wanted = questions.request_information(session, asked, "Which version?", make.account("Helper"), NOW)
    session.commit()
    assert take(letter(mia, wanted, "1.2")) == "posted"
    written = newest(session)
    assert isinstance(written, Comment)
    assert written.parent_id == asked.id
    assert session.get_one(Question, asked.id).needs_info_at is None


def test_what_is_too_long_for_a_comment_is_posted_all_the_same(make: Factory, session: Session, mia: Account) -> None:
    asked = make.question(mia)
    given = make.answer(asked)
    assert take(letter(mia, given, "log line\n" * 400)) == "posted"
    written = newest(session)
    assert isinstance(written, Answer)
    assert written.is_reply, "the asker's own words leave the question as it is"


def test_each_mail_is_taken_once(make: Factory, session: Session, mia: Account) -> None:
    raw = letter(mia, make.question())
    assert take(raw) == take(raw) == "posted"
    assert posts(session) == 2
    unnamed = letter(mia, make.question(), Message_ID="")
    take(unnamed)
    take(unnamed)
    assert posts(session) == 4


def test_only_the_accounts_own_address_may_reply_and_its_owner_hears_of_others(
    make: Factory, session: Session, mia: Account
) -> None:
    asked = make.question()
    for sender in ("thief@example.org", f"{mia.email}, thief@example.org", f'"{mia.email}" <thief@example.org>', ""):
        assert take(letter(mia, asked, From=sender)) == "wrong sender"
    assert posts(session) == 1
    assert {one.to for one in refusals(session, mia)} == {mia.email}
    assert session.scalar(select(func.count()).select_from(Mail)) == 4
    assert "It is X1." not in refusals(session, mia)[0].text, "what others write is not passed on"
    assert take(letter(mia, asked, From=(mia.email or "").upper())) == "posted"


def test_an_address_that_is_made_up_or_changed_is_nobodys(make: Factory, session: Session, mia: Account) -> None:
    asked, thief = make.question(), make.account("Thief")
    real = reply_address(thief.id, asked.id, NOW) or ""
    other = reply_address(mia.id, asked.id, NOW) or ""
    code, changed = real.split("@")[0].split("+")[1], other.split("@")[0].split("+")[1]
    for forged in (
        changed[:16] + code[16:],
        code[:-1] + ("a" if code[-1] != "a" else "b"),
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ):
        assert take(letter(mia, asked, To=f"reply+{forged}@reply.ask.example")) == "bad address"
    for elsewhere in ("someone@example.org", real.replace("reply.ask.example", "evil.example")):
        assert take(letter(thief, asked, To=elsewhere)) == "no address"
    assert posts(session) == 1
    assert session.scalar(select(Mail.id)) is None, "strangers are not answered"


def test_a_reply_address_fits_into_a_mail_and_survives_capitals(app: Flask) -> None:
    address = reply_address(2**31 - 1, 2**31 - 1, NOW) or ""
    local = address.split("@")[0]
    assert len(local) <= 64
    assert address == address.lower()
    said = read_reply(local.split("+")[1].upper())
    assert said is not None
    assert (said.account_id, said.post_id, said.last_day) == (2**31 - 1, 2**31 - 1, (NOW + REPLIES_LAST).date())


def test_an_address_lasts_ninety_days_and_the_words_come_back(make: Factory, session: Session, mia: Account) -> None:
    asked, now = make.question(), datetime.now(UTC)
    assert take(letter(mia, asked, when=now - REPLIES_LAST)) == "posted"
    assert take(letter(mia, asked, when=now - REPLIES_LAST - timedelta(days=1))) == "expired"
    [refusal] = refusals(session, mia)
    assert "It is X1." in refusal.text
    assert f"https://ask.example/posts/{asked.id}" in refusal.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"X_Autoreply": "yes"}, {"Return_Path": "<>"},
        {"Subject": "Automatic reply: lamp"}, {"Subject": "自动回复：灯"}, {"From": "MAILER-DAEMON@example.org"},
        {"From": "Earshot <community@ask.example>"}, {"Message_ID": "<post-1.1.reply@ask.example>"}, {"List_Id": "<x>"},
    ],
)  # fmt: skip
def test_machines_are_neither_posted_nor_answered(
    make: Factory, session: Session, mia: Account, headers: dict[str, str]
) -> None:
    asked = make.question()
    assert take(letter(mia, asked, **headers)) == "automatic"
    assert posts(session) == 1
    assert session.scalar(select(Mail.id)) is None


def test_a_refusal_is_told_once_and_cannot_be_replied_to(make: Factory, session: Session, mia: Account) -> None:
    raw = letter(mia, make.question(), "> only a quote")
    assert take(raw) == take(raw) == "empty"
    [refusal] = refusals(session, mia)
    assert refusal.headers["Auto-Submitted"] == "auto-replied"
    assert "Reply-To" not in refusal.headers
    echo = letter(mia, make.question(), refusal.text, To="community@ask.example", Auto_Submitted="auto-replied")
    assert take(echo) == "automatic"
    assert len(refusals(session, mia)) == 1


def test_a_rule_of_the_forum_holds_for_mail_too_and_is_told_in_the_readers_language(
    make: Factory, session: Session, mia: Account
) -> None:
    mia.locale, asked = "zh_CN", make.question()
    session.commit()
    assert take(letter(mia, asked, "long " * 7_000)) == "refused"
    [refusal] = refusals(session, mia)
    assert '<html lang="zh-CN">' in (refusal.html or "")
    assert "long long" in refusal.text
    assert posts(session) == 1, "nothing of it is left"


def test_what_was_deleted_and_who_was_suspended(make: Factory, session: Session, mia: Account) -> None:
    author = make.account()
    gone, asked = make.question(author), make.question()
    raw = letter(mia, gone)
    questions.remove(session, gone, author, NOW)
    session.commit()
    assert take(raw) == "gone"
    mia.active = False
    session.commit()
    assert take(letter(mia, asked)) == "suspended"
    assert [one.subject for one in refusals(session, mia)] == ["Your reply was not posted"]


def test_a_mail_that_is_too_large_is_refused_without_being_read(make: Factory, session: Session, mia: Account) -> None:
    assert take(letter(mia, make.question(), "x" * 60_000)) == "too large"
    assert "too large" in refusals(session, mia)[0].text


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\0\xff\xfe", b"From: \xff\xfe\nTo: reply+x@reply.ask.example\n\nx", b"From: a@b\n" * 5_000,
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n--x--\n", b"Message-ID: <" + b"a" * 5_000 + b">\n\nx",
        b"Content-Type: text/plain; charset=\"\xff\"\nTo: =?nonsense?q?=ff?=\n\nx", b"From: <<>>@,;:\nTo: ,,,\n\n",
    ],
)  # fmt: skip
def test_rubbish_is_refused_and_harmless(session: Session, raw: bytes) -> None:
    assert take(raw) in {"no address", "automatic"}
    assert session.scalar(select(func.count()).select_from(ReceivedMail)) == 1


def test_a_mail_to_the_stopping_address_stops(make: Factory, session: Session, mia: Account) -> None:
    raw = letter(mia, make.question(), "", To=stop_address(mia.id, "watched") or "", From="other@example.org")
    assert take(raw) == "stopped"
    [row] = session.scalars(select(Preference))
    assert (row.account_id, row.kind, row.frequency) == (mia.id, "watched", "never")


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
