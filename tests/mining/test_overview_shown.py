"""What may be shown of the first page beside the rest, when it is computed, and what it keeps from day to day."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.metrics import LONG, PERIODS, SHORT
from community.models import LoyaltyDay, Overview, SearchDay, Theme, Verbatim
from mining import loyalty, overview
from mining.reports import renew_report
from mining.units import Units
from mining.weighing import listen
from tests.conftest import NOW
from tests.mining.generated import Community, all_pages, moment, rows

PRODUCTS = ("", "clock", "lamp", "radio")


def test_no_two_shown_numbers_of_texts_differ_by_a_small_group(units: Units, session: Session, seed: int) -> None:
    """An attacker takes any shown number from any other that holds it, and the products from all of them."""
    Community(session, NOW, seed, customers=60).write(texts=400, questions=0)
    groups: list[frozenset[int]] = []
    people = dict(rows(units, "SELECT id, customer_id FROM verbatim"))
    said = rows(
        units,
        "SELECT v.id, v.said_at, p.slug FROM verbatim v LEFT JOIN product p ON p.id = v.product_id WHERE score IS NOT NULL",
    )

    def group(start: datetime, end: datetime, product: str) -> frozenset[int]:
        return frozenset(row[0] for row in said if start <= moment(row[1]) < end and product in ("", row[2]))

    def is_safe(rest: Iterable[int]) -> bool:
        return len({people[key] for key in rest}) not in range(1, 5)

    found = all_pages(units, least=5)
    by_time = defaultdict(dict)
    for (days, product), content in found.items():
        end, length = NOW, timedelta(days=days)
        entry = content["figures"]["texts"]
        for start, end, is_shown in (
            (NOW - length, NOW, "value" in entry), (NOW - 2 * length, NOW - length, entry.get("before") is not None)
        ):  # fmt: skip
            if is_shown:
                by_time[start, end][product] = group(start, end, product)
        for step in (content["chart"] or {"steps": ()})["steps"]:
            if step["texts"] is not None:
                start = datetime.combine(date.fromisoformat(step["day"]), datetime.min.time(), UTC)
                end = min(NOW, start + timedelta(days=content["chart"]["step_days"]))
                by_time[start, end][product] = group(start, end, product)
    for own in by_time.values():
        groups += own.values()
        if "" in own:
            assert is_safe(own[""].difference(*(one for product, one in own.items() if product)))
    assert len(groups) > 25, "or this test says little"
    assert any("is_hidden" in content["figures"]["texts"] for content in found.values())
    for one in groups:
        assert is_safe(one)
        for other in groups:
            assert not other <= one or is_safe(one - other)


def test_what_is_shown_of_the_short_periods_is_the_same_whether_the_long_ones_are_computed(
    units: Units, community: Community
) -> None:
    everything = all_pages(units, least=5)
    for key, content in units.read(short_pages).items():
        assert content["figures"] == everything[key]["figures"], key
        assert content["chart"] == everything[key]["chart"], key


def short_pages(session: Session) -> overview.Made:
    return overview.made(session, listen(session, NOW - timedelta(days=30), NOW, 5))


def test_the_report_renews_the_first_page_and_the_long_periods_once_a_day(
    units: Units, community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    def computed() -> dict[int, datetime]:
        statement = select(Overview.days, Overview.computed_at).where(Overview.product == "")
        return units.read(lambda session: dict(session.execute(statement).tuples().all()))

    renew_report(units, NOW)
    assert computed() == dict.fromkeys(PERIODS, NOW)
    later, tomorrow = NOW + timedelta(hours=2), NOW + timedelta(days=1)
    renew_report(units, later)
    assert set(computed().values()) == {later}, "a small community has all of it anew"
    monkeypatch.setattr(overview, "SMALL", 10)
    renew_report(units, later + timedelta(hours=1))
    assert computed() == dict.fromkeys(SHORT, later + timedelta(hours=1)) | dict.fromkeys(LONG, later)
    renew_report(units, tomorrow)
    assert set(computed().values()) == {tomorrow}
    assert units.read(lambda session: session.query(Overview).count()) == len(PERIODS) * len(PRODUCTS)


def test_an_empty_community_has_a_first_page_without_figures(units: Units) -> None:
    renew_report(units, NOW)
    content = units.read(lambda session: session.get_one(Overview, (30, "")).content)
    assert content["figures"]["texts"]["value"] == 0
    assert content["figures"]["net_sentiment"]["value"] is None
    assert content["chart"] is None
    assert content["lists"] == {"impact": [], "rising": [], "new": None, "praised": []}


def test_a_theme_first_spoken_of_in_the_period_is_new_and_an_ignored_one_is_nowhere(
    units: Units, session: Session
) -> None:
    made = Community(session, NOW, 3)
    made.write(texts=120, questions=0)
    fresh = made.theme(9)
    session.commit()
    made.themes = [fresh]
    for number in range(300, 308):
        made.accounts, kept = [made.accounts[number % 8]], made.accounts
        made.weights, weights = [1.0], made.weights
        made.text(number)
        made.accounts, made.weights = kept, weights
        verbatim = session.scalars(select(Verbatim).order_by(Verbatim.id.desc()).limit(1)).one()
        verbatim.said_at = NOW - timedelta(days=10, hours=number % 8)
    session.commit()
    key = fresh.id
    page = all_pages(units, least=1)[30, ""]
    assert [row["theme"] for row in page["lists"]["new"]] == [key]
    assert page["lists"]["new"][0]["since"] == (NOW - timedelta(days=10, hours=7)).date().isoformat()
    assert all_pages(units, least=1)[7, ""]["lists"]["new"] == []
    session.get_one(Theme, key).is_ignored = True
    session.commit()
    assert all_pages(units, least=1)[30, ""]["lists"]["new"] == []


def test_loyalty_is_compared_with_the_day_on_which_the_period_began(units: Units, community: Community) -> None:
    own = rows(units, "SELECT p.loyalty FROM profile p JOIN customer c ON c.id = p.customer_id WHERE c.is_profiled")
    mean, size = sum(row[0] for row in own) / len(own), len(own)
    today = units.read(lambda session: loyalty.day_of(session, NOW))
    assert today[""]["sum"] / size == pytest.approx(mean)
    assert sum(today[""]["levels"].values()) == size
    lower = {"": {"customers": size, "sum": today[""]["sum"] - 10 * size, "squares": 10**9, "levels": {}}}
    lower[""]["squares"] = sum((row[0] - 10) ** 2 for row in own)

    def write(session: Session) -> None:
        loyalty.keep(session, today, NOW)
        session.add(LoyaltyDay(day=(NOW - timedelta(days=31)).date(), content=lower))

    units.write(write)
    pages = all_pages(units, least=5)
    figure = pages[30, ""]["figures"]["loyalty"]
    assert figure["value"] == pytest.approx(mean, abs=0.05)
    assert figure["difference"] == pytest.approx(10, abs=0.1)
    assert figure["low"] < 10 < figure["high"]
    assert pages[7, ""]["figures"]["loyalty"]["before"] is None, "nothing was kept of that day"


def test_searches_are_shown_when_a_day_of_the_period_had_enough_people(units: Units) -> None:
    today = NOW.date()

    def write(session: Session) -> None:
        session.add(SearchDay(day=today - timedelta(3), people=6, searches=10, solved=4))
        session.add(SearchDay(day=today - timedelta(20), people=2, searches=5, solved=5))
        session.add(SearchDay(day=today - timedelta(45), people=9, searches=30, solved=3))

    units.write(write)
    pages = all_pages(units, least=5)
    month = pages[30, ""]["figures"]["searches"]
    assert (month["value"], month["before"], month["searches"]) == (0.6, 0.1, 15)
    assert month["low"] < 0.5 < month["high"]
    assert pages[7, ""]["figures"]["searches"] == {"is_hidden": True}, "the month less the week would be two people"
