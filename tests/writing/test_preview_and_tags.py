"""The preview is the server's own rendering; tags are suggested by use, in both scripts."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Comment
from community.questions import service as questions
from community.web import markdown
from community.writing.queries import suggested_tags
from tests.conftest import NOW
from tests.factories import Factory, sign_in

SCRIPT = {"Accept": "application/json"}
TEXT = "# Title\r\n\r\n**bold** `code` <script>alert(1)</script> @anna https://example.org"


def test_the_preview_is_what_the_post_will_be(client: FlaskClient, make: Factory) -> None:
    by = make.account()
    asked = make.question(by, body=TEXT)
    sign_in(client, by)
    html = client.post("/preview", data={"body": TEXT}, headers=SCRIPT).json["html"]
    assert html == markdown.render(TEXT.replace("\r\n", "\n"))
    assert html.strip() in client.get(f"/questions/{asked.id}").get_data(as_text=True)


def test_previews_fill_no_memory(client: FlaskClient, make: Factory) -> None:
    sign_in(client, make.account())
    before = markdown.render.cache_info().currsize
    client.post("/preview", data={"body": "Seen once, while it was written."}, headers=SCRIPT)
    assert markdown.render.cache_info().currsize == before


def test_a_text_too_long_to_be_posted_is_not_previewed(client: FlaskClient, make: Factory) -> None:
    sign_in(client, make.account())
    answer = client.post("/preview", data={"body": "x" * 30_001}, headers=SCRIPT)
    assert (answer.status_code, "30000" in answer.json["error"]) == (422, True)


def test_a_comment_can_be_seen_before_it_is_posted(client: FlaskClient, make: Factory, session: Session) -> None:
    by = make.account()
    asked = make.question(by)
    sign_in(client, by)
    html = client.get(f"/questions/{asked.id}").get_data(as_text=True)
    form = html.split(f'action="/posts/{asked.id}/comments"')[1].split("</form>")[0]
    assert 'name="preview" value="1"' in form
    page = client.post(f"/posts/{asked.id}/comments", data={"body": "Some **bold** words", "preview": "1"})
    assert page.status_code == 200
    assert "Some <strong>bold</strong> words" in page.get_data(as_text=True)
    assert ">Some **bold** words</textarea>" in page.get_data(as_text=True).replace("\r\n", ""), "to go on writing"
    assert session.scalar(select(func.count()).select_from(Comment)) == 0


def tagged(make: Factory, *tags: str) -> None:
    make.question(tags=tags)


def test_tags_that_begin_so_come_before_those_that_contain_it_the_most_used_first(
    make: Factory, session: Session
) -> None:
    for _ in range(3):
        tagged(make, "low-battery")
    for _ in range(2):
        tagged(make, "battery", "bulb")
    tagged(make, "battery-life")
    assert suggested_tags(session, "Bat") == [("battery", 2), ("battery-life", 1), ("low-battery", 3)]


@pytest.mark.parametrize("typed", ["电", "電", "电池", "電池"])
def test_chinese_tags_are_found_in_both_scripts(make: Factory, session: Session, typed: str) -> None:
    tagged(make, "电池")
    tagged(make, "電池壽命")
    assert {slug for slug, _ in suggested_tags(session, typed)} == {"电池", "電池壽命"}


@pytest.mark.parametrize("typed", ["", " ", "%", "_", "-", "\\", "zzz", "b%y", "b_t"])
def test_signs_of_the_database_mean_nothing(make: Factory, session: Session, typed: str) -> None:
    tagged(make, "battery")
    assert suggested_tags(session, typed) == []


def test_tags_that_only_deleted_questions_have_are_not_suggested(make: Factory, session: Session) -> None:
    by = make.account()
    asked = make.question(by, tags=["buy-cheap-pills"])
    assert suggested_tags(session, "buy") == [("buy-cheap-pills", 1)]
    questions.remove(session, asked, by, NOW)
    session.commit()
    assert suggested_tags(session, "buy") == []


def test_eight_tags_are_suggested_at_most(client: FlaskClient, make: Factory) -> None:
    for start in range(0, 15, 5):
        tagged(make, *(f"bulb-{n}" for n in range(start, start + 5)))
    sign_in(client, make.account())
    found = client.get("/tags/suggest?q=bulb", headers=SCRIPT).json["tags"]
    assert len(found) == 8
    assert found[0] == {"tag": "bulb-0", "count": 1}
