"""Saving a search from its page, and the list of those saved."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.models import Account, SavedSearch
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.search.paging import index_all, page
from tests.web.world import Page


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
