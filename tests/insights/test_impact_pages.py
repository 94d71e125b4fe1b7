"""What pages show of impact, alerts and knowledge; old reports still open; few customers are nowhere."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Account, Alert, Question, Report, Theme
from community.questions import service as questions
from mining.reports import renew_report
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.insights.making import lately, make_report, make_theme, say, statements


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


def at_noon(days: int) -> datetime:
    """So many days ago: what is said about then is said on one day, whatever the time is now."""
    return lately(days).replace(hour=12)


@pytest.fixture
def theme(make: Factory, session: Session) -> Theme:
    """Six customers of it now, four before: reported."""
    theme = make_theme(session)
    for number, word in enumerate("one two three four five six".split()):
        say(make, theme, f"{word * 3} {word} drains", by=make.account(), at=at_noon(3) + timedelta(minutes=number))
    for number in range(4):
        say(make, theme, f"Before {number}", at=lately(40))
    return theme


def page(client: FlaskClient, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200, path
    return response.get_data(as_text=True)


def raise_alert(session: Session, theme: Theme, **more: Any) -> None:
    today = datetime.now(UTC).date()
    facts = {"count": 9, "expected": 2.1, "low": 0.0, "high": 4.8, "first_seen_at": lately(0), **more}
    session.add(Alert(theme_id=theme.id, day=today, last_day=today, **facts))
    session.commit()


def test_the_page_of_a_theme_shows_each_part(client: FlaskClient, units: Units, theme: Theme, manager: Account) -> None:
    path = f"/insights/themes/{theme.id}"
    renew_report(units, datetime.now(UTC))
    sign_in(client, manager)
    shown = page(client, path)
    for words in ("Customers touched", "How negative", "Value at stake", "What it weighs", "× 0.8"):
        assert words in shown, words
    assert "were to be expected" in shown
    assert "Not shown: it takes 5 customers with a profile" in shown


def test_too_little_history_is_said_instead_of_a_number(
    client: FlaskClient, make: Factory, session: Session, units: Units, manager: Account
) -> None:
    young = make_theme(session)
    for number in range(6):
        say(make, young, f"{'abcdef'[number] * 9} drains", at=lately(3))
    path = f"/insights/themes/{young.id}"
    renew_report(units, datetime.now(UTC))
    sign_in(client, manager)
    shown = page(client, path)
    assert "Too little history" in shown
    assert "were to be expected" not in shown


def test_where_few_count_a_page_says_so_in_place_of_what_they_feel(
    client: FlaskClient, make: Factory, session: Session, units: Units, manager: Account
) -> None:
    copied = make_theme(session)
    for _ in range(6):
        say(make, copied, "The very same words about the battery", by=make.account(), at=lately(3))
    path = f"/insights/themes/{copied.id}"
    key = renew_report(units, datetime.now(UTC))
    sign_in(client, manager)
    assert page(client, path).count("Not shown: fewer than 5 customers count.") == 2
    assert "% negative ×" not in page(client, f"/insights/reports/{key}")


def test_few_customers_before_are_not_counted_out(
    client: FlaskClient, units: Units, theme: Theme, manager: Account
) -> None:
    renew_report(units, datetime.now(UTC))
    key = units.read(lambda session: session.scalars(select(Report.id)).one())
    sign_in(client, manager)
    for path in (
        "/insights",
        f"/insights/reports/{key}",
        f"/insights/reports/{key}.md",
        f"/insights/reports/{key}.html",
    ):
        assert "fewer than 5" in page(client, path).replace("&lt;", "<"), path
    content = client.get(f"/insights/reports/{key}.json").get_json()
    assert content["themes"][str(theme.id)]["before"] == {"customers": None, "mentions": None}
    assert content["totals_before"]["customers"] is None


def test_an_open_alert_stands_on_the_first_page_and_on_the_themes_and_a_past_one_only_there(
    client: FlaskClient, session: Session, theme: Theme, manager: Account
) -> None:
    over = make_theme(session, "was loud")
    make_report(session, theme, [])
    raise_alert(session, theme)
    raise_alert(session, over, ended_at=lately(0), is_new_accounts=True)
    path, other = f"/insights/themes/{theme.id}", f"/insights/themes/{over.id}"
    sign_in(client, manager)
    home = page(client, "/insights")
    assert "9 customers on" in home
    assert "battery drains" in home
    assert "was loud" not in home
    assert "more than usual" in page(client, path)
    past = page(client, other)
    assert "over since" in past
    assert "mostly new accounts" in past


def test_a_report_of_an_older_version_still_opens(
    client: FlaskClient, session: Session, theme: Theme, manager: Account
) -> None:
    key = make_report(session, theme, []).id
    paths = ["/insights", "/insights/gaps", "/insights/reports", f"/insights/themes/{theme.id}"]
    paths += [f"/insights/reports/{key}{form}" for form in ("", ".md", ".html", ".json")]
    sign_in(client, manager)
    for path in paths:
        page(client, path)


def test_gaps_lead_to_their_questions_until_they_are_deleted(
    client: FlaskClient, make: Factory, session: Session, units: Units, theme: Theme, manager: Account
) -> None:
    asked = session.scalars(select(Question).order_by(Question.id)).all()
    helper = make.account()
    given = make.answer(asked[0], helper, "Write to me at a.b@example.org and turn it off.")
    questions.accept(session, asked[0], given, session.get_one(Account, asked[0].author_id), NOW)
    session.commit()
    first, answer = asked[-1].id, f"/questions/{asked[0].id}#post-{given.id}"
    renew_report(units, datetime.now(UTC))
    sign_in(client, manager)
    shown = page(client, "/insights/gaps")
    assert "1 of 6 questions solved" in shown
    assert f'href="/questions/{first}"' in shown
    assert f'href="{answer}"' in shown
    assert "a.b@" not in shown, "covered"
    assert "turn it off" in shown
    session.rollback()
    questions.remove(session, session.get_one(Question, first), session.get_one(Account, asked[-1].author_id), NOW)
    session.commit()
    shown = page(client, "/insights/gaps")
    assert f'href="/questions/{first}"' not in shown
    assert f"/questions/{first}>" not in page(client, f"/insights/reports/{1}.md")


def test_the_page_of_gaps_says_what_is_missing_when_there_is_nothing(
    client: FlaskClient, session: Session, manager: Account
) -> None:
    sign_in(client, manager)
    assert "No report yet" in page(client, "/insights/gaps")
    session.rollback()
    make_report(session, make_theme(session), [])
    shown = page(client, "/insights/gaps")
    for words in ("No gap found", "No accepted answer yet", "No praise that enough customers share"):
        assert words in shown


def test_pages_cost_as_many_statements_for_many_themes_as_for_one(
    client: FlaskClient, make: Factory, session: Session, units: Units, theme: Theme, manager: Account
) -> None:
    renew_report(units, datetime.now(UTC))
    sign_in(client, manager)
    paths = ("/insights", "/insights/gaps", f"/insights/themes/{theme.id}")
    session.rollback()
    for path in paths:
        page(client, path)
    before = [statements(client, path) for path in paths]
    for number in range(4):
        more = make_theme(session, f"theme {number}")
        for word in "one two three four five six".split():
            say(make, more, f"{word * 3} {word} {number} drains", by=make.account(), at=lately(3))
        raise_alert(session, more)
    renew_report(units, datetime.now(UTC) + timedelta(seconds=1))
    assert [statements(client, path) for path in paths] == before
