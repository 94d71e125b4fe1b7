"""Nobody is recognised in an aggregate: no group under five customers, private words masked and without a link."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.insights import queries, quoting, rendering
from community.insights.charts import day_chart, sparkline, weekly
from community.models import Account, Answer, Question, Theme, Verbatim
from community.questions import service as questions
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.insights.making import lately, make_report, make_theme, say

LEAST = 5


@pytest.fixture
def theme(session: Session) -> Theme:
    return make_theme(session)


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


def detail(session: Session, theme: Theme) -> queries.ThemeDetail:
    return queries.theme_detail(session, theme.id, lately(30), lately(0), LEAST)


def test_four_customers_show_nothing_and_the_fifth_shows_all(
    client: FlaskClient, session: Session, make: Factory, theme: Theme, manager: Account
) -> None:
    for n in range(4):
        for again in range(3):
            room = ("kitchen", "office", "garden", "cellar")[n]
            say(make, theme, f"Phone {room} {again}", address=f"p{n}@example.org")
    found = detail(session, theme)
    assert (found.is_too_small, found.mentions, found.by_day, found.sentiments) == (True, 0, {}, {})
    path = f"/insights/themes/{theme.id}"
    sign_in(client, manager)
    page = client.get(path).get_data(as_text=True)
    assert "Phone" not in page
    assert '<svg class="chart"' not in page
    assert "Too few customers" in page
    session.rollback()
    say(make, theme, "Phone 4 drains too", address="p4@example.org")
    found = detail(session, theme)
    assert (found.is_too_small, found.mentions, found.customers) == (False, 13, 5)
    page = client.get(path).get_data(as_text=True)
    assert page.count("Phone ") >= 5


def test_small_groups_are_left_out_and_what_would_give_them_away(session: Session, make: Factory, theme: Theme) -> None:
    """Nine of fifteen texts are one customer's: with the other six shown, the sum would tell."""
    for n in range(6):
        say(make, theme, f"Phone {n} drains", address=f"p{n}@example.org", language="en", channel="email")
    for _ in range(9):
        say(
            make, theme, "手机耗电太快了", address="zhang", channel="chat", language="zh-Hans", sentiment="positive",
            intent="praise",
        )  # fmt: skip
    found = detail(session, theme)
    assert (found.customers, found.mentions) == (7, 15)
    for groups in (found.languages, found.channels, found.sentiments, found.intents):
        assert dict(groups) == {}
    for n in range(8):
        say(
            make, theme, f"電話 {n}", address=f"q{n}@example.org", channel="phone", language="zh-Hant",
            sentiment="neutral", intent="question",
        )  # fmt: skip
    found = detail(session, theme)
    assert dict(found.languages) == {"zh-Hant": 8}
    assert dict(found.channels) == {"phone": 8}
    assert dict(found.sentiments) == {"neutral": 8}
    assert dict(found.intents) == {"question": 8}


def test_a_day_of_one_customer_is_not_shown_in_the_chart(session: Session, make: Factory, theme: Theme) -> None:
    for n in range(5):
        say(make, theme, f"Phone {n} drains", address=f"p{n}@example.org", at=lately(2))
        say(make, theme, f"Phone {n} drains again", address=f"p{n}@example.org", at=lately(10))
    say(make, theme, "Phone 6 drains", address="p6@example.org", at=lately(10))
    say(make, theme, "Phone 9 drains", address="p9@example.org", at=lately(20))
    assert list(detail(session, theme).by_day) == [lately(10).date()], "the smallest of the others hides it"
    assert list(detail(session, theme).by_week.values()) == [{"negative": 6}], "nor in the chart by week"


def test_words_of_another_period_are_not_counted(session: Session, make: Factory, theme: Theme) -> None:
    for n in range(5):
        say(make, theme, f"Phone {n} drains", address=f"p{n}@example.org", at=lately(2 if n else 40))
    assert detail(session, theme).is_too_small
    assert queries.theme_detail(session, theme.id, lately(90), lately(0), LEAST).mentions == 5


def test_private_words_are_masked_and_lead_nowhere(
    client: FlaskClient, session: Session, make: Factory, theme: Theme, manager: Account
) -> None:
    say(make, theme, "Battery dead, call 138 0013 8000 or a.b@example.org", address="p@example.org")
    for n in range(3):
        say(make, theme, f"Battery {n} drains", address=f"p{n}@example.org")
    public = say(make, theme, "In public: write to c.d@example.org, the battery drains", by=make.account("Public"))
    found = {quote.text: quote for quote in quoting.quoted(session, theme.id, lately(30), lately(0)).telling}
    assert len(found) == 5
    private = found["Battery dead, call [phone] or [e-mail]"]
    assert (private.is_private, private.question_id, private.post_id) == (True, None, None)
    shown = found["In public: write to [e-mail], the battery drains"]
    question = session.scalars(select(Question)).one()
    assert (shown.mention_id, shown.question_id, shown.is_private) == (public.id, question.id, False)
    path = f"/insights/themes/{theme.id}"
    sign_in(client, manager)
    page = client.get(path).get_data(as_text=True)
    for secret in ("138 0013", "a.b@", "c.d@", "p@example.org", "/complaints/", "/customers/"):
        assert secret not in page.partition("<main")[2], secret
    assert f"/questions/{question.id}#post-{question.id}" in page


def test_a_quote_from_an_answer_leads_to_its_question(session: Session, make: Factory, theme: Theme) -> None:
    asked = make.question()
    given = make.answer(asked, body="The battery drains here too.")
    say(make, theme, "The battery drains")
    mention = say(make, theme, "The battery drains a lot")
    verbatim = session.scalars(select(Verbatim).where(Verbatim.post_id == given.id)).one()
    mention.verbatim_id, mention.end = verbatim.id, 10
    session.commit()
    quote = queries.quotes(session, [mention.id])[mention.id]
    assert (quote.question_id, quote.post_id) == (asked.id, given.id)
    assert isinstance(session.get(Answer, quote.post_id), Answer)


def test_one_customer_is_quoted_once(session: Session, make: Factory, theme: Theme) -> None:
    for n in range(3):
        say(make, theme, f"My phone drains, number {n}", address="p@example.org", score=-0.5 - n / 10)
    say(make, theme, "Mine drains too", address="q@example.org")
    found = quoting.quoted(session, theme.id, lately(30), lately(0)).telling
    assert sorted(quote.text for quote in found) == ["Mine drains too", "My phone drains, number 2"]


def test_a_deleted_text_vanishes_from_a_stored_report(
    client: FlaskClient, session: Session, make: Factory, theme: Theme, manager: Account
) -> None:
    author = make.account()
    gone = say(make, theme, "The battery died on holiday", by=author)
    kept = say(make, theme, "The battery lasts an hour")
    report = make_report(session, theme, [gone.id, kept.id])
    paths = [f"/insights/reports/{report.id}{form}" for form in ("", ".md", ".html", ".json")]
    asked = session.scalars(select(Question)).one()
    sign_in(client, manager)
    for path in paths:
        page = client.get(path).get_data(as_text=True)
        assert "died on holiday" in page, path
        assert "lasts an hour" in page, path
    session.rollback()
    questions.remove(session, asked, author, NOW)
    session.commit()
    for path in paths:
        page = client.get(path).get_data(as_text=True)
        assert "died on holiday" not in page, path
        assert "lasts an hour" in page, path
    assert "died" not in rendering.render(report.id, "terminal", "en")


def test_an_edited_text_vanishes_from_a_stored_report(session: Session, make: Factory, theme: Theme) -> None:
    author = make.account()
    mention = say(make, theme, "The battery died on holiday", by=author)
    report = make_report(session, theme, [mention.id])
    asked = session.scalars(select(Question)).one()
    questions.edit(session, asked, "All is well", "It was my fault.", author, NOW)
    session.commit()
    assert "died" not in rendering.render(report.id, "md", "en")


def test_a_report_is_read_in_the_readers_language(
    client: FlaskClient, session: Session, make: Factory, theme: Theme, manager: Account
) -> None:
    report = make_report(session, theme, [])
    path = f"/insights/reports/{report.id}"
    sign_in(client, manager)
    assert "电池耗电" in client.get(path, headers={"Accept-Language": "zh"}).get_data(as_text=True)
    assert "battery drains" in client.get(path, headers={"Accept-Language": "en"}).get_data(as_text=True)


def test_the_report_shows_how_many_feelings_are_mixed(
    client: FlaskClient, session: Session, theme: Theme, manager: Account
) -> None:
    report = make_report(session, theme, [])
    moods = {"negative": 3, "mixed": 2, "positive": 1}
    report.content = report.content | {"totals": report.content["totals"] | {"sentiments": moods}}
    session.commit()
    sign_in(client, manager)
    page = client.get(f"/insights/reports/{report.id}").get_data(as_text=True)
    assert "3 negative, 2 mixed, 0 neutral, 1 positive" in page
    assert 'class="chart-bar-mixed" x="50.000%" width="33.333%"' in page


def test_a_download_is_a_file_of_its_kind(
    client: FlaskClient, session: Session, make: Factory, theme: Theme, manager: Account
) -> None:
    report = make_report(session, theme, [say(make, theme, "The <b>battery</b> drains").id])
    path = f"/insights/reports/{report.id}"
    sign_in(client, manager)
    for form, kind in (("md", "text/markdown"), ("json", "application/json"), ("html", "text/html")):
        response = client.get(f"{path}.{form}")
        assert response.mimetype == kind
        assert response.headers["Content-Disposition"].startswith("attachment")
    assert "&lt;b&gt;battery" in client.get(f"{path}.html").get_data(as_text=True)
    assert (
        client.get(f"{path}.json").get_json()["themes"][str(theme.id)]["quotes"][0]["text"]
        == "The <b>battery</b> drains"
    )
    assert client.get(f"{path}.exe").status_code == 404
    assert client.get("/insights/reports/99.md").status_code == 404


def test_the_links_of_a_download_lead_to_this_site(
    client: FlaskClient, session: Session, make: Factory, theme: Theme, manager: Account
) -> None:
    report = make_report(session, theme, [say(make, theme, "The battery drains", by=make.account()).id])
    path = f"/insights/reports/{report.id}.md"
    sign_in(client, manager)
    page = client.get(path, base_url="http://localhost:8080").get_data(as_text=True)
    assert "<http://localhost:8080/questions/" in page


def test_a_chart_holds_one_bar_a_day_within_its_frame() -> None:
    first = datetime(2026, 6, 1, tzinfo=UTC).date()
    counts = {first + timedelta(n): {"negative": n, "positive": 30 - n} for n in range(30)}
    chart = day_chart(counts, first, 30, ("negative", "neutral", "positive"))
    assert len(chart.bars) == 30
    for bar in chart.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= chart.width + 0.1
        assert sum(height for _, _, height in bar.parts) <= chart.base
        assert all(0 <= y <= chart.base for _, y, _ in bar.parts)
    assert day_chart({}, first, 30, ("negative",)).ticks
    assert sparkline([1]) == ""
    assert len(sparkline([0, 0, 0]).split()) == 3
    assert sum(weekly(list(range(90)))) == sum(range(90))
