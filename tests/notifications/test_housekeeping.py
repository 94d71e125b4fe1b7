"""What is thrown away, badges by mail at once, and two workers that tell of the same event."""

import threading
from collections.abc import Callable
from contextvars import Context
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import mail
from community.db import db
from community.mail_delivery import LAST_ATTEMPT
from community.models import Account, Event, Mail, Notification, ReceivedMail, Watch
from community.notifications import housekeeping, preferences
from community.notifications.badge_mail import mail_badges
from community.notifications.service import notify
from tests.conftest import NOW
from tests.factories import Factory

Mails = Callable[[Account], list[Mail]]


def test_old_sent_mail_and_old_read_notifications_go_and_nothing_else(
    make: Factory, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    account, now = make.account(), NOW
    days = lambda number: now - timedelta(days=number)  # noqa: E731
    for sent, attempts in [(days(31), 1)] * 5 + [(days(29), 1), (None, LAST_ATTEMPT)]:
        queued = mail.queue(session, "a@example.org", "x", "x", days(40))
        queued.sent_at, queued.attempts = sent, attempts
    for read in [days(181)] * 5 + [days(179), None]:
        session.add(Notification(account_id=account.id, kind="badge", created_at=days(400), read_at=read))
    session.add(ReceivedMail(message_id="<a@b>", outcome="posted", received_at=days(181)))
    session.commit()
    assert housekeeping.tidy(now) == {"mails": 5, "notifications": 5, "received": 1}
    assert [one.sent_at for one in session.scalars(select(Mail).order_by(Mail.id))] == [days(29), None]
    assert session.query(Notification).count() == 2
    assert housekeeping.tidy(now) == {}


def test_a_badge_comes_by_mail_at_once_for_those_who_want_that(make: Factory, session: Session, mails: Mails) -> None:
    eager, other = make.account("Eager"), make.account("Other")
    preferences.save(session, eager.id, {"badge": "now"}, is_paused=False)
    for account in (eager, other):
        told = Notification(account_id=account.id, kind="badge", details={"badge": "x"}, created_at=datetime.now(UTC))
        session.add(told)
    session.commit()
    assert mail_badges() == {"mails": 1}
    assert mail_badges() == {}
    [queued] = mails(eager)
    assert "You earned a badge: x" in queued.subject
    assert f"https://ask.example/people/{eager.handle}" in queued.text
    assert mails(other) == []


@pytest.mark.fault
def test_two_workers_that_tell_of_the_same_event_tell_everyone_once(
    app: Flask, make: Factory, session: Session
) -> None:
    asker = make.account("Asker")
    asked = make.question(asker)
    watchers = [make.account() for _ in range(20)]
    session.add_all(
        Watch(account_id=one.id, question_id=asked.id, level="watching", created_at=NOW) for one in watchers
    )
    session.commit()
    given = make.answer(asked, body="@asker, hold the button.")
    events = list(session.scalars(select(Event).where(Event.kind == "answer.given")))
    for one in events:
        session.expunge(one)
    number, expected = given.id, {one.id for one in watchers} | {asker.id}
    session.rollback()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with app.app_context():
                notify(db.session(), events)
                db.session.remove()
        except BaseException as error:
            failures.append(error)

    workers = [threading.Thread(target=Context().run, args=(work,)) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert failures == []
    rows = list(session.scalars(select(Notification.account_id).where(Notification.post_id == number)))
    assert (len(rows), set(rows)) == (len(expected), expected)
    assert [one.account_id for one in session.scalars(select(Mail))] == [asker.id]
