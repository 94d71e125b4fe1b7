"""A real SMTP server of the tests, and mails that wait in the queue."""

import socket
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from sqlalchemy.orm import Session

from community import mail
from community.models import Mail

AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


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
