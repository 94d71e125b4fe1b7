"""Each list as an Atom feed that keeps the musts of RFC 4287, whatever people write."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from community.models import Account, Question
from community.questions import service, watching
from community.questions.feed_views import feed_key
from community.web.feeds import NOT_XML
from tests.conftest import NOW
from tests.factories import Factory, sign_in

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = ("/questions.atom", *(f"/questions/{order}.atom" for order in ("active", "unanswered", "unsolved", "hot")))
LATER = NOW + timedelta(hours=5)
NASTY = "Bell \x07, escape \x1b[31m, form feed \x0c, \ufffe and \uffff, ]]> & <b>bold</b> 灯 😀"


def read(client: FlaskClient, path: str) -> Element:
    response = client.get(path)
    assert response.status_code == 200
    assert response.content_type == "application/atom+xml; charset=utf-8"
    return fromstring(response.data, forbid_dtd=True)  # type: ignore[no-any-return]


def texts(element: Element, name: str) -> list[str]:
    return [found.text or "" for found in element.findall(ATOM + name)]


def moment(text: str) -> datetime:
    """As RFC 3339 has it, with a zone."""
    parsed = datetime.fromisoformat(text)
    assert parsed.tzinfo
    return parsed


def obeys(feed: Element) -> list[Element]:
    """The musts of RFC 4287 for a feed (4.1.1) and its entries (4.1.2); the entries."""
    assert feed.tag == ATOM + "feed"
    for element in (feed, *feed.findall(ATOM + "entry")):
        for name in ("id", "title", "updated"):
            assert len(texts(element, name)) == 1, name
            assert texts(element, name)[0].strip() or name == "title"
        assert urlsplit(texts(element, "id")[0]).scheme in {"http", "https"}, "an IRI with a scheme"
        moment(texts(element, "updated")[0])
        alternates = [link for link in element.findall(ATOM + "link") if link.get("rel", "alternate") == "alternate"]
        assert len({(link.get("type"), link.get("hreflang")) for link in alternates}) == len(alternates)
        assert all(urlsplit(link.get("href", "")).netloc for link in element.findall(ATOM + "link"))
    entries = feed.findall(ATOM + "entry")
    ids = [texts(entry, "id")[0] for entry in entries]
    assert len(ids) == len(set(ids)), "no two entries have one id"
    for entry in entries:
        (author,) = entry.findall(ATOM + "author")
        assert texts(author, "name")[0].strip()
        assert moment(texts(entry, "published")[0]) <= moment(texts(entry, "updated")[0])
        (content,) = entry.findall(ATOM + "content")
        assert content.get("type") == "html"
        assert len(content) == 0, "escaped, no elements of its own"
        assert all(category.get("term") for category in entry.findall(ATOM + "category"))
    links = {link.get("rel"): link.get("href") for link in feed.findall(ATOM + "link")}
    assert links["self"]
    return entries


@pytest.mark.parametrize("path", FEEDS)
def test_each_list_has_a_feed_that_keeps_the_musts(client: FlaskClient, make: Factory, path: str) -> None:
    assert obeys(read(client, path)) == []
    asked = make.question(
        title="Bold & <b>brave</b>", body="**Since** today <script>alert(1)</script>", tags=["a", "灯"]
    )
    make.comment(asked)
    feed = read(client, path)
    (entry,) = obeys(feed)
    assert texts(entry, "title") == ["Bold & <b>brave</b>"]
    html = texts(entry, "content")[0]
    assert "<strong>Since</strong>" in html
    assert "<script" not in html
    assert [category.get("term") for category in entry.findall(ATOM + "category")] == ["a", "灯"]
    page = next(link.get("href") for link in feed.findall(ATOM + "link") if link.get("rel") == "alternate")
    assert client.get(urlsplit(page or "").path).status_code == 200


def test_each_feed_has_an_id_of_its_own(client: FlaskClient, make: Factory) -> None:
    make.question(tags=["a"], product=make.product("lamp"))
    paths = [*FEEDS, "/questions.atom?tag=a", "/questions.atom?product=lamp", "/questions/hot.atom?tag=a"]
    ids = [texts(read(client, path), "id")[0] for path in paths]
    assert len(set(ids)) == len(paths)


def test_a_feed_is_as_narrow_as_its_list(client: FlaskClient, make: Factory) -> None:
    make.question(title="About the lamp", product=make.product("lamp"))
    make.question(title="About the battery", tags=["battery"])
    for query, title in (("product=lamp", "About the lamp"), ("tag=battery", "About the battery")):
        assert [texts(entry, "title") for entry in obeys(read(client, f"/questions.atom?{query}"))] == [[title]]
    assert client.get("/questions.atom?product=sofa").status_code == 404


def test_the_list_tells_browsers_of_its_feed(client: FlaskClient, make: Factory) -> None:
    make.question(tags=["a"])
    for page, feed in (("/questions", "/questions.atom"), ("/questions/hot?tag=a", "/questions/hot.atom?tag=a")):
        assert 'type="application/atom+xml" title=' in client.get(page).get_data(as_text=True)
        assert f'href="{feed}"' in client.get(page).get_data(as_text=True)


def test_text_that_xml_cannot_hold_does_not_break_the_feed(
    client: FlaskClient, session: Session, make: Factory
) -> None:
    asked = make.question(make.account("Ann\x08a"), title="A bell \x07 rings", body=NASTY)
    (entry,) = obeys(read(client, "/questions.atom"))
    assert texts(entry, "title") == ["A bell  rings"]
    assert "😀" in texts(entry, "content")[0]
    assert asked.body == NASTY


@given(text=st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=200))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_breaks_the_feed(client: FlaskClient, session: Session, make: Factory, text: str) -> None:
    session.rollback()
    asked = session.query(Question).first() or make.question()
    asked.title, asked.body = text[:200], text
    session.commit()
    (entry,) = obeys(read(client, "/questions.atom"))
    assert texts(entry, "title") == [NOT_XML.sub("", text).replace("\r\n", "\n").replace("\r", "\n")]


def test_a_reader_that_has_it_already_gets_nothing(client: FlaskClient, session: Session, make: Factory) -> None:
    asked = make.question()
    path = "/questions/active.atom"
    first = client.get(path)
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]
    assert date == format_datetime(NOW.astimezone(UTC), usegmt=True)
    for headers in (
        {"If-None-Match": tag},
        {"If-Modified-Since": date},
        {"If-None-Match": tag, "If-Modified-Since": date},
    ):
        again = client.get(path, headers=headers)
        assert (again.status_code, again.data) == (304, b"")
    service.comment(session, asked, "Which one?", make.account(), LATER)
    session.commit()
    for headers in ({"If-None-Match": tag}, {"If-Modified-Since": date}):
        assert client.get(path, headers=headers).status_code == 200


def test_a_feed_of_another_language_is_another_feed(client: FlaskClient, make: Factory) -> None:
    make.question()
    english, chinese = (client.get("/questions.atom", headers={"Accept-Language": tag}) for tag in ("en", "zh-CN"))
    assert english.headers["ETag"] != chinese.headers["ETag"]
    assert "Accept-Language" in english.headers["Vary"]


@pytest.fixture
def reader(session: Session, make: Factory) -> Account:
    """Someone who watches one of two questions."""
    account = make.account("Reader")
    asked = make.question(title="Watched by me")
    make.question(title="Watched by nobody")
    watching.watch(session, asked, "watching", account, NOW)
    session.commit()
    return account


def own_feed(app: Flask, account: Account) -> str:
    with app.test_request_context():
        return f"/feeds/watched/{feed_key(account)}.atom"


def test_ones_own_list_is_read_without_signing_in_by_an_address_that_is_the_secret(
    app: Flask, client: FlaskClient, reader: Account
) -> None:
    path = own_feed(app, reader)
    assert [texts(entry, "title") for entry in obeys(read(client, path))] == [["Watched by me"]]
    assert client.get(path).headers["X-Robots-Tag"] == "noindex"
    sign_in(client, reader)
    assert f'href="{path}"' in client.get("/questions/watched").get_data(as_text=True)


def test_the_address_ends_with_the_password(app: Flask, client: FlaskClient, session: Session, reader: Account) -> None:
    path = own_feed(app, reader)
    reader.fs_uniquifier = "0" * 32
    session.commit()
    assert client.get(path).status_code == 404
    assert client.get(own_feed(app, reader)).status_code == 200


def test_a_suspended_account_has_no_feed(app: Flask, client: FlaskClient, session: Session, reader: Account) -> None:
    path = own_feed(app, reader)
    reader.active = False
    session.commit()
    assert client.get(path).status_code == 404


def test_the_address_of_one_account_does_not_open_anothers(
    app: Flask, client: FlaskClient, make: Factory, reader: Account
) -> None:
    path = own_feed(app, reader)
    for forged in (
        path.replace(".", ".x", 1),
        path.replace("/watched/", "/watched/x"),
        "/feeds/watched/.atom",
        "/feeds/watched/W10.atom",
    ):
        assert client.get(forged).status_code == 404, forged
    assert own_feed(app, make.account()) != path
