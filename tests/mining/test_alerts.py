"""One alert an episode: not again the next day, not by a rerun, not by a second worker; over when a day is as usual."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.models import Alert, Event, Theme, Topic
from mining.reports import renew_report
from mining.units import Units
from tests.factories import Factory
from tests.insights.making import make_theme
from tests.insights.making import say as say_in
from tests.mining.test_voices import told

TODAY = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)


@pytest.fixture
def theme(make: Factory, session: Session) -> Theme:
    """Spoken of by two customers a day for four weeks."""
    theme = make_theme(session)
    for day in range(2, 31):
        crowd(make, theme, 2, TODAY - timedelta(days=day), 10 * day)
    return theme


def crowd(make: Factory, theme: Theme, count: int, at: datetime, first: int) -> None:
    """So many customers of their own, each in other words."""
    session = make.session
    commit, session.commit = session.commit, session.flush  # type: ignore[method-assign]
    try:
        for number in range(first, first + count):
            say_in(make, theme, told(number), at=at, address=f"c{number}@example.org")
    finally:
        session.commit = commit  # type: ignore[method-assign]
    session.commit()


def alerts(units: Units) -> list[Alert]:
    return units.read(lambda session: list(session.scalars(select(Alert).order_by(Alert.id))))


def raised(units: Units) -> list[int]:
    return units.read(
        lambda session: list(session.scalars(select(Event.subject_id).where(Event.kind == "alert.raised")))
    )


def test_what_people_ignore_raises_no_alert_and_ends_one(
    make: Factory, session: Session, theme: Theme, units: Units
) -> None:
    theme.is_ignored = True
    session.commit()
    crowd(make, theme, 9, TODAY - timedelta(hours=2), 5000)
    renew_report(units, TODAY)
    assert alerts(units) == []
    theme.is_ignored = False
    session.commit()
    renew_report(units, TODAY)
    assert [alert.ended_at for alert in alerts(units)] == [None]
    theme.is_ignored = True
    session.commit()
    renew_report(units, TODAY + timedelta(minutes=1))
    assert [alert.ended_at for alert in alerts(units)] == [TODAY + timedelta(minutes=1)]


def test_a_day_far_beyond_is_one_alert_with_its_numbers(make: Factory, theme: Theme, units: Units) -> None:
    crowd(make, theme, 9, TODAY - timedelta(hours=2), 5000)
    renew_report(units, TODAY)
    (alert,) = alerts(units)
    assert (alert.theme_id, alert.day, alert.count, alert.ended_at) == (theme.id, TODAY.date(), 9, None)
    assert alert.low <= alert.expected <= alert.high < 9
    assert alert.expected == pytest.approx(2, abs=0.3)
    assert alert.first_seen_at == TODAY
    assert not alert.is_new_accounts
    assert raised(units) == [alert.id]


def test_the_same_day_computed_again_alerts_nobody(make: Factory, theme: Theme, units: Units) -> None:
    crowd(make, theme, 9, TODAY - timedelta(hours=2), 5000)
    for hours in range(3):
        renew_report(units, TODAY + timedelta(hours=hours))
    assert len(alerts(units)) == len(raised(units)) == 1


def test_two_workers_at_once_alert_once(make: Factory, theme: Theme, units: Units) -> None:
    crowd(make, theme, 9, TODAY - timedelta(hours=2), 5000)
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda _: renew_report(units, TODAY), range(4)))
    assert len(alerts(units)) == len(raised(units)) == 1


def test_an_episode_of_days_is_one_alert_and_ends_when_a_day_is_as_usual(
    make: Factory, theme: Theme, units: Units
) -> None:
    for day in range(4):
        crowd(make, theme, 9, TODAY + timedelta(days=day, hours=-2), 5000 + 100 * day)
        renew_report(units, TODAY + timedelta(days=day))
    (alert,) = alerts(units)
    assert (alert.day, alert.last_day) == (TODAY.date(), (TODAY + timedelta(days=3)).date())
    crowd(make, theme, 2, TODAY + timedelta(days=4, hours=-2), 6000)
    renew_report(units, TODAY + timedelta(days=4))
    assert alerts(units)[0].ended_at is None, "today is not over, and yesterday was beyond"
    renew_report(units, TODAY + timedelta(days=5))
    (alert,) = alerts(units)
    assert alert.ended_at == TODAY + timedelta(days=5)
    assert len(raised(units)) == 1


def test_the_next_episode_is_an_alert_of_its_own(make: Factory, theme: Theme, units: Units) -> None:
    crowd(make, theme, 9, TODAY - timedelta(hours=2), 5000)
    renew_report(units, TODAY)
    renew_report(units, TODAY + timedelta(days=2))
    crowd(make, theme, 12, TODAY + timedelta(days=6), 6000)
    renew_report(units, TODAY + timedelta(days=6, hours=2))
    first, second = alerts(units)
    assert first.ended_at
    assert second.ended_at is None
    assert len(raised(units)) == 2


def test_an_alert_that_was_ended_too_soon_goes_on_and_nobody_is_told_again(
    make: Factory, theme: Theme, units: Units
) -> None:
    crowd(make, theme, 9, TODAY - timedelta(hours=2), 5000)
    renew_report(units, TODAY)
    units.write(lambda session: session.execute(update(Alert).values(ended_at=TODAY)))
    renew_report(units, TODAY + timedelta(hours=1))
    (alert,) = alerts(units)
    assert alert.ended_at is None
    assert len(raised(units)) == 1


def test_four_customers_are_no_alert_and_five_are(make: Factory, session: Session, theme: Theme, units: Units) -> None:
    other = make_theme(session, "new")
    crowd(make, other, 4, TODAY - timedelta(hours=2), 5000)
    renew_report(units, TODAY)
    assert alerts(units) == []
    crowd(make, other, 1, TODAY - timedelta(hours=1), 5100)
    renew_report(units, TODAY)
    assert [alert.theme_id for alert in alerts(units)] == [other.id]


def test_one_customer_and_one_text_are_no_crowd(make: Factory, theme: Theme, units: Units) -> None:
    for number in range(9):
        say_in(make, theme, told(7000 + number), at=TODAY - timedelta(hours=1), address="one@example.org")
        say_in(make, theme, f"Refund {number}, now!", at=TODAY - timedelta(hours=1), address=f"{number}@example.org")
    renew_report(units, TODAY)
    assert alerts(units) == []


def test_two_weeks_of_history_alert_nobody(make: Factory, session: Session, units: Units) -> None:
    theme = make_theme(session)
    crowd(make, theme, 2, TODAY - timedelta(days=14), 10)
    crowd(make, theme, 30, TODAY - timedelta(hours=2), 100)
    renew_report(units, TODAY)
    assert alerts(units) == []


def test_a_report_of_another_length_raises_no_alert(make: Factory, theme: Theme, units: Units) -> None:
    crowd(make, theme, 9, TODAY - timedelta(hours=2), 5000)
    renew_report(units, TODAY, days=90)
    assert alerts(units) == []


def test_an_alert_of_mostly_new_accounts_says_so(make: Factory, theme: Theme, units: Units) -> None:
    for number in range(9):
        person = make.account(f"New {number}")
        person.created_at = TODAY - timedelta(days=1)
        make.session.commit()
        say_in(make, theme, told(8000 + number), by=person, at=TODAY - timedelta(hours=2))
    renew_report(units, TODAY)
    (alert,) = alerts(units)
    assert alert.is_new_accounts


def test_a_theme_that_was_merged_away_ends_its_alert(
    make: Factory, session: Session, theme: Theme, units: Units
) -> None:
    other = make_theme(session, "other")
    crowd(make, theme, 9, TODAY - timedelta(hours=2), 5000)
    renew_report(units, TODAY)
    session.execute(update(Topic).values(theme_id=other.id))
    session.commit()
    renew_report(units, TODAY + timedelta(hours=1))
    assert {alert.theme_id: alert.ended_at is None for alert in alerts(units)} == {theme.id: False, other.id: True}
