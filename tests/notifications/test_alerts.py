"""Product managers hear of an alert once: under the bell, and by mail as they chose; nobody else does."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import outbox, reactions
from community.briefing import tell_of_alerts
from community.mail_addresses import read_stop_token, stop_token
from community.models import Account, Alert, Event, Mail, Notification, Theme
from community.notifications import preferences
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.insights.making import make_theme


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


@pytest.fixture
def theme(session: Session) -> Theme:
    return make_theme(session)


def raise_alert(session: Session, theme: Theme) -> Alert:
    alert = Alert(
        theme_id=theme.id, day=NOW.date(), last_day=NOW.date(), count=9, expected=2.0, low=0.0, high=4.8,
        first_seen_at=NOW,
    )  # fmt: skip
    session.add(alert)
    session.flush()
    outbox.record(session, "alert.raised", alert.id, None, NOW)
    session.commit()
    return alert


def told(session: Session) -> list[int]:
    session.rollback()
    return list(session.scalars(select(Notification.account_id).order_by(Notification.account_id)))


def test_managers_and_the_owner_are_told_once_and_nobody_else(
    make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    owner, second = make.account("Owner", "admin"), make.account("Second", "manager")
    make.account("Admin", "admin"), make.account("Agent", "agent"), make.account("Customer")
    gone = make.account("Gone", "manager")
    gone.active = False
    theme.owner_id = owner.id
    raise_alert(session, theme)
    while reactions.deliver_pending():
        pass
    assert told(session) == sorted([manager.id, owner.id, second.id])
    events = session.scalars(select(Event).where(Event.kind == "alert.raised")).all()
    tell_of_alerts(session, [*events, *events])
    assert len(told(session)) == 3, "delivered again, told nobody again"
    mails = session.scalars(select(Mail)).all()
    assert sorted(mail.account_id or 0 for mail in mails) == told(session)
    assert all("9 customers spoke of “battery drains” in one day" in mail.subject for mail in mails)
    assert all(f"/insights/themes/{theme.id}" in mail.text for mail in mails)


def test_an_owner_who_may_not_read_insights_any_more_is_not_told(make: Factory, session: Session, theme: Theme) -> None:
    theme.owner_id = make.account("Former", "agent").id
    raise_alert(session, theme)
    reactions.deliver_pending()
    assert told(session) == []


def test_who_wants_no_mail_still_finds_it_under_the_bell(
    client: FlaskClient, session: Session, theme: Theme, manager: Account
) -> None:
    preferences.save(session, manager.id, {"alert": "never"}, False)
    raise_alert(session, theme)
    reactions.deliver_pending()
    assert told(session) == [manager.id]
    assert session.scalars(select(Mail)).all() == []
    key, path = session.scalars(select(Notification.id)).one(), f"/insights/themes/{theme.id}"
    sign_in(client, manager)
    assert "9 customers spoke of" in client.get("/notifications?kind=alert").get_data(as_text=True)
    assert client.get(f"/notifications/{key}/open").location == path


def test_the_mail_and_the_page_speak_the_readers_language(session: Session, theme: Theme, manager: Account) -> None:
    manager.locale = "zh_CN"
    raise_alert(session, theme)
    reactions.deliver_pending()
    assert "电池耗电" in session.scalars(select(Mail.subject)).one()


def test_an_alert_of_a_theme_that_is_gone_is_told_to_nobody(session: Session, theme: Theme, manager: Account) -> None:
    raise_alert(session, theme)
    session.delete(theme)
    session.commit()
    assert reactions.deliver_pending(NOW + timedelta(days=1)) >= 1
    assert told(session) == []


def test_only_those_who_read_insights_are_asked_about_alerts(
    client: FlaskClient, make: Factory, manager: Account
) -> None:
    customer = make.account("Customer")
    sign_in(client, customer)
    assert 'name="alert"' not in client.get("/settings/notifications").get_data(as_text=True)
    client.post("/sign-out")
    sign_in(client, manager)
    assert 'name="alert"' in client.get("/settings/notifications").get_data(as_text=True)


def test_links_that_stop_mails_keep_their_meaning(session: Session) -> None:
    """They name their kind by its place in a list: a new kind must not move the others."""
    for kind in ("reply", "badge", "digest", "all", "alert"):
        assert read_stop_token(stop_token(7, kind)) == (7, kind)
    from community.mail_addresses import STOPPABLE
    from community.models import NOTIFICATIONS
    from community.notifications.wording import UNMAILED

    assert STOPPABLE[:9] == (
        "reply", "mention", "accepted", "needs information", "watched", "saved search", "badge", "digest", "all",
    )  # fmt: skip
    assert set(STOPPABLE) == {*NOTIFICATIONS, "digest", "all"} - UNMAILED
