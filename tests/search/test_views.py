from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from community.db import db
from community.models import Account, Question, SavedSearch
from community.reactions import deliver_pending
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.web.world import Page


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """What is asked of the database."""
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", hear := lambda *args: seen.append(args[2]))
    yield seen
    event.remove(db.engine, "before_cursor_execute", hear)


def index_all(session: Session) -> None:
    session.rollback()
    while deliver_pending():
        pass


def solve(session: Session, question: Question) -> None:
    question.solved_at = NOW
    session.commit()


def page(client: FlaskClient, text: str, more: str = "") -> str:
    response = client.get(f"/search?q={quote(text)}{more}")
    assert response.status_code == 200
    return response.get_data(as_text=True)


# The page


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


# Suggestions


def test_similar_questions_come_as_json_the_solved_ones_first(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    near = make.question(title="The battery drains over night")
    solved = make.question(title="Battery drains", body="x")
    make.answer(solved)
    solve(session, solved)
    make.question(title="Coffee tastes of soap")
    index_all(session)
    response = client.get("/search/suggest?q=battery drains over ni")
    assert response.json == {
        "questions": [
            {
                "id": solved.id,
                "title": "Battery drains",
                "url": f"/questions/{solved.id}",
                "is_solved": True,
                "answers": 1,
            },
            {"id": near.id, "title": near.title, "url": f"/questions/{near.id}", "is_solved": False, "answers": 0},
        ]
    }


def test_similar_questions_come_as_a_piece_of_a_page(client: FlaskClient, make: Factory, session: Session) -> None:
    question = make.question(title="Battery <drains>")
    index_all(session)
    for response in (
        client.get("/search/suggest?q=battery&format=html"),
        client.get("/search/suggest?q=battery", headers={"Accept": "text/html"}),
    ):
        html = response.get_data(as_text=True)
        assert response.mimetype == "text/html"
        assert "Battery &lt;drains&gt;" in html
        assert f'href="/questions/{question.id}" target="_blank"' in html
        assert 'data-count="1 similar question"' in html
    assert "Yours seems to be new" in client.get("/search/suggest?q=zzz&format=html").get_data(as_text=True)


def test_a_page_that_knows_the_title_has_similar_questions_from_the_start(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    make.question(title="The battery drains over night")
    index_all(session)
    sign_in(client, make.account())
    html = client.get("/ask?title=battery+drains").get_data(as_text=True)
    assert 'data-count="1 similar question"' in html, "nothing is pushed down when a script asks for them later"
    assert "data-count=" in client.get("/ask?title=xylophone").get_data(as_text=True)
    assert 'data-count="' not in client.get("/ask").get_data(as_text=True)


def test_what_was_deleted_or_erased_is_not_suggested(client: FlaskClient, make: Factory, session: Session) -> None:
    deleted, erased = make.question(title="Battery one"), make.question(title="Battery two")
    index_all(session)
    deleted.deleted_at = erased.erased_at = NOW
    session.commit()
    assert client.get("/search/suggest?q=battery").json == {"questions": []}


def test_six_at_most_and_those_of_the_product_first(client: FlaskClient, make: Factory, session: Session) -> None:
    lamp = make.product("lamp")
    for number in range(8):
        make.question(title=f"Battery drains {number}")
    own = make.question(title="Battery drains x", product=lamp)
    index_all(session)
    found = (client.get("/search/suggest?q=battery drains&product=lamp").json or {})["questions"]
    assert len(found) == 6
    assert found[0]["id"] == own.id


@pytest.mark.parametrize("query", ["", "q=", "q=%F0%9F%98%80", "q=" + "x" * 9_000, "q=的", "q=%22&product=nope"])
def test_nothing_similar_is_no_error(client: FlaskClient, query: str) -> None:
    assert client.get(f"/search/suggest?{query}").json == {"questions": []}


# Saved searches


@pytest.fixture
def mira(client: FlaskClient, make: Factory, session: Session) -> Account:
    account = make.account("Mira")
    sign_in(client, account)
    session.rollback()
    return account


def kept(session: Session) -> list[tuple[str, str, str]]:
    session.rollback()
    return [(row.query, row.name, row.frequency) for row in session.query(SavedSearch).order_by(SavedSearch.id)]


def test_a_search_is_saved_from_its_page_and_changed_in_the_list(
    client: FlaskClient, mira: Account, make: Factory, session: Session
) -> None:
    make.question(title="Battery drains")
    index_all(session)
    assert "Save this search" in page(client, "battery is:unsolved")
    client.post("/searches", data={"q": "battery is:unsolved", "frequency": "weekly"})
    assert kept(session) == [("battery is:unsolved", "battery is:unsolved", "weekly")]
    assert "You have saved this search" in page(client, "battery is:unsolved")
    search_id = session.query(SavedSearch.id).scalar()
    client.post(f"/searches/{search_id}", data={"name": "My band", "frequency": "now"})
    assert kept(session) == [("battery is:unsolved", "My band", "now")]
    html = client.get("/searches").get_data(as_text=True)
    assert "My band" in html
    assert "/search?q=battery+is:unsolved" in Page(html).links("/searches")


def test_a_deleted_one_can_be_brought_back(client: FlaskClient, mira: Account, session: Session) -> None:
    client.post("/searches", data={"q": "battery", "name": "My band", "frequency": "weekly"})
    search_id = session.query(SavedSearch.id).scalar()
    session.rollback()
    html = client.post(f"/searches/{search_id}/deletion", follow_redirects=True).get_data(as_text=True)
    assert kept(session) == []
    [undo] = [fields for attributes, fields in Page(html).forms if attributes["action"] == "/searches"]
    client.post("/searches", data={name: undo[name] for name in ("q", "name", "frequency")})
    assert kept(session) == [("battery", "My band", "weekly")]
    assert "is deleted" not in client.get("/searches").get_data(as_text=True)


def test_an_empty_list_says_how_to_begin(client: FlaskClient, mira: Account) -> None:
    assert "No saved searches" in client.get("/searches").get_data(as_text=True)


def test_an_empty_search_is_refused(client: FlaskClient, mira: Account, session: Session) -> None:
    assert client.post("/searches", data={"q": "  "}).status_code == 422
    assert kept(session) == []


def test_strangers_are_asked_to_sign_in_and_others_see_nothing(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    row = SavedSearch(account_id=make.account().id, name="x", query="x", frequency="daily", created_at=NOW, ran_at=NOW)
    session.add(row)
    session.commit()
    search_id = row.id
    session.rollback()
    assert client.get("/searches").status_code == 302
    sign_in(client, make.account())
    session.rollback()
    assert client.post(f"/searches/{search_id}", data={"name": "y", "frequency": "now"}).status_code == 404
    assert client.post(f"/searches/{search_id}/deletion").status_code == 404
    assert kept(session) == [("x", "x", "daily")]
