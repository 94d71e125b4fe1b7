"""Who subscribed hears of a report once, by bell and mail, with numbers and words worth opening it for; nobody else does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from community import reactions
from community.briefing import tell_of_reports
from community.insights import subscribing
from community.mail import QUOTED
from community.mail_delivery import deliver_mail
from community.mail_transport import compose
from community.models import Account, Alert, Event, Mail, Notification, Report, Subscription, Theme, Verbatim
from community.notifications import preferences
from mining.issuing import Wanted, issue
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.insights.making import make_theme, say

END = datetime(2026, 6, 1, tzinfo=UTC)  # NOW is at noon of that day
START = END - timedelta(days=7)


@pytest.fixture
def theme(make: Factory, session: Session) -> Theme:
    theme = make_theme(session)
    theme.department = "logistics"
    for number in range(6):
        words = f"The parcel {'abcdef'[number] * 9} is bad, call 138 0013 800{number}"
        say(make, theme, words, at=START + timedelta(hours=5 * number))
    return theme


def subscribed(make: Factory, name: str, *wanted: str, role: str = "manager") -> Account:
    account = make.account(name, role)
    for one in wanted:
        what, of = one.split(" ")
        subscribing.subscribe(make.session, what, of, account, NOW)
    make.session.commit()
    return account


def issued(units: Units, session: Session, **more: Any) -> int:
    session.rollback()
    key = issue(units, Wanted("weekly", "weekly:" + ":".join(more), START, END, **more), NOW)
    assert key
    session.rollback()
    while reactions.deliver_pending(datetime.now(UTC) + timedelta(days=999)):
        pass
    session.rollback()
    return key


def told(session: Session) -> list[int]:
    return list(session.scalars(select(Notification.account_id).where(Notification.kind == "report")))


def mails(session: Session) -> list[Mail]:
    return list(session.scalars(select(Mail).order_by(Mail.account_id)))


def test_those_who_subscribed_are_told_once_and_nobody_else(
    make: Factory, session: Session, units: Units, theme: Theme
) -> None:
    reader = subscribed(make, "Reader", "weekly all", "weekly department:sales", "weekly department:logistics")
    subscribed(make, "Monthly", "monthly all", "alerts all")
    make.account("Manager", "manager"), make.account("Customer")
    key = issued(units, session)
    assert told(session) == [reader.id]
    events = session.scalars(select(Event).where(Event.kind == "report.issued")).all()
    tell_of_reports(session, [*events, *events])
    session.rollback()
    assert told(session) == [reader.id], "delivered again, told nobody again"
    (mail,) = mails(session)
    assert mail.subject == "The weekly report, May 25, 2026 – May 31, 2026"
    for words in ("texts read: 6", "customers heard: 6", "battery drains", "The parcel", f"/insights/reports/{key}"):
        assert words in mail.text, words
    assert mail.html
    assert "battery drains" in mail.html
    assert "138 0013" not in mail.text + mail.html, "personal data are covered"
    assert "One-Click" in mail.headers["List-Unsubscribe-Post"]


def test_a_department_gets_its_themes_and_a_product_its_report(
    make: Factory, session: Session, units: Units, theme: Theme
) -> None:
    other = make_theme(session, "wrong colour")
    lamp = make.product("lamp")
    for number in range(7):
        say(make, other, f"The colour {'ghijklm'[number] * 9} is bad", at=START + timedelta(hours=3 * number))
    subscribed(make, "Logistics", "weekly department:logistics")
    of_lamp = subscribed(make, "Lamp", f"weekly product:{lamp.id}")
    issued(units, session)
    (mail,) = mails(session)
    assert "battery drains" in mail.text
    assert "wrong colour" not in mail.text
    assert "?department=logistics" in mail.text
    issued(units, session, product=lamp)
    assert [one.account_id for one in mails(session)] == [mail.account_id, of_lamp.id]
    assert mails(session)[-1].subject.startswith("The weekly report, Lamp")


def test_who_no_longer_reads_insights_gets_no_report(
    make: Factory, session: Session, units: Units, theme: Theme
) -> None:
    former = subscribed(make, "Former", "weekly all", "alerts all")
    former.roles = make.account("Agent", "agent").roles
    gone = subscribed(make, "Gone", "weekly all")
    gone.active = False
    session.commit()
    issued(units, session)
    assert told(session) == []
    assert mails(session) == []


def test_one_click_stops_the_mails_and_the_bell_still_says_so(
    client: FlaskClient, make: Factory, session: Session, units: Units, theme: Theme
) -> None:
    reader = subscribed(make, "Reader", "weekly all")
    issued(units, session)
    stop = mails(session)[0].headers["List-Unsubscribe"].split(">")[0].strip("<")
    path = stop[stop.index("/unsubscribe/") :]
    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    session.rollback()
    assert preferences.frequencies(session, [reader.id])[reader.id]["report"] == "never"
    key = issued(units, session, department="logistics")
    assert len(mails(session)) == 1
    assert told(session) == [reader.id, reader.id]
    sign_in(client, reader)
    assert "The weekly report" in client.get("/notifications?kind=report").get_data(as_text=True)
    newest = session.scalars(select(Notification.id).order_by(Notification.id.desc())).first()
    assert client.get(f"/notifications/{newest}/open").location == f"/insights/reports/{key}"


def test_the_mail_speaks_the_readers_language(make: Factory, session: Session, units: Units, theme: Theme) -> None:
    subscribed(make, "Reader", "weekly all").locale = "zh_CN"
    session.commit()
    issued(units, session)
    (mail,) = mails(session)
    assert "电池耗电" in mail.text


def test_a_report_that_was_made_up_for_late_is_not_mailed(
    make: Factory, session: Session, units: Units, theme: Theme
) -> None:
    subscribed(make, "Reader", "weekly all")
    session.rollback()
    assert issue(units, Wanted("weekly", "late", START, END), NOW + timedelta(days=20))
    while reactions.deliver_pending(datetime.now(UTC) + timedelta(days=999)):
        pass
    session.rollback()
    assert session.scalars(select(Report.id)).all()
    assert told(session) == []


def raised(session: Session, theme: Theme | None, **more: Any) -> Alert:
    facts = {
        "kind": "more",
        "day": NOW.date(),
        "last_day": NOW.date(),
        "count": 9,
        "expected": 2.0,
        "low": 0.0,
        "high": 4.8,
    }
    alert = Alert(**facts | {"theme_id": theme.id if theme else None, "first_seen_at": NOW} | more)
    session.add(alert)
    session.flush()
    session.add(Event(kind="alert.raised", subject_id=alert.id, details={}, created_at=NOW, due_at=NOW))
    session.commit()
    while reactions.deliver_pending():
        pass
    session.rollback()
    return alert


def hears(session: Session, alert: Alert) -> set[str]:
    rows = select(Account.name).join(Notification, Notification.account_id == Account.id)
    return set(session.scalars(rows.where(Notification.alert_id == alert.id)))


def test_alerts_go_to_those_who_subscribed_to_all_the_theme_its_department_or_the_product(
    make: Factory, session: Session, theme: Theme
) -> None:
    lamp, other = make.product("lamp"), make_theme(session, "other")
    make.account("Manager", "manager")
    for name, of in (
        ("All", "all"), ("Theme", f"theme:{theme.id}"), ("Department", "department:logistics"), ("Sales", "department:sales"),
        ("Lamp", f"product:{lamp.id}"),
    ):  # fmt: skip
        subscribed(make, name, f"alerts {of}", role="admin")
    refuses = make.account("Refuses", "manager")
    subscribing.refuse_alerts(session, refuses, NOW)
    session.commit()
    assert hears(session, raised(session, theme)) == {"Manager", "All", "Theme", "Department"}
    assert hears(session, raised(session, other, kind="new")) == {"Manager", "All"}
    theme.merged_into_id = other.id
    session.commit()
    merged = raised(session, other, about="theme:merged", day=START.date())
    assert hears(session, merged) == {"Manager", "All", "Theme"}, "who wanted the one wants what it became"
    leaving = raised(session, None, kind="leaving", about=f"product:{lamp.id}", product_id=lamp.id)
    assert hears(session, leaving) == {"Manager", "All", "Lamp"}
    assert hears(session, raised(session, None, kind="leaving", about="all")) == {"Manager", "All"}


def test_the_mail_of_an_alert_quotes_its_customers_if_they_are_enough(
    make: Factory, session: Session, theme: Theme
) -> None:
    manager = make.account("Manager", "manager")
    raised(session, theme, day=START.date(), last_day=END.date())
    (mail,) = mails(session)
    assert mail.account_id == manager.id
    assert "> The parcel" in mail.text
    assert "138 0013" not in mail.text
    raised(session, make_theme(session, "of nobody"), kind="new")
    assert ">" not in mails(session)[-1].text


def test_an_alert_of_leaving_has_a_page_and_quotes_who_leaves(
    client: FlaskClient, make: Factory, session: Session, theme: Theme
) -> None:
    manager = make.account("Manager", "manager")
    for number in range(5):
        mention = say(
            make, theme, f"I am leaving you {'nopqr'[number] * 9}", at=START + timedelta(days=2, hours=number)
        )
        mention.leaving = True
    session.commit()
    alert = raised(session, None, kind="leaving", about="all", day=START.date() + timedelta(3), last_day=END.date())
    (mail,) = mails(session)
    assert mail.subject == "9 customers said in a week that they are leaving"
    assert f"/insights/alerts/{alert.id}" in mail.text
    assert "> I am leaving you" in mail.text
    assert "parcel" not in mail.text
    sign_in(client, manager)
    shown = client.get(f"/insights/alerts/{alert.id}").get_data(as_text=True)
    assert "I am leaving you" in shown
    assert "Leaving" in client.get("/insights/alerts").get_data(as_text=True)


def test_a_mail_that_waits_is_not_sent_once_a_text_that_it_quotes_is_gone(
    make: Factory, session: Session, units: Units, theme: Theme
) -> None:
    subscribed(make, "Reader", "weekly all")
    issued(units, session)
    raised(session, theme, day=START.date(), last_day=END.date())
    quoted = [set(mail.headers[QUOTED].split()) for mail in mails(session)]
    assert all(quoted)
    assert len(quoted) == 2
    session.execute(delete(Verbatim).where(Verbatim.id.in_([int(key) for key in quoted[0] | quoted[1]])))
    session.commit()
    assert deliver_mail() == {"mails_withdrawn": 2}
    session.rollback()
    assert mails(session) == []


def test_what_a_mail_quotes_is_no_header_of_it(
    app: Flask, make: Factory, session: Session, units: Units, theme: Theme
) -> None:
    subscribed(make, "Reader", "weekly all")
    issued(units, session)
    (mail,) = mails(session)
    assert mail.headers[QUOTED]
    assert QUOTED not in compose(mail).as_string()


def test_a_subscription_goes_with_its_account(make: Factory, session: Session) -> None:
    reader = subscribed(make, "Reader", "weekly all")
    session.delete(reader)
    session.commit()
    assert session.scalars(select(Subscription)).all() == []
