"""Questions like the one that is being asked, as JSON and as a piece of a page."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.search.paging import index_all, solve


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
