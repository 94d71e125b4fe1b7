"""Replies by mail: what they become, who may send them, and what is refused, told once and lost never."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.mail_addresses import REPLIES_LAST, read_reply, reply_address, stop_address
from community.mail_inbox import take
from community.models import Account, Answer, Comment, Mail, Post, Preference, Question, ReceivedMail
from community.questions import service as questions
from tests.conftest import NOW
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


def newest(session: Session) -> Post:
    session.expire_all()
    return session.scalars(select(Post).order_by(Post.id.desc()).limit(1)).one()


def refusals(session: Session, account: Account) -> list[Mail]:
    session.expire_all()
    return list(session.scalars(select(Mail).where(Mail.account_id == account.id, Mail.key.startswith("refused:"))))


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
