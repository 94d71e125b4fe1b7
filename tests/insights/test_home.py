"""The first page of insights: figures of a period and a product, each one click from what it means; nothing small."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.db import writing
from community.insights.overview_charts import charts
from community.metrics import METRICS, PERIODS
from community.models import Account, Overview, Theme
from mining.change import Change
from mining.figures import entry
from mining.reports import renew_report
from mining.units import Units
from tests.factories import Factory, sign_in
from tests.insights.making import lately, make_report, make_theme, say


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


@pytest.fixture
def theme(make: Factory, session: Session, units: Units) -> Theme:
    """Twelve customers of it now, half of them about the lamp; reported."""
    theme = make_theme(session)
    lamp = make.product("lamp")
    for number in range(12):
        words = f"{'abcdefghijkl'[number] * 9} drains"
        say(make, theme, words, by=make.account(), at=lately(3 + number / 10), product=lamp if number % 2 else None)
    renew_report(units, datetime.now(UTC))
    return theme


def page(client: FlaskClient, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200, path
    return response.get_data(as_text=True)


def test_the_page_shows_figures_lists_and_the_customers_words(
    client: FlaskClient, theme: Theme, manager: Account
) -> None:
    path = f'href="/insights/themes/{theme.id}'
    sign_in(client, manager)
    shown = page(client, "/insights")
    assert path in shown
    assert "drains" in shown
    for words in ("texts", "net sentiment", "problems per 1,000 active customers", "Nothing to compare with yet"):
        assert words in shown, words
    assert "Everything is new" in shown, "nobody listened before"


def test_the_filter_of_product_filters_figures_and_themes(
    client: FlaskClient, session: Session, make: Factory, theme: Theme, manager: Account, units: Units
) -> None:
    make.product("clock")
    renew_report(units, datetime.now(UTC))
    path, numbers = f'href="/insights/themes/{theme.id}', {}
    for slug in ("", "lamp", "clock"):
        overview = session.get_one(Overview, (30, slug))
        numbers[slug] = overview.content["figures"]["texts"]["value"]
    assert numbers == {"": 12, "lamp": 6, "clock": 0}
    sign_in(client, manager)
    lamp, clock = page(client, "/insights?product=lamp"), page(client, "/insights?product=clock")
    assert path in lamp
    assert "6 customers" in lamp
    assert path not in clock
    assert '<option value="clock" selected>' in clock


def test_every_figure_leads_to_its_definition(client: FlaskClient, theme: Theme, manager: Account) -> None:
    sign_in(client, manager)
    home, meant = page(client, "/insights"), page(client, "/insights/definitions")
    for metric in METRICS:
        assert f'href="/insights/definitions#{metric.name}"' in home, metric.name
        assert f'id="{metric.name}"' in meant
        assert str(metric.label) in meant
    for table in ("verbatim", "post", "loyalty_day"):
        assert f"<code>{table}</code>" in meant


def test_every_metric_is_computed(session: Session, theme: Theme) -> None:
    for days in PERIODS:
        assert {metric.name for metric in METRICS} == set(session.get_one(Overview, (days, "")).content["figures"])


@pytest.mark.parametrize("query", ["days=31", "days=x", "days=-7", "product=nothing", "days=", "days=9999999999999"])
def test_a_period_or_product_that_there_is_not_is_not_found(
    client: FlaskClient, theme: Theme, manager: Account, query: str
) -> None:
    sign_in(client, manager)
    assert client.get(f"/insights?{query}").status_code == 404


def test_a_product_that_was_not_computed_yet_says_so(
    client: FlaskClient, make: Factory, theme: Theme, manager: Account
) -> None:
    make.product("radio")
    sign_in(client, manager)
    assert "The worker computes this page with the next report" in page(client, "/insights?product=radio")


def test_four_customers_are_shown_nowhere(
    client: FlaskClient, session: Session, make: Factory, units: Units, manager: Account
) -> None:
    theme = make_theme(session)
    for number in range(4):
        say(make, theme, f"{'abcd'[number] * 9} drains", by=make.account(), at=lately(3))
    renew_report(units, datetime.now(UTC))
    path = f'href="/insights/themes/{theme.id}'
    sign_in(client, manager)
    shown = page(client, "/insights")
    assert "fewer than 5 customers" in shown
    assert path not in shown
    assert "drains" not in shown


def test_a_theme_ignored_or_merged_since_is_left_out(
    client: FlaskClient, session: Session, theme: Theme, manager: Account
) -> None:
    key = theme.id
    path = f'href="/insights/themes/{key}'
    session.rollback()
    with writing():
        session.get_one(Theme, key).is_ignored = True
        session.commit()
    sign_in(client, manager)
    assert path not in page(client, "/insights")


def change_words(client: FlaskClient, session: Session, change: Change) -> str:
    session.rollback()
    with writing():
        overview = session.get_one(Overview, (30, ""))
    figures = overview.content["figures"] | {"problems": entry(50.0, "rate", 12, 40.0, change)}
    overview.content = overview.content | {"figures": figures}
    session.commit()
    shown = page(client, "/insights")
    session.rollback()
    return shown


def test_a_change_is_told_in_words_and_none_when_the_interval_holds_zero(
    client: FlaskClient, session: Session, theme: Theme, manager: Account
) -> None:
    sign_in(client, manager)
    unsure = change_words(client, session, Change(10.0, -5.0, 25.0))
    assert "+10 (−5 to +25)" in unsure
    assert "No change can be told." in unsure
    worse = change_words(client, session, Change(10.0, 5.0, 15.0))
    assert "Worse, beyond chance." in worse
    assert "change-worse" in worse
    assert "Better, beyond chance." in change_words(client, session, Change(-10.0, -15.0, -5.0))


def steps(*texts: int | None) -> dict[str, Any]:
    return {
        "step_days": 1,
        "steps": [
            {"day": f"2026-06-{n + 1:02}", "texts": count, "net": None if not count else -20.0}
            for n, count in enumerate(texts)
        ],
    }


def test_a_chart_stays_within_its_frame_and_breaks_its_line_where_nothing_is_shown() -> None:
    found = charts(steps(0, 0, 8, 9, None, 20, 7, 0))
    assert found is not None
    assert [step.day.day for step in found.steps] == [3, 4, 5, 6, 7, 8], "it begins with the first text"
    assert len(found.lines) == 2
    for step in found.steps:
        assert 0 <= step.top <= found.base
        assert found.left <= step.x <= step.x + step.width <= found.width
        assert step.point is None or 0 <= step.point <= found.base
    assert max(step.height for step in found.steps) == found.base - 10


def test_too_few_steps_are_no_chart() -> None:
    assert charts(None) is None
    assert charts(steps(None, 9, None, 9)) is None
    assert charts(steps(0, 0, 0)) is None


def test_the_chart_has_its_numbers_as_a_table_and_as_titles(
    client: FlaskClient, session: Session, theme: Theme, manager: Account
) -> None:
    overview = session.get_one(Overview, (30, ""))
    overview.content = overview.content | {"chart": steps(8, 9, None, 20)}
    session.commit()
    sign_in(client, manager)
    shown = page(client, "/insights")
    assert "<title>Jun 1, 2026: 8 texts, net sentiment −20</title>" in shown
    assert "<title>Jun 3, 2026: not shown</title>" in shown
    assert '<th scope="row">Jun 1, 2026</th><td class="num">8</td><td class="num">−20</td>' in shown
    assert "Of 12 customers." in shown


def test_until_the_first_page_is_computed_it_says_so(client: FlaskClient, session: Session, manager: Account) -> None:
    make_report(session, make_theme(session), [])
    assert session.scalar(select(Overview)) is None
    sign_in(client, manager)
    assert "The worker computes this page with the next report." in page(client, "/insights")
