"""Two reports compared, and periods that are asked for."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.insights import comparing
from community.models import Account, Report, ReportOrder, Theme
from mining.orders import make_ordered
from mining.units import Units
from tests.factories import Factory, sign_in
from tests.insights.issued import END, START, issued, page, spoken
from tests.insights.making import make_theme


@pytest.fixture
def manager(make: Factory, client: FlaskClient) -> Account:
    account = make.account("Manager", "manager")
    sign_in(client, account)
    make.session.rollback()  # what was read before is old: the page wrote
    return account


@pytest.fixture
def theme(make: Factory, session: Session) -> Theme:
    theme = make_theme(session)
    theme.department = "logistics"
    session.commit()
    spoken(make, theme, 6, START + timedelta(days=1), "The parcel")
    return theme


def test_two_weeks_are_compared_by_theme(
    client: FlaskClient, make: Factory, session: Session, units: Units, theme: Theme, manager: Account
) -> None:
    entered, left, same = (make_theme(session, name) for name in ("it entered", "it left", "it stayed"))
    before = START - timedelta(days=6)
    spoken(make, theme, 16, before, "The parcel before")
    spoken(make, left, 6, before, "It was so")
    spoken(make, entered, 6, START + timedelta(days=1), "It is so")
    spoken(make, same, 6, before, "It stays so")
    spoken(make, same, 8, START + timedelta(days=1), "It still stays so")
    first, second = issued(units, START - timedelta(days=7), START), issued(units)
    session.rollback()
    found = comparing.compared(session, session.get_one(Report, second), session.get_one(Report, first))
    assert (found.before.id, found.after.id, found.by_rate) == (first, second, False), "the earlier first"
    moves = {move: [one.theme["id"] for one in themes] for move, themes in found.moves}
    assert moves == {"entered": [entered.id], "left": [left.id], "down": [theme.id], "up": [], "same": [same.id]}
    totals = {one.name: (one.before, one.after, one.change) for one in found.totals}
    assert totals["verbatims"] == (28, 20, "same")
    shown = page(client, f"/insights/reports/{first}/compare/{second}")
    for words in ("it entered", "it left", "16, then 6", "No change can be told"):
        assert words in shown, words


def test_themes_that_became_one_are_compared_as_one(
    make: Factory, session: Session, units: Units, theme: Theme, manager: Account
) -> None:
    old = make_theme(session, "parcels")
    spoken(make, old, 6, START - timedelta(days=6), "A parcel")
    first, second = issued(units, START - timedelta(days=7), START), issued(units)
    old.merged_into_id = theme.id
    session.commit()
    found = comparing.compared(session, session.get_one(Report, first), session.get_one(Report, second))
    assert {move: [one.theme["id"] for one in themes] for move, themes in found.moves if themes} == {"same": [theme.id]}


def test_periods_that_overlap_are_not_compared_and_other_lengths_are_by_the_week(
    client: FlaskClient, make: Factory, session: Session, units: Units, theme: Theme, manager: Account
) -> None:
    spoken(make, theme, 12, START - timedelta(days=13), "Long before")
    week = issued(units)
    overlapping = issued(units, START - timedelta(days=3), END - timedelta(days=2), kind="chosen")
    two_weeks = issued(units, START - timedelta(days=14), START, kind="chosen")
    own = issued(units, kind="chosen", department="sales")
    for other, words in (
        (overlapping, "share days"), (week, "one report twice"), (own, "other products or departments"),
    ):  # fmt: skip
        shown = page(client, f"/insights/reports/{week}/compare/{other}")
        assert "These cannot be compared" in shown
        assert words in shown
    shown = page(client, f"/insights/reports/{week}/compare/{two_weeks}")
    assert "different lengths (14 and 7 days)" in shown
    found = comparing.compared(session, session.get_one(Report, week), session.get_one(Report, two_weeks))
    (one,) = [one for _move, themes in found.moves for one in themes]
    assert (one.before, one.after) == (6.0, 6.0), "12 mentions in two weeks, 6 in one"
    answer = client.get(f"/insights/reports/compare?a={week}&b={two_weeks}")
    assert answer.location == f"/insights/reports/{week}/compare/{two_weeks}"


def test_counts_that_chance_would_make_so_different_are_no_change() -> None:
    assert comparing.change(10, 16, (1, 1)) == "same"
    assert comparing.change(10, 24, (1, 1)) == "up"
    assert comparing.change(24, 10, (1, 1)) == "down"
    assert comparing.change(20, 10, (2, 1)) == "same"
    assert comparing.change(0, 0, (1, 1)) == "same"


def test_a_period_is_asked_for_and_waited_for(
    client: FlaskClient, session: Session, units: Units, theme: Theme, manager: Account
) -> None:
    wanted = {"first": "2026-05-20", "last": "2026-06-07", "product": "", "department": "logistics"}
    answer = client.post("/insights/reports/new", data=wanted)
    session.rollback()
    order = session.scalars(select(ReportOrder)).one()
    assert answer.location == f"/insights/reports/orders/{order.id}"
    assert "It waits for the worker" in page(client, answer.location)
    assert "is being made" in page(client, "/insights/reports")
    assert client.post("/insights/reports/new", data=wanted).location == answer.location, "asked twice, made once"
    session.rollback()
    assert make_ordered(units, datetime.now(UTC)) == 1
    made = client.get(answer.location)
    assert made.status_code == 302
    assert "battery drains" in page(client, made.location)
    assert "Report of a chosen period" in page(client, "/insights/reports?kind=chosen")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"first": "2026-06-07", "last": "2026-05-20"}, "comes before the first"),
        ({"first": "2025-01-01", "last": "2026-01-02"}, "366 days at most"),
        ({"first": "2026-01-01", "last": "2999-01-01"}, "yesterday at the latest"),
        ({"first": "1999-12-31", "last": "2000-01-02"}, "2000 at the earliest"),
        ({"product": "99999999999999"}, "no such product"),
        ({"first": "soon", "last": ""}, "Give both days"),
        ({"department": "gardening"}, "no such department"),
        ({"product": "77"}, "no such product"),
    ],
)
def test_a_period_that_cannot_be_is_refused(
    client: FlaskClient, session: Session, manager: Account, wrong: dict[str, str], words: str
) -> None:
    answer = client.post("/insights/reports/new", data={"first": "2026-05-01", "last": "2026-05-20", **wrong})
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    session.rollback()
    assert session.scalars(select(ReportOrder)).all() == []


def test_nobody_fills_the_queue_alone(client: FlaskClient, manager: Account) -> None:
    for day in range(1, 6):
        wanted = {"first": f"2026-05-0{day}", "last": "2026-05-20"}
        assert client.post("/insights/reports/new", data=wanted).status_code == 303
    assert client.post("/insights/reports/new", data={"first": "2026-05-07", "last": "2026-05-20"}).status_code == 422
