"""What search engines and previews of links read: sitemaps, robots.txt, canonical addresses, Open Graph, schema.org."""

import json
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import pytest
from defusedxml.ElementTree import fromstring
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.models import Account, Answer, Question
from community.questions import feed_views, service
from community.questions.thread import ANSWERS
from community.questions.votes import vote
from tests.conftest import NOW
from tests.factories import Factory

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def places(client: FlaskClient, path: str) -> list[str]:
    """The paths that a sitemap or an index of them lists."""
    response = client.get(path)
    assert response.status_code == 200
    assert response.content_type == "application/xml; charset=utf-8"
    found = fromstring(response.data, forbid_dtd=True).findall(f"*/{MAP}loc")
    assert all(urlsplit(one.text).netloc for one in found), "whole addresses"
    return [urlsplit(one.text).path for one in found]


def test_the_sitemaps_hold_each_question_once_and_none_that_is_gone(
    client: FlaskClient, session: Session, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_views, "A_SITEMAP", 10)
    asker = make.account()
    asked = [make.question(asker) for _ in range(8)]
    for _ in range(15):  # ids in between, a whole sitemap of them without a question
        make.answer(asked[0], asker, "Hold it.")
    asked += [make.question(asker) for _ in range(4)]
    service.remove(session, asked[2], asker, NOW)
    asked[3].erased_at = NOW
    session.commit()
    sitemaps = places(client, "/sitemap.xml")
    assert sitemaps == ["/sitemaps/questions-0.xml", "/sitemaps/questions-2.xml"]
    listed = [place for sitemap in sitemaps for place in places(client, sitemap)]
    assert listed == [f"/questions/{row.id}" for row in asked if row not in (asked[2], asked[3])]
    assert client.get("/sitemaps/questions-1.xml").status_code == 404
    assert client.get("/sitemaps/questions-99.xml").status_code == 404


def test_a_sitemap_says_when_a_question_changed_last(client: FlaskClient, session: Session, make: Factory) -> None:
    asked = make.question()
    service.comment(session, asked, "Which one?", make.account(), NOW + timedelta(days=3))
    session.commit()
    for path in ("/sitemap.xml", "/sitemaps/questions-0.xml"):
        assert [row.text for row in fromstring(client.get(path).data).findall(f"*/{MAP}lastmod")] == ["2026-06-04"]


def test_robots_may_read_the_forum_and_not_what_belongs_to_people(client: FlaskClient) -> None:
    response = client.get("/robots.txt")
    assert response.mimetype == "text/plain"
    rules = RobotFileParser()
    rules.parse(response.get_data(as_text=True).splitlines())
    for path in ("/", "/questions", "/questions/7", "/questions/hot", "/sitemap.xml"):
        assert rules.can_fetch("Anybot", path), path
    for path in ("/sign-in", "/join", "/settings/privacy", "/home", "/search?q=lamp", "/notifications", "/api/v1/me"):
        assert not rules.can_fetch("Anybot", path), path
    (sitemap,) = rules.site_maps() or []
    assert client.get(urlsplit(sitemap).path).status_code == 200


def head(client: FlaskClient, path: str, **request: Any) -> dict[str, str]:
    """What the page's head says by `link rel` and `meta`."""
    page = client.get(path, **request).get_data(as_text=True).split("</head>")[0]
    found = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', page))
    return found | dict(re.findall(r'<link rel="([^"]+)" href="([^"]*)">', page))


def test_one_question_has_one_address_per_page(client: FlaskClient, session: Session, make: Factory) -> None:
    asker = make.account()
    asked = make.question(asker, title="Does it hang?", body="Since **today**.")
    session.add_all(
        Answer(question_id=asked.id, body="Hold it.", author_id=asker.id, created_at=NOW) for _ in range(ANSWERS + 1)
    )
    session.commit()
    path = f"/questions/{asked.id}"
    for query, canonical in (
        ("", path),
        ("?sort=newest", path),
        ("?page=2", f"{path}?page=2"),
        ("?page=9", f"{path}?page=2"),
    ):
        told = head(client, path + query)
        assert told["canonical"] == told["og:url"]
        assert told["canonical"].endswith(canonical)
        assert urlsplit(told["canonical"]).netloc
    assert (told["og:title"], told["og:description"], told["og:type"]) == ("Does it hang?", "Since today.", "article")
    assert told["description"] == "Since today."
    assert "noindex" in head(client, f"{path}?sort=newest")["robots"], "the same answers in another order"


def test_whole_addresses_follow_the_setting_else_the_reader(app: Flask, client: FlaskClient, make: Factory) -> None:
    path = f"/questions/{make.question().id}"
    asked_for = head(client, path, base_url="https://forum.example")["canonical"]
    app.config["SITE_URL"] = "https://ask.example"
    assert asked_for == f"https://forum.example{path}"
    assert head(client, path, base_url="https://forum.example")["canonical"] == f"https://ask.example{path}"


def test_lists_have_one_address_whatever_the_key(client: FlaskClient, make: Factory) -> None:
    make.question(tags=["a"])
    key = "2030-01-01T00:00:00%2B00:00_1"
    for path in ("/questions", "/questions/hot", "/questions?tag=a"):
        joint = "&" if "?" in path else "?"
        assert head(client, path)["canonical"].endswith(path)
        assert "robots" not in head(client, path)
        later = head(client, f"{path}{joint}after={key}")
        assert later["canonical"].endswith(path)
        assert later["robots"] == "noindex, follow"


def test_every_page_for_all_has_one_address_and_a_preview(client: FlaskClient, session: Session, make: Factory) -> None:
    author = make.account("Mira Solberg")
    author.about = "I repair **lamps**."
    make.question(author, tags=["a"], product=make.product("lamp"))
    session.commit()
    for path in (
        "/", "/questions", "/questions/hot", "/questions?product=lamp", "/questions?tag=a", "/tags", "/people", "/badges",
        "/badges/helper", "/you-said", f"/people/{author.handle}",
    ):  # fmt: skip
        told = head(client, path)
        assert told["canonical"] == told["og:url"]
        assert told["canonical"].endswith(path), path
        assert told["og:title"], path
        assert told["og:image"].startswith("http"), path
    assert (told["og:title"], told["og:description"], told["og:type"]) == (author.name, "I repair lamps.", "profile")
    assert head(client, "/questions/hot")["og:title"] == "Questions · Hot"


def entity(client: FlaskClient, asked: Question) -> dict[str, Any]:
    page = client.get(f"/questions/{asked.id}").get_data(as_text=True)
    (text,) = DATA.findall(page)
    data = json.loads(text)
    assert (data["@context"], data["@type"]) == ("https://schema.org", "QAPage")
    found = data["mainEntity"]
    assert isinstance(found, dict)
    return found


@pytest.fixture
def asker(make: Factory) -> Account:
    return make.account("Asker")


def test_a_question_is_told_as_a_qa_page(client: FlaskClient, session: Session, make: Factory, asker: Account) -> None:
    asked = make.question(asker, title="Does it hang?", body="Since **today**.")
    best, solution, talk = (
        make.answer(asked, body="Pull *the* plug."),
        make.answer(asked),
        make.answer(asked, body="Me too"),
    )
    for voter in (make.account(), make.account()):
        vote(session, best, 1, voter, NOW)
    vote(session, asked, 1, make.account(), NOW)
    service.accept(session, asked, solution, asker, NOW)
    session.commit()
    told = entity(client, asked)
    assert (told["@type"], told["name"], told["text"]) == ("Question", "Does it hang?", "Since today.")
    assert (told["answerCount"], told["upvoteCount"]) == (2, 1)
    assert datetime.fromisoformat(told["datePublished"]) == NOW
    assert told["author"]["name"] == "Asker"
    assert told["acceptedAnswer"]["text"] == "Hold the button."
    (other,) = told["suggestedAnswer"]
    assert (other["@type"], other["text"], other["upvoteCount"]) == ("Answer", "Pull the plug.", 2)
    assert datetime.fromisoformat(other["datePublished"]) == NOW
    assert other["author"]["@type"] == "Person"
    for answer, post in ((told["acceptedAnswer"], solution), (other, best)):
        assert urlsplit(answer["url"]).path == f"/posts/{post.id}"
        assert client.get(urlsplit(answer["url"]).path).location.endswith(f"#post-{post.id}")
    assert str(talk.id) not in json.dumps(told), "talk is no answer"


def test_an_unanswered_question_has_no_answers_there_either(client: FlaskClient, make: Factory) -> None:
    told = entity(client, make.question())
    assert told["answerCount"] == 0
    assert "acceptedAnswer" not in told
    assert "suggestedAnswer" not in told


def test_a_question_of_a_former_member_still_has_an_author(
    client: FlaskClient, session: Session, make: Factory
) -> None:
    asked = make.question()
    asked.author_id = None
    session.commit()
    assert entity(client, asked)["author"] == {"@type": "Person", "name": "former member"}


@pytest.mark.parametrize(
    "words", ["</script><script>alert(1)</script>", "<!-- <script>", "]]>", "\u2028 & ' \" \\ </SCRIPT >"]
)
def test_no_words_end_the_block(client: FlaskClient, make: Factory, asker: Account, words: str) -> None:
    asked = make.question(asker, title=f"Title {words}", body=f"`{words}`")
    make.answer(asked, body=f"`{words}`")
    told = entity(client, asked)
    assert told["name"] == asked.title
    assert words.split()[0] in told["suggestedAnswer"][0]["text"]
    page = client.get(f"/questions/{asked.id}").get_data(as_text=True)
    assert "<script>alert" not in page
    assert page.count("</script>") == page.count("<script")
