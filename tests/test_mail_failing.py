"""Mail that cannot go now: tried again, given up, sent once by two workers, lost by none."""

import threading
from collections.abc import Iterator, Sequence
from contextvars import Context
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy.orm import Session

from community import mail_delivery
from community.db import db
from community.mail_commands import mail as commands
from community.mail_delivery import CLAIM, LAST_ATTEMPT, deliver_batch, deliver_mail
from community.mail_files import Enclosure
from community.mail_transport import Server
from community.models import Mail
from tests.mailboxes import AT, Mailbox, free_port, put, row


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    return {
        "MAIL_DIR": str(tmp_path / "outbox"), "SITE_URL": "https://ask.example", "MAIL_FROM": "community@ask.example",
        "SMTP_TLS": "off", "SMTP_TIMEOUT_SECONDS": 60,
    }  # fmt: skip


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    app.config |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": controller.port}
    yield box
    controller.stop()


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


def test_a_folder_that_cannot_be_written_loses_nothing(app: Flask, session: Session, tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file in the way")
    number = put(session)
    assert deliver_mail() == {"mails_failed": 1}
    assert row(session, number).text == "Words."


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
