"""Acting on a theme: each change is a row that can be undone; rules route what no person routed; themes taken along."""

import csv
import io
import json
import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Invalid, NotAllowed
from community.insights import acting, corrections, listing, routing
from community.insights import service as themes
from community.insights.chores import route_themes
from community.insights.routing import Traits, fits
from community.models import Account, Correction, RoutingRule, Theme
from tests.factories import Factory, sign_in
from tests.insights.making import lately, make_report, make_theme, say

TODAY = lately(0).date()


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


@pytest.fixture
def theme(session: Session) -> Theme:
    return make_theme(session, "courier loses parcels", "快递丢包裹")


def test_department_day_note_and_ticket_are_rows_of_the_history_and_undone_one_by_one(
    session: Session, manager: Account, theme: Theme
) -> None:
    now = lately(0)
    acting.set_department(session, theme, "logistics", manager, now)
    acting.set_due(session, theme, TODAY, manager, now)
    acting.set_note(session, theme, " Another courier.\r\n", manager, now)
    acting.set_tracker(session, theme, "https://tracker.example/1", manager, now)
    session.commit()
    session.expire_all()
    assert (theme.department, theme.is_routed_by_person, theme.due_on) == ("logistics", True, TODAY)
    assert (theme.note, theme.tracker_url) == ("Another courier.", "https://tracker.example/1")
    rows = session.scalars(select(Correction).order_by(Correction.id)).all()
    assert [row.kind for row in rows] == ["department", "due", "note", "tracker"]
    for row in rows:
        corrections.undo(session, row.id, manager, now)
    session.commit()
    session.expire_all()
    assert (theme.department, theme.is_routed_by_person, theme.due_on, theme.note, theme.tracker_url) == (
        None, False, None, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "ftp://tracker.example", "//tracker.example", "https://", "https://a b",
        "https://user@tracker.example", "https://tracker.example/\nx", "data:text/html,x", "https://[", "x" * 600,
    ],
)  # fmt: skip
def test_a_ticket_is_a_plain_web_address_or_nothing(
    session: Session, manager: Account, theme: Theme, address: str
) -> None:
    with pytest.raises(Invalid):
        acting.set_tracker(session, theme, address, manager, lately(0))


def test_only_managers_act_and_only_on_what_there_is(make: Factory, session: Session, theme: Theme) -> None:
    with pytest.raises(NotAllowed):
        acting.set_department(session, theme, "sales", make.account("Agent", "agent"), lately(0))
    manager = make.account("M", "manager")
    with pytest.raises(Invalid):
        acting.set_department(session, theme, "finance", manager, lately(0))
    with pytest.raises(Invalid):
        acting.set_due(session, theme, date(1900, 1, 1), manager, lately(0))
    with pytest.raises(Invalid):
        acting.set_note(session, theme, "x" * 5000, manager, lately(0))


def test_one_form_saves_what_changed_and_keeps_the_rest(
    client: FlaskClient, session: Session, manager: Account, theme: Theme
) -> None:
    sign_in(client, manager)
    where = f"/insights/themes/{theme.id}/acting"
    sent = {"department": "logistics", "due_on": "2026-01-05", "note": "Soon", "tracker_url": ""}
    assert client.post(where, data=sent).status_code == 302
    session.rollback()
    kinds = [row.kind for row in session.scalars(select(Correction).order_by(Correction.id))]
    assert kinds == ["department", "due", "note"]
    text = client.get(f"/insights/themes/{theme.id}").get_data(as_text=True)
    assert "overdue since" in text
    client.post(where, data=sent)
    session.rollback()
    assert len(session.scalars(select(Correction)).all()) == 3, "the same once more changes nothing"
    assert client.post(where, data=sent | {"due_on": "soon"}).status_code == 422
    assert client.post(where, data=sent | {"tracker_url": "javascript:alert(1)"}).status_code == 422
    history = client.get("/insights/history").get_data(as_text=True)
    assert "logistics" in history


def test_the_first_rule_that_fits_routes_and_a_person_is_never_overruled(
    session: Session, manager: Account, theme: Theme
) -> None:
    mine, other = make_theme(session, "courier in Leeds", None), make_theme(session, "battery", "电池")
    now = lately(0)
    acting.set_department(session, mine, "sales", manager, now)
    routing.save_rule(session, None, "快递, Courier", None, "", "", "logistics", manager, now)
    second = routing.save_rule(session, None, "parcels", None, "", "", "service", manager, now)
    session.commit()
    assert route_themes() == {"themes": 1}
    session.expire_all()
    assert (theme.department, mine.department, other.department) == ("logistics", "sales", None)
    routing.raise_rule(session, second, manager)
    session.commit()
    route_themes()
    session.expire_all()
    assert theme.department == "service", "its rule is asked first now"
    acting.leave_to_rules(session, mine, manager, now)
    session.commit()
    route_themes()
    session.expire_all()
    assert mine.department == "logistics"
    assert route_themes() == {}
    for rule in routing.rules(session):
        routing.drop_rule(session, rule, manager)
    session.commit()
    route_themes()
    session.expire_all()
    assert theme.department is None, "no rule says so any more"


def test_kind_and_channel_are_those_of_the_latest_report(session: Session, manager: Account, theme: Theme) -> None:
    routing.save_rule(session, None, "", None, "problem", "email", "service", manager, lately(0))
    session.commit()
    assert routing.apply(session) == 0
    make_report(session, theme, [])
    assert routing.apply(session) == 1


def test_words_are_whole_words_in_english_and_any_place_in_chinese() -> None:
    rule = RoutingRule(words=["Rate", "快递"], department="sales")
    assert fits(rule, Traits("the rate is high"), {})
    assert not fits(rule, Traits("separate rooms"), {})
    assert fits(rule, Traits("我的快递丢了"), {})
    assert not fits(RoutingRule(words=[".*"], department="sales"), Traits("anything"), {}), "words, not patterns"


def test_a_rule_says_what_it_is_for(session: Session, manager: Account) -> None:
    now = lately(0)
    for words, intent, channel, department in (
        ("", "", "", "sales"), ("a", "", "", "finance"), ("a", "anger", "", "sales"), ("a", "", "fax", "sales"),
        (",".join(map(str, range(40))), "", "", "sales"),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            routing.save_rule(session, None, words, None, intent, channel, department, manager, now)


def test_the_list_shows_mine_what_is_overdue_and_one_department(
    session: Session, manager: Account, theme: Theme
) -> None:
    late, ended = make_theme(session, "late"), make_theme(session, "ended")
    many = make_theme(session, "many")
    make_report(session, many, [])
    for name in ("newer", "newest"):
        make_theme(session, name)
    now, yesterday = lately(0), TODAY - timedelta(days=1)
    themes.set_owner(session, theme, manager, manager, now)
    for one in (late, ended):
        acting.set_due(session, one, yesterday, manager, now)
    themes.set_status(session, ended, "done", manager, now)
    acting.set_department(session, late, "sales", manager, now)
    session.commit()

    def shown(**fields: str) -> list[str]:
        page = listing.page(session, listing.wanted(fields), manager, TODAY, 1)
        return [row.theme.name for row in page.rows]

    order = shown()
    assert order[:2] == ["late", "many"], "what is due comes first, then what many speak of"
    assert order.index("newest") < order.index("ended"), "what has ended is not due"
    assert shown(owner="mine") == [theme.name]
    assert shown(due="over") == ["late"]
    assert shown(department="sales") == ["late"]
    assert shown(status="done") == ["ended"]
    assert sorted(shown(status="open", owner="nobody")) == ["late", "many", "newer", "newest"]
    assert listing.overdue(session, TODAY) == 1


def test_the_list_has_something_to_say_when_it_is_empty(client: FlaskClient, manager: Account) -> None:
    sign_in(client, manager)
    assert "No theme yet" in client.get("/insights/themes").get_data(as_text=True)
    assert "No theme like this" in client.get("/insights/themes?owner=mine").get_data(as_text=True)
    assert client.get("/insights/themes?status=soon").status_code == 404
    assert "No rule yet" in client.get("/insights/routing").get_data(as_text=True)


def test_a_theme_taken_along_has_covered_quotes_no_formula_and_no_link_to_private_words(
    client: FlaskClient, make: Factory, session: Session, manager: Account, theme: Theme
) -> None:
    asker = make.account("Asker")
    say(make, theme, "=HYPERLINK(1) write to joe@example.org", address="a@example.org")
    say(make, theme, "-3 stars", address="b@example.org")
    say(make, theme, "The courier lost it", by=asker)
    for n in range(3):
        say(make, theme, f"Lost <b>again</b> {n}", address=f"c{n}@example.org")
    acting.set_note(session, theme, "Ask <b>them</b>", manager, lately(0))
    session.commit()
    sign_in(client, manager)
    base = f"/insights/themes/{theme.id}/evidence"
    answer = client.get(f"{base}.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert len(rows) == 6
    quotes = {row["quote"]: row for row in rows}
    assert "'=HYPERLINK(1) write to [e-mail]" in quotes
    assert "'-3 stars" in quotes
    assert {row["score"] for row in rows} == {"-0.8"}, "numbers stay numbers"
    assert [row["quote"] for row in rows if row["link"]] == ["The courier lost it"]
    found = json.loads(client.get(f"{base}.json").get_data(as_text=True))
    assert (found["customers"], found["name_zh"], len(found["quotes"])) == (6, "快递丢包裹", 6)
    text = client.get(f"{base}.md").get_data(as_text=True)
    assert "&lt;b>again" in text
    assert "<b>" not in text
    assert "joe@example.org" not in text


def test_too_few_customers_are_exported_without_a_quote(
    client: FlaskClient, make: Factory, manager: Account, theme: Theme
) -> None:
    for n in range(4):
        say(make, theme, f"The courier lost it {n}")
    sign_in(client, manager)
    base = f"/insights/themes/{theme.id}/evidence"
    for form in ("md", "csv", "json"):
        assert "lost it" not in client.get(f"{base}.{form}").get_data(as_text=True)
    assert json.loads(client.get(f"{base}.json").get_data(as_text=True))["customers"] is None


def test_the_list_goes_by_customers_of_the_latest_report_on_wish(
    make: Factory, session: Session, client: FlaskClient, theme: Theme
) -> None:
    manager = make.account("Orderly", "manager")
    others = [make_theme(session, f"other {n}") for n in range(3)]
    report = make_report(session, theme, [])
    entry = report.content["themes"][str(theme.id)]
    shown = {theme.id: 6, others[0].id: 40, others[2].id: 9}
    themes_there = {str(key): entry | {"now": entry["now"] | {"customers": size}} for key, size in shown.items()}
    report.content = report.content | {"themes": themes_there}
    session.commit()
    sign_in(client, manager)
    text = client.get("/insights/themes?sort=customers").get_data(as_text=True)
    wanted = [others[0].id, others[2].id, theme.id, others[1].id]
    assert [int(key) for key in re.findall(r'row"><a href="/insights/themes/(\d+)"', text)] == wanted
    assert client.get("/insights/themes?sort=size").status_code == 404
    session.rollback()
