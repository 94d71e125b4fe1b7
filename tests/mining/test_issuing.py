"""Reports of weeks and months are issued once each; what they found never changes; none gives a small group away."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from community.models import (
    Account,
    Event,
    Mention,
    Product,
    Report,
    ReportOrder,
    ReportQuote,
    Subscription,
    Theme,
    Verbatim,
)
from mining import housekeeping, issuing, orders, weeks
from mining.issuing import Wanted, issue, issue_due
from mining.reports import renew_report
from mining.units import Units
from tests.factories import Factory
from tests.insights.making import make_theme, say

NOW = datetime(2026, 6, 8, 9, 0, tzinfo=UTC)  # a Monday
WEEK = (datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 8, tzinfo=UTC))


@pytest.fixture
def theme(make: Factory, session: Session) -> Theme:
    """Spoken of by six customers in the week that is over, and by five in the week before."""
    theme = make_theme(session)
    for number in range(6):
        say(make, theme, f"{'abcdef'[number] * 8} drains at night", at=WEEK[0] + timedelta(hours=5 + 20 * number))
    for number in range(5):
        say(make, theme, f"{'ghijk'[number] * 8} drains by day", at=WEEK[0] - timedelta(hours=5 + 20 * number))
    return theme


def issued(units: Units) -> list[Report]:
    return units.read(
        lambda session: list(
            session.scalars(select(Report).where(Report.kind != "rolling").order_by(Report.ends_at, Report.id))
        )
    )


def keys(units: Units) -> set[str | None]:
    return {row.key for row in issued(units)}


def count(units: Units, table: Any, *where: Any) -> int:
    return units.read(lambda session: session.scalar(select(func.count(table.id)).where(*where)) or 0)


def test_each_week_and_month_that_is_over_is_issued_once(units: Units, theme: Theme) -> None:
    assert issue_due(units, NOW) == 3
    assert keys(units) == {"weekly:2026-06-01", "weekly:2026-05-25", "monthly:2026-05-01"}
    assert issue_due(units, NOW + timedelta(hours=1)) == 0
    assert count(units, Event, Event.kind == "report.issued") == 3
    last = issued(units)[-1]
    assert (last.kind, last.starts_at, last.ends_at, last.days) == ("weekly", *WEEK, 7)
    assert last.content["themes"][str(theme.id)]["now"]["customers"] == 6
    assert last.content["themes"][str(theme.id)]["before"]["customers"] == 5
    assert issue_due(units, NOW + timedelta(days=7)) == 1, "the next week is the next report, though nobody spoke"


def test_two_workers_at_once_issue_each_report_once(units: Units, theme: Theme) -> None:
    with ThreadPoolExecutor(2) as both:
        made = list(both.map(lambda _: issue_due(units, NOW), range(4)))
    assert sum(made) == 3
    assert len(issued(units)) == count(units, Event, Event.kind == "report.issued") == 3


def test_nothing_is_issued_before_anybody_spoke(units: Units) -> None:
    assert issue_due(units, NOW) == 0


def test_a_report_waits_for_texts_that_are_not_mined_but_not_for_ever(
    units: Units, session: Session, theme: Theme
) -> None:
    session.execute(update(Verbatim).where(Verbatim.said_at >= WEEK[0]).values(mined_revision=None))
    session.commit()
    issue_due(units, NOW)
    assert "weekly:2026-06-01" not in keys(units)
    issue_due(units, NOW + timedelta(hours=4))
    assert "weekly:2026-06-01" in keys(units)


def test_what_was_issued_stays_whatever_becomes_of_themes_and_texts(
    units: Units, make: Factory, session: Session, theme: Theme
) -> None:
    theme.department = "logistics"
    session.commit()
    issue_due(units, NOW)
    before = issued(units)[-1].content
    theme.name, theme.department, theme.status, theme.is_ignored = "another name", "sales", "done", True
    say(make, theme, "a late import that drains", at=WEEK[0] + timedelta(days=1))
    session.execute(delete(Verbatim).where(Verbatim.said_at < WEEK[0]))
    session.commit()
    issue_due(units, NOW + timedelta(hours=2))
    renew_report(units, NOW)
    after = issued(units)[-1].content
    assert after == before
    entry = after["themes"][str(theme.id)]
    assert (entry["name"], entry["department"], entry["status"]) == ("battery drains", "logistics", "new")


def test_quotes_are_places_in_texts_and_go_with_them(units: Units, session: Session, theme: Theme) -> None:
    issue_due(units, NOW)
    report = issued(units)[-1]
    quoted = report.content["themes"][str(theme.id)]["quotes"]
    assert count(units, ReportQuote, ReportQuote.report_id == report.id) == len(quoted) == 5
    words = session.execute(text("SELECT content FROM report")).scalars().all()
    assert all("drains at night" not in str(row) for row in words), "no words are stored"
    gone = session.scalars(select(ReportQuote.verbatim_id).where(ReportQuote.report_id == report.id)).first()
    session.execute(delete(Mention))  # as when all is mined anew: the places stay
    session.commit()
    assert count(units, ReportQuote, ReportQuote.report_id == report.id) == 5
    session.execute(delete(Verbatim).where(Verbatim.id == gone))
    session.commit()
    assert count(units, ReportQuote, ReportQuote.report_id == report.id) == 4


def test_weeks_begin_on_monday_and_months_on_the_first_in_the_zone_that_is_set() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    week = next(one for one in weeks.past(NOW, shanghai) if one.kind == "weekly")
    assert (week.first, week.last) == (date(2026, 6, 1), date(2026, 6, 7))
    assert (week.start, week.end) == (datetime(2026, 5, 31, 16, tzinfo=UTC), datetime(2026, 6, 7, 16, tzinfo=UTC))
    late_on_sunday = datetime(2026, 6, 7, 17, tzinfo=UTC)  # in Shanghai it is Monday
    assert weeks.past(late_on_sunday, shanghai)[0].first == date(2026, 6, 1)
    assert weeks.past(late_on_sunday, ZoneInfo("UTC"))[0].first == date(2026, 5, 25)
    months = [one for one in weeks.past(NOW, ZoneInfo("Europe/Berlin")) if one.kind == "monthly"]
    assert [(one.first, one.last) for one in months] == [
        (date(2026, 5, 1), date(2026, 5, 31)), (date(2026, 4, 1), date(2026, 4, 30)),
    ]  # fmt: skip
    march = weeks.Period("monthly", date(2026, 3, 1), date(2026, 3, 31), ZoneInfo("Europe/Berlin"))
    assert march.end - march.start == timedelta(days=31, hours=-1), "the clocks went forward"


@pytest.fixture
def lamp(make: Factory) -> Product:
    return make.product("lamp")


def about(make: Factory, theme: Theme, product: Product | None, people: int, at: datetime, words: str) -> None:
    """So many customers who speak of the theme, and of the product."""
    for number in range(people):
        mention = say(make, theme, f"{words} {number} {'xyzw'[number % 4] * 9}", at=at + timedelta(minutes=number))
        verbatim = make.session.get_one(Verbatim, mention.verbatim_id)
        verbatim.product_id = product.id if product else None
    make.session.commit()


def test_the_report_of_a_product_that_somebody_follows_counts_its_texts_only(
    units: Units, make: Factory, session: Session, lamp: Product
) -> None:
    theme, at = make_theme(session), WEEK[0] + timedelta(days=1)
    about(make, theme, lamp, 7, at, "The lamp")
    about(make, theme, None, 6, at, "Something else")
    reader = make.account("Reader", "manager")
    session.add(
        Subscription(
            account_id=reader.id, what="weekly", key=f"weekly:product:{lamp.id}", product_id=lamp.id, created_at=NOW
        )
    )
    session.commit()
    issue_due(units, NOW)
    by_key = {row.key: row for row in issued(units)}
    own = by_key[f"weekly:2026-06-01:product:{lamp.id}"]
    assert own.product_id == lamp.id
    assert own.content["totals"]["verbatims"] == own.content["totals"]["customers"] == 7
    assert own.content["themes"][str(theme.id)]["now"]["mentions"] == 7
    assert by_key["weekly:2026-06-01"].content["themes"][str(theme.id)]["now"]["mentions"] == 13
    assert f"weekly:2026-05-25:product:{lamp.id}" not in by_key, "only of the latest week"
    assert own.content["products"]["lamp"] == {"name": "Lamp", "name_zh": "灯"}


def test_a_product_is_left_out_of_a_theme_when_the_rest_would_be_few(
    units: Units, make: Factory, session: Session, lamp: Product
) -> None:
    theme, at = make_theme(session), WEEK[0] + timedelta(days=1)
    about(make, theme, lamp, 9, at, "The lamp")
    about(make, theme, make.product("clock"), 2, at, "The clock")
    content = units.read(lambda session: issuing.content_of(session, Wanted("weekly", "w", *WEEK)))
    assert content["themes"][str(theme.id)]["now"]["mentions"] == 11
    of_lamp = units.read(lambda session: issuing.content_of(session, Wanted("weekly", "w", *WEEK, product=lamp)))
    assert of_lamp["themes"] == {}, "11 less 9 would tell of 2"
    assert (of_lamp["hidden"], of_lamp["too_small"]) == (1, 0)


def test_a_period_is_left_out_of_a_theme_when_another_less_it_would_be_few(
    units: Units, make: Factory, session: Session, theme: Theme
) -> None:
    about(make, theme, None, 2, WEEK[1] + timedelta(hours=1), "A day later")
    issue(units, Wanted("weekly", "a week", *WEEK), NOW)
    longer = Wanted("chosen", "a day more", WEEK[0], WEEK[1] + timedelta(days=1))
    issue(units, longer, NOW + timedelta(days=2))
    week, eight_days = issued(units)
    assert str(theme.id) in week.content["themes"]
    assert str(theme.id) not in eight_days.content["themes"], "8 less 6 would tell of 2"
    assert eight_days.content["hidden"] == 1
    about(make, theme, None, 3, WEEK[1] + timedelta(hours=3), "More of that day")
    other = units.read(lambda session: issuing.content_of(session, longer))
    assert other["themes"][str(theme.id)]["now"]["customers"] == 11, "five of that day are enough"


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


def ask(session: Session, manager: Account, **more: Any) -> int:
    days = {"first_day": date(2026, 5, 25), "last_day": date(2026, 6, 7), **more}
    order = ReportOrder(account_id=manager.id, asked_at=NOW, **days)
    session.add(order)
    session.commit()
    return order.id


def order_of(units: Units, key: int) -> ReportOrder:
    return units.read(lambda session: session.get_one(ReportOrder, key))


def test_a_report_that_was_asked_for_is_made_once(
    units: Units, session: Session, theme: Theme, manager: Account
) -> None:
    key = ask(session, manager)
    assert orders.make_ordered(units, NOW) == 1
    assert orders.make_ordered(units, NOW) == 0
    (report,) = issued(units)
    order = order_of(units, key)
    assert (order.report_id, order.step, order.error) == (report.id, 3, None)
    assert order.finished_at
    assert (report.kind, report.days, report.starts_at) == ("chosen", 14, datetime(2026, 5, 25, tzinfo=UTC))
    assert report.content["themes"][str(theme.id)]["now"]["customers"] == 11


def test_a_report_of_a_department_has_its_themes_only(
    units: Units, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    other = make_theme(session, "wrong colour")
    about(make, other, None, 6, WEEK[0] + timedelta(days=2), "The colour")
    other.department = "product"
    session.commit()
    ask(session, manager, department="product")
    orders.make_ordered(units, NOW)
    (report,) = issued(units)
    assert set(report.content["themes"]) == {str(other.id)}
    assert report.content["ranked"]["problem"] == [other.id]
    assert report.content["totals"]["verbatims"] == 17


def test_an_order_that_a_dead_worker_left_is_taken_up_after_a_while_and_given_up_after_three_times(
    units: Units, session: Session, theme: Theme, manager: Account
) -> None:
    key = ask(session, manager)
    at = NOW
    for _ in range(3):
        claimed = units.write(lambda session, at=at: orders.claim(session, at))  # type: ignore[misc]
        assert claimed
        assert claimed.id == key
        assert units.write(lambda session, at=at: orders.claim(session, at)) is None, "somebody makes it"  # type: ignore[misc]
        at += orders.CLAIM + timedelta(seconds=1)
    assert orders.make_ordered(units, at) == 0
    assert order_of(units, key).error == "failed"
    assert issued(units) == []


def test_old_renewed_reports_go_and_the_newest_and_issued_weeks_stay(units: Units, theme: Theme) -> None:
    issue_due(units, NOW)
    first, newest = renew_report(units, NOW - timedelta(days=3)), renew_report(units, NOW)
    much_later = NOW + timedelta(days=500)
    assert housekeeping.tidy(units, NOW)["reports"] == 0
    assert housekeeping.tidy(units, much_later)["reports"] == 1
    left = units.read(lambda session: set(session.scalars(select(Report.id).where(Report.kind == "rolling"))))
    assert left == {newest} != {first}
    assert len(issued(units)) == 3
