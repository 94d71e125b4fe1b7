"""A theme is new once; leaving bursts once an episode, of a product or of all; neither is told of few or without a past."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from community.models import Alert, Mention, Product, Theme, Topic, Verbatim
from mining.reports import renew_report
from mining.units import Units
from tests.factories import Factory
from tests.insights.making import make_theme
from tests.mining.test_alerts import TODAY, alerts, crowd, raised, theme

__all__ = ["theme"]  # the fixture: two customers a day for four weeks


def of_kind(units: Units, kind: str) -> list[Alert]:
    return [alert for alert in alerts(units) if alert.kind == kind]


def test_a_theme_that_five_speak_of_and_nobody_did_before_is_told_as_new_once(
    make: Factory, session: Session, theme: Theme, units: Units
) -> None:
    young = make_theme(session, "young")
    for day in (5, 4, 3, 2):
        crowd(make, young, 1, TODAY - timedelta(days=day), 5000 + day)
    renew_report(units, TODAY)
    assert alerts(units) == [], "four are too few"
    crowd(make, young, 1, TODAY - timedelta(days=1), 6000)
    for hours in range(3):
        renew_report(units, TODAY + timedelta(hours=hours))
    (alert,) = of_kind(units, "new")
    assert (alert.theme_id, alert.count, alert.about, alert.ended_at) == (young.id, 5, f"theme:{young.id}", None)
    assert raised(units) == [alert.id]
    crowd(make, young, 3, TODAY + timedelta(days=7), 7000)
    renew_report(units, TODAY + timedelta(days=8))
    assert [one.ended_at for one in of_kind(units, "new")] == [TODAY + timedelta(days=8)], "it was shown for a week"
    assert len(of_kind(units, "new")) == 1


def test_a_new_theme_is_not_told_as_more_than_usual_as_well(
    make: Factory, session: Session, theme: Theme, units: Units
) -> None:
    young = make_theme(session, "young")
    crowd(make, young, 9, TODAY - timedelta(hours=2), 5000)
    renew_report(units, TODAY)
    assert [alert.kind for alert in alerts(units)] == ["new"]


def test_what_was_spoken_of_long_ago_or_is_ignored_is_not_new(
    make: Factory, session: Session, theme: Theme, units: Units
) -> None:
    old, ignored = make_theme(session, "old"), make_theme(session, "ignored")
    crowd(make, old, 2, TODAY - timedelta(days=200), 4000)
    for day in (5, 4, 3, 2, 1):
        crowd(make, old, 1, TODAY - timedelta(days=day), 5000 + day)
        crowd(make, ignored, 1, TODAY - timedelta(days=day), 6000 + day)
    ignored.is_ignored = True
    session.commit()
    renew_report(units, TODAY)
    assert alerts(units) == []


def test_a_stray_voice_of_long_ago_does_not_hide_what_is_new(
    make: Factory, session: Session, theme: Theme, units: Units
) -> None:
    """The machine put somebody else's words into the theme, out of all that was ever said."""
    young, few = make_theme(session, "young"), make_theme(session, "few")
    crowd(make, young, 1, TODAY - timedelta(days=200), 4000)
    crowd(make, few, 1, TODAY - timedelta(days=20), 4500)
    for day in (5, 4, 3, 2):
        crowd(make, young, 1, TODAY - timedelta(days=day), 5000 + day)
        crowd(make, few, 1, TODAY - timedelta(days=day), 6000 + day)
    renew_report(units, TODAY)
    assert alerts(units) == [], "four are too few, and the stray is none of them"
    crowd(make, young, 1, TODAY - timedelta(days=1), 7000)
    renew_report(units, TODAY)
    assert [(alert.kind, alert.theme_id) for alert in alerts(units)] == [("new", young.id)]


def test_nothing_is_new_while_there_was_no_time_to_listen(make: Factory, session: Session, units: Units) -> None:
    first, second = make_theme(session, "first"), make_theme(session, "second")
    crowd(make, first, 6, TODAY - timedelta(days=12), 10)
    crowd(make, second, 6, TODAY - timedelta(days=2), 100)
    renew_report(units, TODAY)
    assert alerts(units) == []


def leave(make: Factory, theme: Theme, count: int, days_ago: float, first: int, product: Product | None = None) -> None:
    """So many customers say that they are leaving."""
    session = make.session
    before = session.query(Verbatim).count()
    crowd(make, theme, count, TODAY - timedelta(days=days_ago), first)
    ids = [row.id for row in session.query(Verbatim.id).order_by(Verbatim.id).offset(before)]
    session.execute(
        update(Verbatim).where(Verbatim.id.in_(ids)).values(leaving=True, product_id=product and product.id)
    )
    session.execute(update(Mention).where(Mention.verbatim_id.in_(ids)).values(leaving=True))
    session.commit()


def test_a_burst_of_leaving_is_one_alert_an_episode(make: Factory, theme: Theme, units: Units) -> None:
    for week in range(1, 4):
        leave(make, theme, 2, 7 * week + 2, 4000 + 10 * week)
    leave(make, theme, 4, 2, 5000)
    renew_report(units, TODAY)
    assert of_kind(units, "leaving") == [], "four are within what is usual"
    leave(make, theme, 8, 1, 5100)
    for hours in range(2):
        renew_report(units, TODAY + timedelta(hours=hours))
    (alert,) = of_kind(units, "leaving")
    assert (alert.about, alert.theme_id, alert.product_id, alert.count) == ("all", None, None, 12)
    assert alert.low <= alert.expected <= alert.high < 12
    assert raised(units).count(alert.id) == 1
    crowd(make, theme, 2, TODAY + timedelta(days=9), 6000)
    renew_report(units, TODAY + timedelta(days=10))
    assert [one.ended_at for one in of_kind(units, "leaving")] == [TODAY + timedelta(days=10)]


def test_leaving_of_one_product_is_told_of_that_product_alone(make: Factory, theme: Theme, units: Units) -> None:
    lamp = make.product("lamp")
    leave(make, theme, 9, 1, 5000, lamp)
    renew_report(units, TODAY)
    assert [(alert.about, alert.product_id) for alert in of_kind(units, "leaving")] == [(f"product:{lamp.id}", lamp.id)]


def test_one_customer_who_says_it_often_is_no_burst(make: Factory, theme: Theme, units: Units) -> None:
    leave(make, theme, 9, 1, 5000)
    session = make.session
    one = session.query(Verbatim.customer_id).order_by(Verbatim.id.desc()).limit(1).scalar_subquery()
    session.execute(update(Verbatim).where(Verbatim.leaving.is_(True)).values(customer_id=one))
    session.commit()
    renew_report(units, TODAY)
    assert of_kind(units, "leaving") == []


def test_leaving_without_a_past_is_told_to_nobody(make: Factory, session: Session, units: Units) -> None:
    leave(make, make_theme(session), 9, 1, 5000)
    renew_report(units, TODAY)
    assert alerts(units) == []


@pytest.mark.parametrize("facts", [{"kind": "new"}, {"kind": "leaving", "about": "all"}])
def test_an_alert_says_what_it_is_about(session: Session, facts: dict[str, Any]) -> None:
    theme = make_theme(session)
    about = facts.get("about") or f"theme:{theme.id}"
    alert = Alert(
        theme_id=None if "about" in facts else theme.id, day=TODAY.date(), last_day=TODAY.date(), count=5, expected=0,
        low=0, high=0, first_seen_at=TODAY, **facts,
    )  # fmt: skip
    session.add(alert)
    session.commit()
    assert alert.about == about
    assert session.query(Topic).count() == 1
