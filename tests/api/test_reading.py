"""Programs read what people read, without a token, and are told cheaply that nothing has changed."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.questions import curating, service
from community.search import service as search
from tests.conftest import NOW
from tests.factories import Factory, sign_in

TokenOf = Callable[..., dict[str, str]]


def test_a_list_leads_page_by_page_to_every_question_once(client: FlaskClient, make: Factory) -> None:
    by = make.account("Ann")
    asked = [make.question(by, title=f"Question {n}", now=NOW + timedelta(minutes=n)).id for n in range(45)]
    found, following, pages = [], "/api/v1/questions", 0
    while following:
        page = client.get(following).get_json()
        found += [row["id"] for row in page["questions"]]
        following, pages = page["next"], pages + 1
    assert (found, pages) == (asked[::-1], 3)


def test_a_list_is_narrowed_by_product_and_tag(client: FlaskClient, make: Factory) -> None:
    lamp = make.product()
    one = make.question(product=lamp, tags=["light"]).id
    two = make.question(tags=["light"]).id
    make.question()

    def ids(query: str) -> list[int]:
        return sorted(row["id"] for row in client.get(f"/api/v1/questions?{query}").get_json()["questions"])

    assert ids("tag=light") == [one, two]
    assert ids("tag=light&product=lamp") == [one]
    assert client.get("/api/v1/questions?tag=nothing").status_code == 404


def test_an_unknown_order_is_refused_with_those_that_there_are(client: FlaskClient) -> None:
    response = client.get("/api/v1/questions?order=oldest")
    assert response.status_code == 422
    assert "newest, active" in response.get_json()["detail"]


def test_a_question_comes_with_answers_and_comments(client: FlaskClient, make: Factory, session: Session) -> None:
    asker, agent = make.account("Ann"), make.account("Bo", "agent")
    asked = make.question(asker, body="It **hangs**.")
    given = make.answer(asked, agent)
    under_question, under_answer = make.comment(asked, agent), make.comment(given, asker)
    service.accept(session, asked, given, asker, NOW)
    session.commit()
    found = client.get(f"/api/v1/questions/{asked.id}").get_json()
    assert (found["title"], found["body"]) == (asked.title, "It **hangs**.")
    assert "It <strong>hangs</strong>." in found["html"]
    assert found["author"] == {"handle": asker.handle, "name": "Ann", "is_company": False}
    assert [one["id"] for one in found["comments"]] == [under_question.id]
    (answer,) = found["answers"]
    assert answer["author"]["is_company"]
    assert answer["accepted_at"] == NOW.isoformat()
    assert [one["id"] for one in answer["comments"]] == [under_answer.id]
    assert answer["url"].endswith(f"/questions/{asked.id}#post-{given.id}")


def test_a_former_member_has_no_name(client: FlaskClient, make: Factory, session: Session) -> None:
    asked = make.question()
    asked.author_id = None
    session.commit()
    assert client.get(f"/api/v1/questions/{asked.id}").get_json()["author"] is None


def test_what_was_deleted_is_not_there(client: FlaskClient, make: Factory, session: Session) -> None:
    by = make.account()
    asked = make.question(by)
    service.remove(session, asked, by, NOW)
    session.commit()
    assert client.get(f"/api/v1/questions/{asked.id}").status_code == 404
    assert client.get("/api/v1/questions").get_json()["questions"] == []


def test_what_has_not_changed_is_not_sent_again(client: FlaskClient, make: Factory) -> None:
    asked = make.question()
    path = f"/api/v1/questions/{asked.id}"
    mark = {"If-None-Match": client.get(path).headers["ETag"]}
    same = client.get(path, headers=mark)
    assert (same.status_code, same.data) == (304, b"")
    make.answer(asked)
    assert client.get(path, headers=mark).status_code == 200


def test_search_finds_in_both_languages_and_says_where(
    app: Flask, client: FlaskClient, make: Factory, session: Session
) -> None:
    lamp, band = make.question(title="The lamp flickers"), make.question(title="手环充不进电", body="昨晚开始。")
    given = make.answer(lamp, body="Tighten the bulb.")
    search.rebuild(Path(app.config["SEARCH_INDEX_DIR"]), session)
    (hit,) = client.get("/api/v1/search?q=bulbs").get_json()["results"]
    assert (hit["post_id"], hit["question_id"], hit["kind"], hit["title"]) == (
        given.id,
        lamp.id,
        "answer",
        "The lamp flickers",
    )
    (hit,) = client.get("/api/v1/search?q=手环").get_json()["results"]
    assert hit["question_id"] == band.id


def test_a_search_without_an_index_says_that_it_is_not_ready(client: FlaskClient) -> None:
    found = client.get("/api/v1/search?q=lamp").get_json()
    assert (found["is_ready"], found["results"]) == (False, [])


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20"])
def test_a_search_for_nothing_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/api/v1/search{query}").status_code == 422


def test_a_program_learns_whose_token_it_has(client: FlaskClient, make: Factory, token_of: TokenOf) -> None:
    found = client.get("/api/v1/me", headers=token_of(make.account("Ann"), may_write=False)).get_json()
    assert (found["name"], found["roles"]) == ("Ann", ["customer"])
    assert found["token"] == {"name": "a program", "may_write": False, "expires_at": None}


def test_a_cookie_is_nobody(client: FlaskClient, make: Factory) -> None:
    by = make.account()
    sign_in(client, by)
    assert client.get("/api/v1/me").status_code == 401
    response = client.post("/api/v1/questions", json={"title": "By cookie", "body": "Words."})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("order", ["newest", "active", "hot", "unanswered", "unsolved"])
def test_every_order_is_paged_to_its_end(client: FlaskClient, make: Factory, order: str) -> None:
    by = make.account("Ann")
    asked = {make.question(by, title=f"Question {n}", now=NOW + timedelta(minutes=n)).id for n in range(25)}
    first = client.get(f"/api/v1/questions?order={order}").get_json()
    second = client.get(first["next"]).get_json()
    assert (len(first["questions"]), len(second["questions"]), second["next"]) == (20, 5, None)
    assert {row["id"] for row in first["questions"] + second["questions"]} == asked


def test_what_one_watches_is_listed_by_ones_token_alone(client: FlaskClient, make: Factory, token_of: TokenOf) -> None:
    me, other = make.account(), make.account()
    asked = make.question()
    make.answer(asked, me)
    path = "/api/v1/questions?order=watched"
    mine = client.get(path, headers=token_of(me)).get_json()["questions"]
    assert [row["id"] for row in mine] == [asked.id]
    assert client.get(path, headers=token_of(other)).get_json()["questions"] == []
    assert client.get(path).status_code == 401


def test_a_long_thread_comes_in_pages(client: FlaskClient, make: Factory) -> None:
    by = make.account()
    asked = make.question(by)
    given = [make.answer(asked, by, now=NOW + timedelta(minutes=n)).id for n in range(31)]
    first = client.get(f"/api/v1/questions/{asked.id}?sort=oldest").get_json()
    second = client.get(first["next"]).get_json()
    assert [one["id"] for one in first["answers"] + second["answers"]] == given
    assert (first["answers_and_replies"], second["next"]) == (31, None)


def test_what_moderators_did_with_a_thread_is_told_and_a_merged_one_leads_on(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    mo, asked, other = make.account("Mo", "moderator"), make.question(), make.question()
    curating.curate(session, asked, "close", curating.Wish(reason="duplicate"), mo, NOW)
    curating.curate(session, asked, "lock", curating.Wish(), mo, NOW)
    session.commit()
    found = client.get(f"/api/v1/questions/{asked.id}").get_json()
    assert (found["closed_for"], found["pinned_at"]) == ("duplicate", None)
    assert found["closed_at"]
    assert found["locked_at"]
    curating.curate(session, asked, "merge", curating.Wish(target=other), mo, NOW)
    session.commit()
    led = client.get(f"/api/v1/questions/{asked.id}")
    assert (led.status_code, led.headers["Location"]) == (302, f"/api/v1/questions/{other.id}")
