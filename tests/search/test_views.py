"""The page of a search: hits, filters, facets, and what it says when there is nothing."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from community.db import db
from tests.conftest import NOW
from tests.factories import Factory
from tests.search.paging import index_all, page, solve
from tests.web.world import Page


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """What is asked of the database."""
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", hear := lambda *args: seen.append(args[2]))
    yield seen
    event.remove(db.engine, "before_cursor_execute", hear)


def test_without_a_query_it_says_what_can_be_typed(client: FlaskClient) -> None:
    html = page(client, "")
    for operator in ("is:solved", "is:company", "author:", "lang:zh", "before:2026", "tag:", "product:"):
        assert operator in html


def test_hits_are_marked_and_say_how_it_stands(client: FlaskClient, make: Factory, session: Session) -> None:
    question = make.question(make.account("Mira Solberg"), title="Battery drains", body="since the update")
    answer = make.answer(question, make.account("Support", "agent"), body="The battery is <b>fine</b>")
    solve(session, question)
    index_all(session)
    html = page(client, "battery fine")
    assert "<mark>battery</mark> is &lt;b&gt;<mark>fine</mark>" in html
    assert f"/posts/{answer.id}" in html
    for text in ("solved", "1 answer", "Support", "Company", "in an answer"):
        assert text in html
    assert "1 question" in html


def test_a_deleted_post_is_not_shown_even_before_the_index_knows(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    question = make.question(title="Battery secret")
    index_all(session)
    question.deleted_at = NOW
    session.commit()
    assert "secret" not in page(client, "battery").replace('value="secret"', "")


def test_an_answer_below_an_erased_question_is_shown_without_its_title(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    question = make.question(title="My street")
    make.answer(question, body="The battery")
    question.erased_at, question.title = NOW, ""
    session.commit()
    index_all(session)
    html = page(client, "battery")
    assert "A question whose words were erased" in html
    assert "My street" not in html


def test_operators_are_chips_that_can_be_taken_off(client: FlaskClient, make: Factory, session: Session) -> None:
    make.question(title="Battery drains", product=make.product("lamp"))
    index_all(session)
    html = page(client, "battery product:lamp -is:solved")
    assert "Product: Lamp" in html
    assert "not: solved" in html
    links = Page(html).links("/search")
    assert "/search?q=battery+-is:solved" in links
    assert "/search?q=battery+product:lamp" in links


def test_it_says_which_filter_it_does_not_know_and_which_there_are(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    make.question(title="Battery drains")
    index_all(session)
    html = page(client, "battery is:strange")
    assert "“is:strange” is not a filter here" in html
    assert "<code>is:answered</code>" in html
    known = page(client, "battery is:answered")
    assert "is not a filter here" not in known
    assert "with answers" in known, "as a chip"


def test_a_tag_that_nobody_has_can_be_looked_for_as_a_word(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    make.question(title="电池 drains")
    index_all(session)
    html = page(client, "tag:电池")
    assert "Nothing found" in html
    assert f"/search?q={quote('电池')}" in Page(html).links("/search")


def test_facets_are_links_with_counts(client: FlaskClient, make: Factory, session: Session) -> None:
    lamp, band = make.product("lamp"), make.product("band")
    make.question(title="Battery one", product=lamp, tags=["power"])
    solve(session, make.question(title="Battery two", product=band, tags=["power"]))
    make.question(title="手環 battery 耗電", product=band)
    index_all(session)
    links = Page(html := page(client, "battery")).links("/search")
    for operator in ("product:lamp", "product:band", "tag:power", "is:solved", "is:unsolved", "lang:zh", "lang:en"):
        assert f"/search?q=battery+{operator}" in links
    assert "Narrow it down" in html
    assert "/search?q=battery+product:band+product:lamp" not in Page(page(client, "battery product:band")).links(
        "/search"
    )


def test_the_newest_can_come_first(client: FlaskClient, make: Factory, session: Session) -> None:
    make.question(title="Battery battery tortoise")
    make.question(title="A hare with a battery", now=NOW.replace(hour=13))
    index_all(session)
    best, newest = page(client, "battery"), page(client, "battery", "&order=newest")
    assert best.index("tortoise") < best.index("A hare")
    assert newest.index("A hare") < newest.index("tortoise")


def test_narrowing_keeps_the_order(client: FlaskClient, make: Factory, session: Session) -> None:
    make.question(title="Battery one", tags=["power"])
    make.question(title="Battery two")
    index_all(session)
    html = page(client, "battery is:unsolved", "&order=newest")
    assert "/search?q=battery+is:unsolved+tag:power&amp;order=newest" in html, "a facet"
    assert '"chip" href="/search?q=battery&amp;order=newest"' in html, "an operator taken off"


def test_a_page_costs_the_same_however_many_hits_there_are(
    client: FlaskClient, make: Factory, session: Session, statements: list[str]
) -> None:
    lamp = make.product("lamp")
    make.question(title="Battery lonely", product=lamp, tags=["power"])
    for number in range(12):
        make.answer(make.question(title=f"Screen {number}", product=lamp, tags=["power", f"t{number}"]))
    index_all(session)
    counts = []
    for text in ("battery", "screen"):
        page(client, text)
        statements.clear()
        page(client, text)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 12


@pytest.mark.parametrize(
    "text", ['"', "a" * 5_000, "product:", "is:strange", "-", "<script>alert(1)</script>", "page:9", "电池"]
)
def test_whatever_is_typed_is_answered(client: FlaskClient, make: Factory, session: Session, text: str) -> None:
    make.question(title="Battery")
    index_all(session)
    html = page(client, text)
    assert "<script>alert" not in html
    assert Page(html).refused_by_the_policy() == []


def test_without_an_index_it_says_that_it_is_being_built(client: FlaskClient) -> None:
    assert "The index is being built" in page(client, "battery")


def test_nothing_found_leads_on(client: FlaskClient, make: Factory, session: Session) -> None:
    make.question(title="The battery drains")
    index_all(session)
    assert "Did you mean “battery”?" in page(client, "batttery")
    assert "/ask?title=xylophone" in page(client, "xylophone")
    assert '/ask?title=battery+melts"' in page(client, "battery melts -cold is:unsolved"), "also below poor results"
    assert "Take something off above" in page(client, "is:company xylophone")
    assert "No more results" in page(client, "battery", "&page=40")
