"""Who posts holds up the others for as short as can be, and what was read before that is looked at again."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from community.db import db
from community.errors import Conflict, NotFound
from community.models import Answer, Comment, Post, Question
from community.questions import post_views, service, views, votes
from tests.conftest import NOW
from tests.factories import Factory, sign_in


@pytest.fixture
def asked(make: Factory) -> Question:
    return make.question(title="Which bulb?")


@pytest.fixture
def given(make: Factory, asked: Question) -> Answer:
    return make.answer(asked)


@pytest.fixture
def other(app: Flask) -> Iterator[sqlite3.Connection]:
    """Another process, which waits for nothing."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("about SQLite")
    path = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    yield connection
    connection.close()


PATHS = ("/ask", "/questions/{asked}/answers", "/posts/{given}/comments")
POST = {"title": "Which lamp?", "body": "It hums.", "tags": ""}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("more", "status"), [({"preview": "1"}, 200), ({"body": ""}, 422)])
def test_a_preview_and_a_form_that_is_wrong_wait_for_nobody(
    client: FlaskClient, make: Factory, asked: Question, given: Answer, other: sqlite3.Connection, path: str,
    more: dict[str, str], status: int,
) -> None:  # fmt: skip
    sign_in(client, make.account())
    client.get("/")  # notes that the browser was seen, as it does once an hour
    path = path.format(asked=asked.id, given=given.id)
    other.execute("BEGIN IMMEDIATE")
    assert client.post(path, data=POST | more).status_code == status
    other.execute("ROLLBACK")


@pytest.mark.parametrize("path", PATHS)
def test_what_may_be_wrong_with_a_post_is_found_while_others_may_write(
    client: FlaskClient, make: Factory, asked: Question, given: Answer, other: sqlite3.Connection, path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    weighed, calls = service.weighed, []

    def looked_at(*arguments: Any, **more: Any) -> Any:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        calls.append(weighed(*arguments, **more))
        return calls[-1]

    for module in (views, post_views, service):
        monkeypatch.setattr(module, "weighed", looked_at)
    sign_in(client, make.account())
    response = client.post(path.format(asked=asked.id, given=given.id), data=POST)
    assert response.status_code == 302
    assert len(calls) == 1
    assert calls[0] is not None, "a newcomer's post is weighed"


def stale(session: Session, post: Post, **changed: Any) -> None:
    """Another changes it after it was read here."""
    session.execute(
        update(Post).where(Post.id == post.id).values(**changed).execution_options(synchronize_session=False)
    )


def test_nothing_is_written_below_an_answer_that_went_since_it_was_read(
    session: Session, make: Factory, given: Answer
) -> None:
    stale(session, given, deleted_at=NOW)
    for write in (
        lambda by: service.comment(session, given, "Thanks!", by, NOW),
        lambda by: votes.vote(session, given, 1, by, NOW),
    ):
        with pytest.raises(NotFound):
            write(make.account())
    assert session.query(Comment).count() == 0


def test_nothing_is_written_below_words_that_were_erased_since_they_were_read(
    session: Session, make: Factory, asked: Question, given: Answer
) -> None:
    for post in (asked, given):
        stale(session, post, erased_at=NOW)
    with pytest.raises(Conflict, match="erased the words"):
        service.comment(session, given, "Thanks!", make.account(), NOW)
    with pytest.raises(Conflict, match="erased the words"):
        service.answer(session, asked, "Try another bulb.", make.account(), NOW)
