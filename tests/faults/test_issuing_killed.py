"""A report is issued once: by two workers at once, and after one that was killed at any place."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Account, Event, Report, ReportOrder, ReportQuote
from mining import orders
from mining.units import Units
from tests.factories import Factory
from tests.faults.processes import issue_reports, started
from tests.insights.making import make_theme, say

pytestmark = pytest.mark.fault
NOW = datetime(2026, 6, 8, 9, 0, tzinfo=UTC)
PLACES = 12
STATEMENTS = 130  # of a run that issues three reports and makes one that was asked for


@pytest.fixture
def manager(make: Factory, session: Session) -> Account:
    """Somebody who asked for a report, of texts by six customers in the week that is over and in the one before."""
    theme, manager = make_theme(session), make.account("Manager", "manager")
    for number in range(12):
        at = NOW - timedelta(days=2 + number % 2 * 7, hours=number)
        say(make, theme, f"{'abcdefghijkl'[number] * 8} drains at night", at=at)
    order = ReportOrder(account_id=manager.id, first_day=date(2026, 5, 27), last_day=date(2026, 6, 4), asked_at=NOW)
    session.add(order)
    session.commit()
    return manager


def keys(units: Units) -> list[str | None]:
    return units.read(lambda session: list(session.scalars(select(Report.key).order_by(Report.key))))


def whole(units: Units) -> None:
    """Each report is there once, with its quotes and one event; the order is done."""
    wanted = ["monthly:2026-05-01", "order:1", "weekly:2026-05-25", "weekly:2026-06-01"]
    assert keys(units) == wanted
    quotes = units.read(lambda session: session.scalar(select(func.count(ReportQuote.id))))
    named = units.read(
        lambda session: sum(
            len(theme["quotes"]) for row in session.scalars(select(Report)) for theme in row.content["themes"].values()
        )
    )
    assert quotes == named > 0
    events = units.read(
        lambda session: session.scalar(select(func.count(Event.id)).where(Event.kind == "report.issued"))
    )
    assert events == len(wanted)
    order = units.read(lambda session: session.scalars(select(ReportOrder)).one())
    assert order.report_id
    assert order.finished_at


def test_two_workers_at_once_issue_each_report_once(
    app: Flask, units: Units, database_url: str, manager: Account, session: Session
) -> None:
    session.rollback()
    with started(issue_reports, database_url, NOW) as one, started(issue_reports, database_url, NOW) as other:
        made = [child.hear() and child.hear() for child in (one, other)]
        assert [child.end() for child in (one, other)] == [0, 0]
    assert sum(made) >= 4
    whole(units)


def test_a_worker_killed_anywhere_leaves_each_report_to_be_issued_once(
    app: Flask, units: Units, database_url: str, manager: Account, session: Session
) -> None:
    session.rollback()
    at, died = NOW, 0
    for place in sorted(Random(7).sample(range(1, STATEMENTS), PLACES)):
        with started(issue_reports, database_url, at, place) as child:
            died += child.end() == -9
        at += orders.CLAIM + timedelta(seconds=1)  # what the dead one had claimed falls due again
        if order_failed(units):
            break
    assert died >= 3, "or this test says nothing"
    with started(issue_reports, database_url, at) as child:
        child.hear()
        child.hear()
        assert child.end() == 0
    if not order_failed(units):
        whole(units)
    assert len(keys(units)) == len(set(keys(units)))


def order_failed(units: Units) -> bool:
    """It is given up after three attempts, however good the reasons of those who died were."""
    return units.read(lambda session: session.scalars(select(ReportOrder.error)).one()) is not None
