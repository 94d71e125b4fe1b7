"""Themes that somebody raised, and outcomes of them."""

from datetime import datetime

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.insights import service as themes
from community.models import Account, Event, Mail, Message, Notification, Outcome, Theme
from community.outcomes import service
from community.outcomes.telling import tell_all
from community.reactions import deliver_pending
from tests.insights.making import lately

WORDS = {
    "title": "The courier is another", "title_zh": "换了快递", "body": "Parcels **arrive**.", "body_zh": "包裹会**送到**。"
}  # fmt: skip


def done(session: Session, theme: Theme, by: Account, status: str = "done") -> None:
    themes.set_status(session, theme, status, by, lately(1))
    session.commit()


def drafted(session: Session, theme: Theme, by: Account, **words: str) -> Outcome:
    row = service.save(session, theme, WORDS | words, lately(1).date(), by, lately(0))
    session.commit()
    return row


def published(session: Session, theme: Theme, by: Account, now: datetime | None = None) -> Outcome:
    """Done, drafted and published; nobody is told yet."""
    done(session, theme, by)
    row = drafted(session, theme, by)
    service.publish(session, row, by, now or lately(0))
    session.commit()
    return row


def deliver(app: Flask) -> None:
    """What the worker does."""
    while deliver_pending():
        pass


def again(session: Session, outcome: Outcome) -> int:
    """A second delivery of the same event."""
    key = outcome.id
    session.rollback()
    return tell_all(session, key)


def heard(session: Session) -> tuple[list[Notification], list[Mail], list[Message]]:
    """All notifications, mails and notices on cases about outcomes."""
    session.rollback()
    news = session.scalars(select(Notification).where(Notification.kind == "outcome").order_by(Notification.id)).all()
    mails = session.scalars(
        select(Mail).where(Mail.key.startswith("outcome:") | Mail.key.startswith("message:")).order_by(Mail.id)
    ).all()
    notices = session.scalars(select(Message).where(Message.kind == "notice").order_by(Message.id)).all()
    return list(news), list(mails), list(notices)


def failed(session: Session) -> list[str]:
    session.rollback()
    return [error for error in session.scalars(select(Event.error)) if error]
