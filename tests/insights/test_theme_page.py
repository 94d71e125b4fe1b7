"""The page of a theme: since when, where and whom, what stands around it, and all its quotes as a reader filters them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.insights import courses, heat_maps, quote_lists, service
from community.insights.quote_lists import Chosen
from community.models import Account, Alert, Customer, Profile, Report, Theme, Topic, Verbatim
from mining.reports import renew_report
from mining.units import Units
from tests.factories import Factory, sign_in
from tests.insights.making import lately, make_report, make_theme, say, statements

LEAST = 5
WORDS = "amber birch cedar dune ember fjord grove heath island jetty kelp lagoon meadow north".split()


@pytest.fixture
def theme(session: Session) -> Theme:
    return make_theme(session)


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


def said(make: Factory, theme: Theme, count: int, **more: Any) -> None:
    """By so many customers of this kind, words unlike one another, an hour apart."""
    kind = more.pop("kind", "p")
    for n in range(count):
        text = f"{kind} {WORDS[n % 14] * 3} {WORDS[n // 14] * 2} battery"
        say(make, theme, text, address=f"{kind}{n}@example.org", at=lately(2 + n / 24), **more)


def page(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.get_data(as_text=True)


def quotes(session: Session, theme: Theme, after: str = "", **chosen: str) -> quote_lists.QuotePage:
    return quote_lists.page(session, theme.id, lately(30), lately(0), Chosen.of(chosen), LEAST, after)


def test_filters_show_what_fits_and_nothing_of_fewer_than_five(session: Session, make: Factory, theme: Theme) -> None:
    said(make, theme, 6, channel="email")
    said(make, theme, 4, channel="phone", kind="q", language="zh-Hans", sentiment="positive")
    assert len(quotes(session, theme).rows) == 10
    assert {one.channel for one in quotes(session, theme, channel="email").rows} == {"email"}
    for chosen in ({"channel": "phone"}, {"language": "zh-Hans"}, {"sentiment": "positive"}, {"product": "lamp"}):
        found = quotes(session, theme, **chosen)
        assert (found.is_too_small, found.rows) == (True, []), chosen
    assert quotes(session, theme, channel="email", sentiment="positive").is_too_small


def test_a_product_is_a_filter(session: Session, make: Factory, theme: Theme) -> None:
    lamp = make.product("lamp")
    for n in range(5):
        say(make, theme, f"The lamp {WORDS[n] * 3} drains", by=make.account(), product=lamp)
    said(make, theme, 5)
    found = quotes(session, theme, product="lamp").rows
    assert len(found) == 5
    assert all("lamp" in one.text and one.question_id for one in found)


def test_pages_by_key_tell_every_customer_once(session: Session, make: Factory, theme: Theme) -> None:
    said(make, theme, 45)
    say(make, theme, "The first of them once more", address="p0@example.org", at=lately(1))
    seen, after, pages = [], "", 0
    while pages == 0 or after:
        found = quotes(session, theme, after)
        seen += [one.customer_id for one in found.rows]
        after, pages = found.next_key or "", pages + 1
    assert (pages, len(seen), len(set(seen))) == (3, 45, 45)


@pytest.mark.parametrize("after", ["x", "-", "1-", "9" * 40 + "-1", "-5-5", "1-²"])
def test_a_key_that_is_none_begins_at_the_newest(session: Session, make: Factory, theme: Theme, after: str) -> None:
    said(make, theme, 5)
    assert len(quotes(session, theme, after).rows) == 5


def test_the_page_of_quotes_filters_leads_on_and_says_why_it_shows_none(
    client: FlaskClient, make: Factory, theme: Theme, manager: Account
) -> None:
    path = f"/insights/themes/{theme.id}/quotes"
    said(make, theme, 25, channel="email")
    said(make, theme, 2, channel="phone", kind="secret")
    sign_in(client, manager)
    shown = page(client, path + "?channel=email")
    assert shown.count('id="quote-') == 20
    assert "channel=email" in shown.partition('rel="next" href="')[2].partition('"')[0]
    none = page(client, path + "?channel=phone")
    assert "Fewer than 5 customers said something that fits" in none
    assert "secret" not in none.partition("<main")[2]
    assert client.get(path + "?days=31").status_code == 404


def test_the_writers_own_name_is_covered_and_a_name_alone_is_no_quote(
    session: Session, make: Factory, theme: Theme
) -> None:
    said(make, theme, 5)
    say(make, theme, "Yours, Thea Thornbury-Quill of the battery", address="t@example.org", at=lately(1))
    say(make, theme, "Ulla Umbrella", address="u@example.org", at=lately(1.1))
    newest = session.scalars(select(Customer).order_by(Customer.id.desc()).limit(2)).all()
    newest[0].name, newest[1].name = "Ulla Umbrella", "Thea Thornbury-Quill"
    session.commit()
    texts = [one.text for one in quotes(session, theme).rows]
    assert texts[0] == "Yours, [name] of the battery"
    assert not any("Thea" in text or "Ulla" in text for text in texts)
    assert len(texts) == 6


def test_each_sentence_of_the_summary_leads_to_its_quote(
    client: FlaskClient, make: Factory, theme: Theme, manager: Account
) -> None:
    path = f"/insights/themes/{theme.id}"
    said(make, theme, 6)
    sign_in(client, manager)
    shown = page(client, path)
    links = [part.partition('"')[0] for part in shown.split('class="summary-quote" href="#')[1:]]
    assert len(links) == 2
    for link in links:
        assert f'id="{link}"' in shown


def people(**sizes: int) -> dict[tuple[str, str], set[int]]:
    """Cells product_word of so many customers, each of its own."""
    found, first = {}, 0
    for name, count in sizes.items():
        product, word = name.split("_")
        found[product, word] = set(range(first, first + count))
        first += count
    return found


@pytest.mark.parametrize(("chosen", "expected"), [("en", "4.2 battery 电池"), ("zh", "4.2 电池 battery")])
def test_keywords_stand_once_the_reader_s_language_first(
    client: FlaskClient, session: Session, manager: Account, theme: Theme, chosen: str, expected: str
) -> None:
    session.query(Topic).one().keywords = {"en": ["4.2", "battery"], "zh": ["4.2", "电池"]}
    manager.locale = "zh_CN" if chosen == "zh" else "en"
    session.commit()
    sign_in(client, manager)
    found = re.findall('<span class="tag">([^<]+)</span>', page(client, f"/insights/themes/{theme.id}"))
    assert " ".join(found) == expected


def test_a_heat_map_shows_no_cell_of_four_and_none_that_gives_four_away() -> None:
    cells = people(lamp_email=9, lamp_phone=6, brew_email=4)
    everyone = set().union(*cells.values())
    found = heat_maps.heat_map(cells, ("email", "phone"), everyone, LEAST)
    assert found is not None
    shown = {
        (row[0], word): cell.customers for row in found.rows for word, cell in zip(found.columns, row[1], strict=True)
    }
    assert shown == {
        ("lamp", "email"): 9, ("lamp", "phone"): None, ("brew", "email"): None, ("brew", "phone"): 0,
    }  # fmt: skip
    assert found.is_masked, "19 less 9 and 6 would tell of the 4"


def test_a_heat_map_of_enough_everywhere_shows_all_and_of_too_few_is_none() -> None:
    cells = people(lamp_email=9, lamp_phone=6, brew_email=5)
    found = heat_maps.heat_map(cells, ("email", "phone"), set().union(*cells.values()), LEAST)
    assert found is not None
    assert [cell.customers for _product, row in found.rows for cell in row] == [9, 6, 5, 0]
    assert not found.is_masked
    few = people(lamp_email=4, lamp_phone=3)
    assert heat_maps.heat_map(few, ("email", "phone"), set().union(*few.values()), LEAST) is None


def test_heat_maps_count_different_customers_from_the_tables(session: Session, make: Factory, theme: Theme) -> None:
    said(make, theme, 7, channel="email")
    said(make, theme, 6, channel="phone", kind="q")
    say(make, theme, "Once more the battery", address="p0@example.org", channel="email")
    for customer in session.scalars(select(Customer)):
        session.add(
            Profile(
                customer_id=customer.id, loyalty=50, level="neutral", stage="active", reasons={}, computed_at=lately(0)
            )
        )
    session.commit()
    found = heat_maps.heat_maps(session, theme.id, lately(30), lately(0), LEAST)
    assert found.by_channel is not None
    assert found.by_level is not None
    assert (found.by_channel.columns, found.by_level.columns) == (["email", "phone"], ["neutral"])
    assert [cell.customers for cell in found.by_channel.rows[0][1]] == [7, 6]
    assert [cell.customers for cell in found.by_level.rows[0][1]] == [13]


def test_an_older_report_tells_no_course_and_a_new_one_draws_it(
    client: FlaskClient, session: Session, make: Factory, units: Units, theme: Theme, manager: Account
) -> None:
    path = f"/insights/themes/{theme.id}"
    said(make, theme, 12)
    say(make, theme, "Long before", address="old@example.org", at=lately(80))
    make_report(session, theme, [])
    assert courses.picture_of({"id": 1}) is None
    assert courses.since_of({"id": 1}) is None
    sign_in(client, manager)
    assert "Since when" not in page(client, path)
    session.rollback()
    renew_report(units, datetime.now(UTC) + timedelta(seconds=1))
    shown = page(client, path)
    assert "Since about" in shown
    assert "Customers by week" in shown
    assert "too few" in shown, "the week of one customer"


def test_alerts_are_marked_in_the_course(session: Session, units: Units, make: Factory, theme: Theme) -> None:
    said(make, theme, 12)
    say(make, theme, "Long before", address="old@example.org", at=lately(80))
    renew_report(units, datetime.now(UTC))
    entry = session.scalars(select(Report)).one().content["themes"][str(theme.id)]
    day = lately(2).date()
    alert = Alert(theme_id=theme.id, day=day, last_day=day, count=9, expected=1, low=0, high=3, first_seen_at=lately(2))
    picture = courses.picture_of(entry, [alert])
    assert picture is not None
    [marked] = [one for one in picture.steps if one.is_alerted]
    assert marked.day <= day <= marked.last


def test_related_themes_and_what_was_tried_are_listed_and_the_merged_and_undone_are_not(
    client: FlaskClient, session: Session, make: Factory, theme: Theme, manager: Account
) -> None:
    other, merged = make_theme(session, "slow charger"), make_theme(session, "old name")
    merged.merged_into_id = other.id
    said(make, theme, 6)
    report = make_report(session, theme, [])
    content = dict(report.content)
    content["themes"][str(theme.id)] |= {
        "parts": {"customers": 6, "negativity": 0.5, "trend": 1.0, "value": 1.0}, "burst": 0, "loyalty": None,
        "trend": {"until": "2026-06-01", "days": 7, "now": 6, "expected": None, "low": None, "high": None},
        "related": [
            {"id": other.id, "likeness": 0.5, "customers": 5}, {"id": merged.id, "likeness": 0.9, "customers": None},
        ],
    }  # fmt: skip
    report.content = {**content}
    session.flush()
    session.execute(Report.__table__.update().values(content=content))
    service.set_status(session, theme, "planned", manager, lately(1))
    path, other_id = f"/insights/themes/{theme.id}", other.id
    session.commit()
    sign_in(client, manager)
    shown = page(client, path)
    related, tried = (
        shown.partition(f'id="{name}"')[2].partition("</section>")[0] for name in ("related-title", "tried-title")
    )
    assert f'href="/insights/themes/{other_id}"' in related
    assert "5 customers speak of both" in related
    assert "old name" not in related
    assert "set from new to planned" in tried


def test_only_those_who_see_customers_are_led_to_the_people_touched(
    client: FlaskClient, session: Session, make: Factory, theme: Theme, manager: Account
) -> None:
    admin = make.account("Ada", "admin")
    said(make, theme, 5)
    say(make, make_theme(session, "other"), "Nobody of these", address="else@example.org")
    names = set(session.scalars(select(Customer.name).join(Verbatim, Verbatim.customer_id == Customer.id)))
    path, link = f"/insights/themes/{theme.id}", f"/customers?theme={theme.id}"
    sign_in(client, manager)
    assert link not in page(client, path)
    assert client.get(link).status_code == 404
    client.post("/sign-out")
    sign_in(client, admin)
    assert link in page(client, path)
    shown = page(client, link)
    assert sum(f">{name}</a>" in shown for name in names) == 5
    assert client.get("/customers?theme=999999").status_code == 404


def test_pages_of_a_theme_cost_as_many_statements_for_many_mentions_as_for_few(
    client: FlaskClient, make: Factory, session: Session, units: Units, theme: Theme, manager: Account
) -> None:
    said(make, theme, 6)
    renew_report(units, datetime.now(UTC))
    sign_in(client, manager)
    paths = (f"/insights/themes/{theme.id}", f"/insights/themes/{theme.id}/quotes")
    session.rollback()
    for path in paths:
        page(client, path)
    before = [statements(client, path) for path in paths]
    session.rollback()
    said(make, theme, 30, kind="more", channel="phone")
    renew_report(units, datetime.now(UTC) + timedelta(seconds=1))
    assert [statements(client, path) for path in paths] == before
