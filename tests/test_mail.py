"""Mail on its way: queued with what it tells of, delivered at least once, never a header more than meant."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import mail, mail_delivery
from community.mail_delivery import deliver_mail
from community.mail_transport import Folder
from community.models import Mail
from community.questions import service as questions
from tests.factories import Factory
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
