"""The mailbox of complaints, on a real IMAP server: taken once, marked, never deleted."""

import imaplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community import mail_imap
from community.models import Complaint, ReceivedMail

MAIL = (
    "From: Writer <writer{n}@example.org>\r\nTo: help@shop.example\r\nSubject: Lamp {n}\r\n"
    "Message-ID: <imap-{n}@example.org>\r\n{more}\r\nThe lamp {n} broke after two days.\r\n"
)


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """The port of a server with one mailbox, in memory."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    pymap = Path(sys.executable).with_name("pymap")
    process = subprocess.Popen(
        [
            pymap,
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--no-tls",
            "--no-service",
            "managesieve",
            "dict",
            "--demo-data",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield port
    process.kill()
    process.wait()


@pytest.fixture
def settings(server: int) -> dict[str, Any]:
    return {
        "IMAP_HOST": "127.0.0.1", "IMAP_PORT": server, "IMAP_TLS": "off", "IMAP_USER": "demouser",
        "IMAP_PASSWORD": "demopass", "IMAP_FOLDER": "INBOX",
    }  # fmt: skip


@pytest.fixture
def box(server: int) -> Iterator[imaplib.IMAP4]:
    """The mailbox as another mail program sees it, emptied."""
    client = imaplib.IMAP4("127.0.0.1", server)
    client.login("demouser", "demopass")
    client.select("INBOX")
    client.store("1:*", "+FLAGS", "\\Deleted")
    client.expunge()
    yield client
    client.logout()


def put(box: imaplib.IMAP4, number: int, more: str = "") -> None:
    box.append("INBOX", "", None, MAIL.format(n=number, more=more).encode())


def test_new_mails_become_cases_once_and_stay_in_the_mailbox(app: Flask, session: Session, box: imaplib.IMAP4) -> None:
    put(box, 1)
    put(box, 2, "Auto-Submitted: auto-replied\r\n")
    assert mail_imap.fetch() == {"mails_taken": 1, "mails_refused": 1}
    assert mail_imap.fetch() == {}, "they are marked"
    put(box, 3)
    assert mail_imap.fetch() == {"mails_taken": 1}
    session.rollback()
    assert session.scalars(select(Complaint.subject).order_by(Complaint.id)).all() == ["Lamp 1", "Lamp 3"]
    outcomes = session.scalars(select(ReceivedMail.outcome).order_by(ReceivedMail.id)).all()
    assert outcomes == ["opened", "automatic", "opened"]
    box.noop()
    assert len(box.search(None, "ALL")[1][0].split()) == 3, "none was deleted"


def test_what_was_taken_but_not_marked_is_known_by_its_message_id(
    app: Flask, session: Session, box: imaplib.IMAP4
) -> None:
    put(box, 4)
    mail_imap.fetch()
    box.noop()
    for flags in (mail_imap.KEYWORD, "\\Seen"):  # as if the worker had died before it marked it
        box.store("1:*", "-FLAGS", f"({flags})")
    assert mail_imap.fetch() == {"mails_taken": 1}
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Complaint)) == 1


def test_a_mailbox_that_lets_nobody_in_is_told_and_tried_again(app: Flask, box: imaplib.IMAP4) -> None:
    put(box, 5)
    app.config["IMAP_PASSWORD"] = "wrong"
    assert mail_imap.fetch() == {"mails_failed": 1}
    app.config.update(IMAP_PASSWORD="demopass", IMAP_FOLDER="Nowhere")
    assert mail_imap.fetch() == {"mails_failed": 1}
    app.config.update(IMAP_FOLDER="INBOX")
    assert mail_imap.fetch() == {"mails_taken": 1}


def test_without_a_server_nothing_is_fetched(app: Flask) -> None:
    app.config["IMAP_HOST"] = ""
    assert mail_imap.fetch() == {}
