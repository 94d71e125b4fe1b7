"""What goes wrong becomes a page that helps, with a status that machines understand, and gives nothing away."""

import re
import sqlite3
from datetime import datetime
from typing import Any, NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import community.db
from community import outbox
from community.db import db
from community.models import Account, Event, Post, Vote
from community.questions import post_views, queries, service
from tests.conftest import NOW
from tests.factories import Factory, sign_in


def crash(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("a secret detail")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_an_unknown_page_says_so_and_leads_back(client: FlaskClient, language: str) -> None:
    response = client.get("/no/such/page", headers={"Accept-Language": language})
    page = response.get_data(as_text=True)
    assert response.status_code == 404
    assert f'lang="{language}"' in page
    assert 'class="btn btn-secondary" href="/"' in page


def test_a_known_page_asked_in_the_wrong_way_says_so(client: FlaskClient) -> None:
    response = client.post("/questions")
    assert response.status_code == 405
    assert "<h1>" in response.get_data(as_text=True)
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_a_crash_shows_a_number_and_no_trace(
    client: FlaskClient, make: Factory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    is_signed_in: bool,
) -> None:  # fmt: skip
    if is_signed_in:
        sign_in(client, make.account())
    monkeypatch.setattr(queries, "question_list", crash)
    response = client.get("/questions")
    page = response.get_data(as_text=True)
    assert response.status_code == 500
    assert "secret detail" not in page
    assert "Traceback" not in page
    assert "RuntimeError" not in page
    number = re.search(r"<code>(\w{8})</code>", page)
    assert number
    assert f"error {number[1]}" in caplog.text
    assert "a secret detail" in caplog.text


def test_a_crash_half_way_leaves_nothing_behind(
    client: FlaskClient, make: Factory, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, make.account())
    monkeypatch.setattr(outbox, "record", crash)
    response = client.post("/ask", data={"title": "Where does it go?", "body": "Nowhere.", "product": ""})
    assert response.status_code == 500
    assert session.query(Post).count() == session.query(Event).count() == 0
    monkeypatch.undo()
    assert client.post("/ask", data={"title": "Where does it go?", "body": "Here.", "product": ""}).status_code == 302


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_a_database_that_stays_busy_asks_to_come_back(
    app: Flask, client: FlaskClient, make: Factory, monkeypatch: pytest.MonkeyPatch, is_signed_in: bool
) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has more than one writer")
    account = make.account()
    if is_signed_in:
        sign_in(client, account)
    db.session.remove()
    db.engine.dispose()
    monkeypatch.setattr(community.db, "BUSY_TIMEOUT_MS", 20)
    other = sqlite3.connect(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        asked = {"title": "Is anybody busy here?", "body": "The page does not answer at once any more."}
        response = client.post("/ask", data=asked) if is_signed_in else client.post("/reset", data={"email": "a@b.org"})
        page = response.get_data(as_text=True)
        assert response.status_code == 503, page
        assert int(response.headers["Retry-After"]) > 0
        assert "<h1>Busy</h1>" in page
        assert client.get("/questions").status_code == 200, "reading goes on"
    finally:
        other.close()


@pytest.mark.parametrize(
    ("message", "status"), [("deadlock detected", 503), ("database is locked", 503), ("no disk", 500)]
)
def test_only_a_busy_database_is_worth_another_try(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, message: str, status: int
) -> None:
    def fail(*_: Any, **__: Any) -> NoReturn:
        raise OperationalError("SELECT 1", {}, Exception(message))

    monkeypatch.setattr(queries, "question_list", fail)
    response = client.get("/questions")
    assert (response.status_code, "Retry-After" in response.headers) == (status, status == 503)
    assert message not in response.get_data(as_text=True)


def test_a_database_that_is_gone_still_gives_a_page(
    app: Flask, client: FlaskClient, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, make.account())

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setattr(Session, "execute", refuse)
    monkeypatch.setattr(Session, "scalars", refuse)
    monkeypatch.setattr(Session, "scalar", refuse)
    response = client.get("/questions")
    assert response.status_code == 500
    assert "<h1>" in response.get_data(as_text=True)
    assert "connection refused" not in response.get_data(as_text=True)


def normal(page: str, path: str) -> str:
    """The page without what repeats its own address, which part of the site that is, and tokens, which hold the time."""
    page = re.sub(r'name="csrf_token" value="[^"]+"', "", page)
    return page.replace(' aria-current="true"', "").replace(path, "").replace(path.replace("/", "%2F"), "")


def test_what_is_hidden_looks_like_what_does_not_exist(client: FlaskClient, make: Factory, session: Session) -> None:
    asker = make.account()
    asked = make.question(asker)
    given = make.answer(asked)
    case = make.complaint(asker)
    service.remove(session, asked, asker, NOW)
    session.commit()
    pairs = [
        (f"/questions/{asked.id}", "/questions/99"), (f"/posts/{given.id}/revisions", "/posts/99/revisions"),
        (f"/posts/{given.id}/edit", "/posts/99/edit"), (f"/complaints/{case.id}", "/complaints/99"),
        ("/inbox", "/nothing"), ("/insights/themes/1", "/insights/themes/99"), ("/customers/1", "/customers/99"),
        ("/runs", "/ruins"),
    ]  # fmt: skip
    session.commit()
    sign_in(client, make.account())
    for hidden, missing in pairs:
        first, second = client.get(hidden), client.get(missing)
        assert first.status_code == second.status_code == 404, hidden
        assert normal(first.get_data(as_text=True), hidden) == normal(second.get_data(as_text=True), missing), hidden


def test_pressing_one_button_twice_at_the_same_moment_is_no_crash(
    client: FlaskClient, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL both requests look before either has written, and the second breaks the unique key."""
    asked, voter = make.question(), make.account()
    path = f"/posts/{asked.id}/vote"

    def pressed_twice(session: Session, post: Post, value: int, by: Account, now: datetime) -> None:
        for _ in range(2):
            session.add(Vote(voter_id=by.id, post_id=post.id, value=value, created_at=now))
            session.flush()

    sign_in(client, voter)
    with monkeypatch.context() as patch:
        patch.setattr(post_views, "cast_vote", pressed_twice)
        assert client.post(path, data={"value": "1"}).status_code == 409
    assert client.post(path, data={"value": "1"}).status_code == 302
