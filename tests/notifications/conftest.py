"""What the tests of notifications share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Account, Event, Mail, Notification
from community.notifications.service import notify


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    return {
        "MAIL_DIR": str(tmp_path / "outbox"),
        "MAIL_INBOX_DIR": str(tmp_path / "inbox"),
        "SITE_URL": "https://ask.example",
        "MAIL_FROM": "community@ask.example",
        "MAIL_REPLY_DOMAIN": "reply.ask.example",
    }


@pytest.fixture
def react(session: Session) -> Callable[[], None]:
    """Deliver every event to the reaction, as often as it is called."""

    def deliver() -> None:
        wanted = ("question.", "answer.", "comment.", "information.")
        kinds = {"answer.unaccepted", "question.deleted", "answer.deleted", "comment.deleted"}
        events = [
            one
            for one in session.scalars(select(Event).order_by(Event.id))
            if one.kind.startswith(wanted) and one.kind not in kinds
        ]
        for event in events:
            session.expunge(event)
        notify(session, events)
        session.expire_all()

    return deliver


@pytest.fixture
def heard(session: Session) -> Callable[[Account], list[tuple[str, int]]]:
    """What an account was told: kind and post, in order."""

    def told(account: Account) -> list[tuple[str, int]]:
        rows = session.execute(
            select(Notification.kind, Notification.post_id)
            .where(Notification.account_id == account.id)
            .order_by(Notification.id)
        )
        return [(row.kind, row.post_id) for row in rows]

    return told


@pytest.fixture
def mails(session: Session) -> Callable[[Account], list[Mail]]:
    """What was queued for an account."""

    def queued(account: Account) -> list[Mail]:
        return list(session.scalars(select(Mail).where(Mail.account_id == account.id).order_by(Mail.id)))

    return queued
