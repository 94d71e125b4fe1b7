"""Mail on its way: queued with what it tells of, delivered at least once, never a header more than meant."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextvars import Context
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import mail, mail_delivery
from community.db import db
from community.mail_commands import mail as commands
from community.mail_delivery import CLAIM, LAST_ATTEMPT, deliver_batch, deliver_mail
from community.mail_files import Enclosure
from community.mail_transport import Folder, Server
from community.models import Mail
from community.questions import service as questions
from tests.factories import Factory

AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    return {
        "MAIL_DIR": str(tmp_path / "outbox"), "SITE_URL": "https://ask.example", "MAIL_FROM": "community@ask.example",
        "SMTP_TLS": "off", "SMTP_TIMEOUT_SECONDS": 60,
    }  # fmt: skip


class Mailbox:
    """What a real SMTP server took, and what it says to some."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if "data" in self.answers:
            return self.answers["data"]
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    app.config |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": controller.port}
    yield box
    controller.stop()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def put(session: Session, to: str = "mia@example.org", **more: Any) -> int:
    queued = mail.queue(session, to, more.pop("subject", "Hello"), more.pop("text", "Words."), AT, **more)
    session.commit()
    return queued.id


def row(session: Session, number: int) -> Mail:
    session.rollback()
    session.expire_all()
    return session.get_one(Mail, number)


def test_mail_is_queued_with_what_it_tells_of_or_not_at_all(session: Session) -> None:
    mail.queue(session, "mia@example.org", "Hello", "Words.", AT)
    session.rollback()
    assert session.scalar(select(Mail.id)) is None


def test_one_mail_of_each_key(session: Session) -> None:
    first = put(session, key="digest:1:today")
    assert put(session, key="digest:1:today", text="Again.") == first
    assert put(session) != put(session), "without a key each is one of its own"
    assert row(session, first).text == "Words."


def test_a_real_server_gets_what_was_queued_in_text_and_html(session: Session, mailbox: Mailbox) -> None:
    number = put(
        session,
        subject="灯 “Lamp”",
        text="你好\n" + "x" * 3000,
        html="<p>你好</p>",
        headers={"Reply-To": "r@ask.example"},
    )
    assert deliver_mail() == {"mails_sent": 1}
    [got] = mailbox.taken
    assert (got["Subject"], got["To"], got["From"]) == (
        "灯 “Lamp”",
        "mia@example.org",
        "Earshot <community@ask.example>",
    )
    assert got["Reply-To"] == "r@ask.example"
    assert got["Message-ID"] == f"<mail-{number}@ask.example>"
    assert got["Date"].datetime == AT
    plain, html = got.get_body(("plain",)), got.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().split() == ["你好", "x" * 3000]
    assert html.get_content().strip() == "<p>你好</p>"


def test_what_a_sent_mail_said_is_wiped(session: Session, mailbox: Mailbox) -> None:
    number = put(session, html="<p>x</p>", headers={"Reply-To": "secret@ask.example"})
    deliver_mail()
    sent = row(session, number)
    assert sent.sent_at is not None
    assert (sent.text, sent.html, sent.headers) == ("", None, {})
    assert deliver_mail() == {}
    assert len(mailbox.taken) == 1


HOSTILE = "Hello\r\nBcc: victim@example.org\n\nBody\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\0end"


def test_nobody_adds_a_header_by_a_name_a_subject_or_a_header(app: Flask, session: Session, mailbox: Mailbox) -> None:
    app.config["SITE_NAME"] = HOSTILE
    put(
        session,
        subject=HOSTILE,
        headers={"List-Id": HOSTILE, "X\r\nBcc": "v@example.org", "Bcc": "v@example.org", "To": "v@example.org"},
    )
    assert deliver_mail() == {"mails_sent": 1}
    [got] = mailbox.taken
    assert got["Bcc"] is None
    assert got.get_all("To") == ["mia@example.org"]
    assert got.get_content().strip() == "Words."
    assert set(got.keys()) <= {
        "From", "To", "Subject", "Date", "Message-ID", "List-Id", "Content-Type", "Content-Transfer-Encoding",
        "MIME-Version", "X-Peer", "X-MailFrom", "X-RcptTo",
    }  # fmt: skip


def test_hostile_rows_do_no_harm_even_if_they_were_queued_elsewhere(session: Session, mailbox: Mailbox) -> None:
    common = {"text": "x", "created_at": AT, "due_at": AT}
    session.add(Mail(to="mia@example.org\r\nBcc: v@example.org", subject="a", headers={}, **common))
    session.add(
        Mail(
            to="mia@example.org",
            subject="a\r\nBcc: v@example.org",
            headers={"List-Id": "a\nBcc: v@example.org"},
            **common,
        )
    )
    session.commit()
    assert deliver_mail() == {"mails_sent": 1, "mails_failed": 1}
    assert mailbox.taken[0]["Bcc"] is None
    [given_up] = mail_delivery.given_up(session)
    assert "no address" in (given_up.error or "")


def test_long_addresses_in_headers_are_never_folded_or_encoded(session: Session, mailbox: Mailbox) -> None:
    ways = f"<https://ask.example/unsubscribe/{'a' * 200}>, <mailto:stop+{'b' * 50}@reply.ask.example>"
    put(session, headers={"List-Unsubscribe": ways, "References": "<question-1@ask.example>"})
    deliver_mail()
    assert mailbox.taken[0]["List-Unsubscribe"] == ways


def test_a_refused_mail_is_tried_again_later_each_time_and_then_kept_with_its_error(
    session: Session, mailbox: Mailbox
) -> None:
    mailbox.answers["data"] = "451 not now"
    number = put(session)
    pauses, now = [], AT
    for _ in range(LAST_ATTEMPT):
        before = datetime.now(UTC)
        assert deliver_batch(now)["mails_failed"] == 1
        failed = row(session, number)
        pauses.append(round((failed.due_at - before).total_seconds() / 60))
        now = failed.due_at
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[1], pauses[-1]) == (1, 2, 360)
    assert not deliver_batch(now + timedelta(days=365)), "it was tried often enough"
    [given_up] = mail_delivery.given_up(session)
    assert (given_up.id, given_up.text, given_up.error) == (number, "Words.", "451 not now")
    mailbox.answers.clear()
    mail_delivery.retry(session, [], AT)
    session.commit()
    assert deliver_mail() == {"mails_sent": 1}


def test_an_address_that_the_server_does_not_know_is_given_up_at_once_and_holds_up_nobody(
    session: Session, mailbox: Mailbox
) -> None:
    mailbox.answers["nobody@example.org"] = "550 no such user"
    put(session, "nobody@example.org")
    put(session)
    assert deliver_mail() == {"mails_failed": 1, "mails_sent": 1}
    assert [one.error for one in mail_delivery.given_up(session)] == ["550 no such user"]


def test_while_the_server_is_away_mails_wait_and_lose_no_attempt(app: Flask, session: Session) -> None:
    app.config |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": free_port()}
    numbers = [put(session) for _ in range(3)]
    for _ in range(LAST_ATTEMPT + 1):
        assert deliver_batch(datetime.now(UTC) + timedelta(days=1))["mails_failed"] == 3
    assert {row(session, number).attempts for number in numbers} == {0}
    assert "127.0.0.1" in (row(session, numbers[0]).error or "")


def test_a_worker_that_dies_with_a_claim_leaves_a_mail_that_falls_due_again(session: Session, mailbox: Mailbox) -> None:
    put(session)
    mail_delivery.claim(session, AT)
    session.commit()
    assert not deliver_batch(AT + CLAIM - timedelta(seconds=1))
    assert deliver_batch(AT + CLAIM) == {"mails_sent": 1}


def test_a_worker_that_dies_right_after_handing_over_sends_it_twice_with_one_message_id(
    session: Session, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(session)
    whole = mail_delivery.note_sent

    def dies(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(mail_delivery, "note_sent", dies)
    with pytest.raises(KeyboardInterrupt):
        deliver_batch(AT)
    session.rollback()
    monkeypatch.setattr(mail_delivery, "note_sent", whole)
    assert deliver_batch(AT + CLAIM) == {"mails_sent": 1}
    assert len({one["Message-ID"] for one in mailbox.taken}) == 1
    assert len(mailbox.taken) == 2


def test_what_was_sent_before_something_broke_is_not_sent_again(
    session: Session, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        put(session, f"person{number}@example.org")
    whole = Server.send

    def breaks(self: Server, one: Mail, files: Sequence[Enclosure]) -> None:
        if one.to == "person2@example.org":
            raise RuntimeError
        whole(self, one, files)

    monkeypatch.setattr(Server, "send", breaks)
    with pytest.raises(RuntimeError):
        deliver_batch(AT)
    session.rollback()
    monkeypatch.setattr(Server, "send", whole)
    assert deliver_batch(AT + CLAIM) == {"mails_sent": 1}
    assert sorted(one["To"] for one in mailbox.taken) == [f"person{number}@example.org" for number in range(3)]


@pytest.mark.fault
def test_two_workers_send_each_mail_once(app: Flask, session: Session, mailbox: Mailbox) -> None:
    numbers = [put(session, f"person{number}@example.org") for number in range(60)]
    session.rollback()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with app.app_context():
                while deliver_batch(datetime.now(UTC)):
                    pass
                db.session.remove()
        except BaseException as error:
            failures.append(error)

    workers = [threading.Thread(target=Context().run, args=(work,)) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert failures == []
    assert sorted(one["To"] for one in mailbox.taken) == sorted(f"person{number}@example.org" for number in range(60))
    assert all(row(session, number).sent_at for number in numbers)


def test_without_a_server_mail_is_written_to_files_and_a_second_time_onto_the_same(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    number = put(session, "mia/x@example.org")
    queued = row(session, number)
    session.expunge(queued)
    assert deliver_mail() == {"mails_sent": 1}
    Folder(tmp_path / "outbox").send(queued)
    [path] = (tmp_path / "outbox").iterdir()
    assert path.name == f"20260601T120000-{number}-mia_x@example.org.eml"
    assert message_from_bytes(path.read_bytes(), policy=policy.default).get_content().strip() == "Words."


def test_a_folder_that_cannot_be_written_loses_nothing(app: Flask, session: Session, tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file in the way")
    number = put(session)
    assert deliver_mail() == {"mails_failed": 1}
    assert row(session, number).text == "Words."


def test_a_mail_about_a_post_is_not_sent_once_that_was_deleted(
    make: Factory, session: Session, mailbox: Mailbox
) -> None:
    author = make.account()
    kept, gone = make.question(author), make.question(author)
    for post in (kept, gone):
        put(session, key=f"post:{post.id}:1:watched", subject=str(post.id))
    questions.remove(session, gone, author, AT)
    session.commit()
    assert deliver_mail() == {"mails_sent": 1, "mails_withdrawn": 1}
    assert [one["Subject"] for one in mailbox.taken] == [str(kept.id)]


def test_the_administrator_sees_and_retries_what_failed(app: Flask, session: Session, mailbox: Mailbox) -> None:
    mailbox.answers["mia@example.org"] = "550 no such user"
    number = put(session)
    runner = app.test_cli_runner()
    assert runner.invoke(commands, ["send"]).output == "1 mails failed\n"
    assert runner.invoke(commands, ["failed"]).output == f"{number}\tmia@example.org\tHello\t550 no such user\n"
    assert "1 will be tried again" in runner.invoke(commands, ["retry", str(number)]).output
    mailbox.answers.clear()
    assert runner.invoke(commands, ["send"]).output == "1 mails sent\n"
    assert runner.invoke(commands, ["send"]).output == "Nothing to send.\n"
