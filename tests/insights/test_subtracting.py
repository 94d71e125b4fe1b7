"""What an attacker takes from one another: pages read at two moments, and the moods of a chart's weeks."""

import re

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.models import Account, Theme
from tests.factories import Factory, sign_in
from tests.insights.making import lately, make_report, make_theme, say
from tests.insights.test_anonymity import detail


@pytest.fixture
def theme(session: Session) -> Theme:
    return make_theme(session)


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


def test_who_spoke_since_the_report_is_not_the_difference_of_two_pages(
    client: FlaskClient, session: Session, make: Factory, theme: Theme, manager: Account
) -> None:
    """An attacker reads page and export beside the report, and again after each new word."""
    for n in range(6):
        say(make, theme, f"Phone {n} drains", address=f"p{n}@example.org", at=lately(2))
    make_report(session, theme, [])
    sign_in(client, manager)
    before = figures(client, theme)
    session.rollback()
    say(make, theme, "Phone of Xenia drains", address="xenia", at=lately(0), channel="chat", sentiment="positive")
    assert figures(client, theme) == before, "Xenia alone would be the difference"
    make_report(session, theme, [])
    assert figures(client, theme)[1] == before[1] + 1


def figures(client: FlaskClient, theme: Theme) -> tuple[list[str], int, int]:
    """The tiles of the page, customers as they are exported, and quotes as they are listed."""
    page = client.get(f"/insights/themes/{theme.id}").get_data(as_text=True)
    exported = client.get(f"/insights/themes/{theme.id}/evidence.json").get_json()
    listed = client.get(f"/insights/themes/{theme.id}/quotes").get_data(as_text=True)
    tiles = re.findall(r"<d[td][^>]*>([^<]*)<", page.split('<dl class="tiles">', 1)[1].split("</dl>", 1)[0])
    return (
        tiles,
        exported["theme"]["customers"] if "theme" in exported else exported["customers"],
        listed.count("drains"),
    )


def test_the_chart_tells_no_mood_of_few(
    client: FlaskClient, session: Session, make: Factory, theme: Theme, manager: Account
) -> None:
    """Neither one delighted customer among six, nor their number beside the others."""
    for n in range(6):
        say(make, theme, f"Phone {n} drains", address=f"p{n}@example.org", at=lately(2))
    say(make, theme, "A lovely phone", address="xenia", at=lately(2), sentiment="positive")
    assert list(detail(session, theme).by_week.values()) == [{"hidden": 7}]
    for n in range(4):
        say(make, theme, f"A phone {n}", address=f"r{n}@example.org", at=lately(2), sentiment="neutral")
    found = detail(session, theme)
    assert list(found.by_week.values()) == [{"negative": 6, "hidden": 5}], "five are no small group together"
    assert found.sentiments == {"negative": 6}
    sign_in(client, manager)
    page = client.get(f"/insights/themes/{theme.id}").get_data(as_text=True)
    assert "moods of too few customers to tell" in page
    assert 'class="chart-bar-positive" x' not in page
    session.rollback()
    for n in range(5):
        say(make, theme, f"Nice phone {n}", address=f"q{n}@example.org", at=lately(2), sentiment="positive")
    say(make, theme, "A phone of five", address="r5@example.org", at=lately(2), sentiment="neutral")
    assert list(detail(session, theme).by_week.values()) == [{"negative": 6, "positive": 6, "neutral": 5}]


def test_a_mood_that_is_hidden_is_not_said_to_be_nobodys(
    app: Flask, session: Session, make: Factory, theme: Theme
) -> None:
    report = make_report(session, theme, [])
    totals = report.content["totals"] | {
        "verbatims": 12,
        "sentiments": {"negative": 7, "positive": None, "mixed": None},
    }
    report.content = report.content | {"totals": totals}
    session.commit()
    with app.test_request_context():
        made = render_template("insights/_totals.html", content=report.content)
    assert "other moods, too few customers to tell 5" in " ".join(made.split())
    assert "positive" not in made
