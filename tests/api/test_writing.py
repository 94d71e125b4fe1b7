"""Programs write in the name of an account, by the rules that hold for people, and are told what was wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import ApiToken, Event, Post
from tests.factories import Factory

TokenOf = Callable[..., dict[str, str]]
WORDS = {"title": "How do I reset it?", "body": "It hangs."}


def posts(session: Session) -> int:
    session.rollback()
    return session.query(Post).count()


def test_a_question_is_asked_and_found_where_the_answer_says(
    client: FlaskClient, make: Factory, session: Session, token_of: TokenOf
) -> None:
    by = make.account("Ann")
    make.product("lamp")
    response = client.post(
        "/api/v1/questions", json={**WORDS, "product": "lamp", "tags": ["Light"]}, headers=token_of(by)
    )
    made = response.get_json()
    assert response.status_code == 201
    assert (made["author"]["name"], made["product"], made["tags"]) == ("Ann", "lamp", ["light"])
    assert client.get(response.headers["Location"]).get_json() == made
    assert list(session.scalars(select(Event.kind))) == ["question.asked"]


def test_an_answer_and_a_comment_stand_where_they_belong(client: FlaskClient, make: Factory, token_of: TokenOf) -> None:
    asked, mine = make.question(), token_of(make.account())
    given = client.post(f"/api/v1/questions/{asked.id}/answers", json={"body": "Hold the button."}, headers=mine)
    said = client.post(f"/api/v1/posts/{given.get_json()['id']}/comments", json={"body": "For long?"}, headers=mine)
    assert (given.status_code, said.status_code) == (201, 201)
    (answer,) = client.get(f"/api/v1/questions/{asked.id}").get_json()["answers"]
    assert answer == given.get_json() | {"comments": [said.get_json()]}


def test_a_token_that_may_only_read_writes_nothing(
    client: FlaskClient, make: Factory, session: Session, token_of: TokenOf
) -> None:
    response = client.post("/api/v1/questions", json=WORDS, headers=token_of(make.account(), may_write=False))
    assert response.status_code == 403
    assert posts(session) == 0


def past() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)


@pytest.mark.parametrize("path", ["/api/v1/questions", "/api/v1/me"])
def test_a_token_that_is_not_good_is_refused_even_where_none_is_needed(
    client: FlaskClient, make: Factory, session: Session, token_of: TokenOf, path: str
) -> None:
    suspended = make.account()
    headers = [
        {"Authorization": "Bearer made-up"}, {"Authorization": "Bearer "}, {"Authorization": "Basic YTpi"},
        token_of(make.account(), expires_at=past()), token_of(suspended),
    ]  # fmt: skip
    suspended.active = False
    session.commit()
    got = [client.get(path, headers=one) for one in headers]
    assert [one.status_code for one in got] == [401] * 5
    assert {one.headers["WWW-Authenticate"] for one in got} == {'Bearer error="invalid_token"'}


def test_the_use_of_a_token_is_noted_at_most_once_an_hour(
    client: FlaskClient, make: Factory, session: Session, token_of: TokenOf
) -> None:
    mine = token_of(make.account())

    def noted() -> datetime | None:
        session.rollback()
        return session.scalar(select(ApiToken.last_used_at))

    assert client.get("/api/v1/me", headers=mine).status_code == 200
    first = noted()
    assert client.post("/api/v1/questions", json=WORDS, headers=mine).status_code == 201
    assert noted() == first is not None
    session.query(ApiToken).update({"last_used_at": past() - timedelta(hours=1)})
    session.commit()
    assert client.post("/api/v1/questions", json=WORDS, headers=mine).status_code == 201
    assert noted() > first  # type: ignore[operator]


WRONG: list[tuple[Any, int]] = [
    ({"title": "No body"}, 422),
    ({"title": "ab", "body": "Words."}, 422),
    ({**WORDS, "body": "  "}, 422),
    ({**WORDS, "body": None}, 422),
    ({**WORDS, "title": ["a", "b"]}, 422),
    ({**WORDS, "title": "N\0UL"}, 422),
    ({**WORDS, "body": "half \ud83d"}, 422),
    ({**WORDS, "tags": "light"}, 422),
    ({**WORDS, "tags": [1]}, 422),
    ({**WORDS, "tags": list("abcdef")}, 422),
    ({**WORDS, "product": "nothing"}, 422),
    ({**WORDS, "author": "somebody else"}, 422),
    ([WORDS], 400),
    ("words", 400),
]


@pytest.mark.parametrize(("sent", "status"), WRONG)
def test_what_breaks_a_rule_is_refused_as_a_problem_and_changes_nothing(
    client: FlaskClient, make: Factory, session: Session, token_of: TokenOf, sent: Any, status: int
) -> None:
    response = client.post("/api/v1/questions", json=sent, headers=token_of(make.account()))
    problem = response.get_json()
    assert response.mimetype == "application/problem+json"
    assert (response.status_code, problem["status"]) == (status, status)
    assert problem["title"]
    assert problem["detail"]
    assert posts(session) == 0


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"title": "\xff"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"title": ' + b"9" * 10_000 + b"}", "application/json", 400),
        (b"title=a&body=b", "application/x-www-form-urlencoded", 415),
        (b'{"body": "' + b"x" * 1_100_000 + b'"}', "application/json", 413),
    ],
    ids=["cut off", "not UTF-8", "deep", "a long number", "a form", "too large"],
)
def test_what_is_no_json_is_refused_as_a_problem(
    client: FlaskClient, make: Factory, token_of: TokenOf, body: bytes, kind: str, status: int
) -> None:
    response = client.post("/api/v1/questions", data=body, content_type=kind, headers=token_of(make.account()))
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")


def test_nobody_comments_on_a_comment_or_on_what_is_not_there(
    client: FlaskClient, make: Factory, token_of: TokenOf
) -> None:
    said, mine = make.comment(make.question()), token_of(make.account())
    assert client.post(f"/api/v1/posts/{said.id}/comments", json={"body": "No."}, headers=mine).status_code == 422
    assert client.post("/api/v1/posts/999999/comments", json={"body": "No."}, headers=mine).status_code == 404
    assert client.post("/api/v1/questions/999999/answers", json={"body": "No."}, headers=mine).status_code == 404
