"""The content policy holds on every page, no page needs what it forbids, and every link leads somewhere."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.reactions import deliver_pending
from tests.factories import Factory
from tests.web.world import Page, populate, sign_in_with_token

START = ["/", "/join", "/search?q=hang", "/nowhere", "/posts/1/comments", "/questions/99"]


def walk(client: FlaskClient, most: int = 150) -> dict[str, int]:
    """Open everything that can be reached by links; the status of each address."""
    waiting, seen = list(START), dict.fromkeys(START, 0)
    while waiting:
        path = waiting.pop(0)
        response = client.get(path)
        seen[path] = response.status_code
        assert "default-src 'none'" in response.headers["Content-Security-Policy"], path
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        if response.mimetype != "text/html":
            continue
        page = Page(response.get_data(as_text=True))
        assert page.refused_by_the_policy() == [], path
        for attrs, fields in page.forms:
            if attrs.get("method", "get").lower() == "post":
                assert "csrf_token" in fields, f"{path}: {attrs}"
        ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
        assert len(ids) == len(set(ids)), f"{path}: an id stands twice"
        for link in page.links(path):
            if link not in seen and len(seen) < most:
                seen[link] = 0
                waiting.append(link)
    return seen


@pytest.fixture
def settings() -> dict[str, object]:
    return {"WTF_CSRF_ENABLED": True}  # or the forms have no tokens


@pytest.mark.one_database  # tests/web/test_access.py opens every page on both
@pytest.mark.parametrize(
    ("reader", "language"),
    [
        ("stranger", "en"),
        ("asker", "zh-CN"),
        ("agent", "en"),
        ("moderator", "en"),
        ("manager", "zh-CN"),
        ("admin", "en"),
    ],
)
def test_whatever_a_reader_can_reach_is_there_and_obeys_the_policy(
    client: FlaskClient, make: Factory, session: Session, reader: str, language: str
) -> None:
    world = populate(make, session)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    if reader != "stranger":
        sign_in_with_token(client, world.accounts[reader])
    session.rollback()  # what this test has read is older than the sign-in
    deliver_pending()  # so that the search finds something
    seen = walk(client)
    assert {path: status for path, status in seen.items() if status not in {200, 302}} == {
        "/nowhere": 404, "/questions/99": 404,
    }  # fmt: skip
    assert len(seen) >= 20
