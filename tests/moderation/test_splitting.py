"""Answers move, and comments and answers become posts of their own, without loss; all comes back exactly."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.errors import Conflict
from community.models import (
    Account,
    Answer,
    LogEntry,
    Post,
    Question,
    QueueItem,
    Verbatim,
    Vote,
    Watch,
)
from community.moderation import deciding, flags, log
from community.moderation.hiding import mark_of
from community.questions import curating, service
from community.questions.votes import vote
from community.reactions import deliver_pending
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.moderation.acts import do, picture, undo


def test_an_answer_moves_with_its_comments_and_comes_back(session: Session, make: Factory, mo: Account) -> None:
    asked, other = make.question(), make.question(title="Another")
    given = make.answer(asked)
    said = make.comment(given)
    before = picture(session)
    entry = do(session, given, "move", mo, target=other)
    assert (given.question_id, said.question_id, asked.answer_count, other.answer_count) == (other.id, other.id, 0, 1)
    undo(session, entry, mo)
    assert picture(session) == before


def test_an_answer_becomes_a_question_of_its_own_and_comes_back(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    asked = make.question()
    given = make.answer(asked, body="And how do I dim the zebra lamp?")
    vote(session, given, 1, make.account(), NOW)
    said = make.comment(given)
    before = picture(session)
    entry = do(session, given, "split", mo, title="How is the zebra lamp dimmed?")
    new = session.get_one(Question, entry.details["into"])
    assert (new.score, new.author_id, said.parent_id, asked.answer_count) == (1, given.author_id, new.id, 0)
    assert session.query(Verbatim).filter(Verbatim.text.contains("zebra")).one().post_id == new.id
    new_id, given_id = new.id, given.id
    session.rollback()
    assert client.get(f"/posts/{given_id}").location == f"/questions/{new_id}"
    assert client.get(f"/questions/{new_id}").status_code == 200
    undo(session, session.get_one(LogEntry, entry.id), mo)
    assert picture(session) == before
    again = do(session, session.get_one(Answer, given_id), "split", mo, title="How is the zebra lamp dimmed?")
    make.answer(session.get_one(Question, again.details["into"]))
    with pytest.raises(Conflict):  # an answer would be lost
        log.undo(session, session.get_one(LogEntry, again.id), mo, NOW)


def snapshot(session: Session) -> dict[str, Any]:
    session.expire_all()
    posts = {
        post.id: (post.kind, post.body, post.question_id, getattr(post, "parent_id", None), post.score, mark_of(post),
                  post.deleted_at, getattr(post, "answer_count", None), getattr(post, "solved_at", None))
        for post in session.query(Post)
    }  # fmt: skip
    return {
        "posts": posts, "votes": sorted((vote.voter_id, vote.post_id) for vote in session.query(Vote)),
        "texts": sorted(text.post_id or 0 for text in session.query(Verbatim)),
        "watches": sorted((watch.account_id, watch.question_id or 0) for watch in session.query(Watch)),
    }  # fmt: skip


@pytest.mark.parametrize(("action", "kind"), [("split", "question"), ("to answer", "answer")])
def test_a_comment_becomes_a_question_or_an_answer_and_comes_back_exactly(
    client: FlaskClient, session: Session, make: Factory, mo: Account, action: str, kind: str
) -> None:
    asked = make.question()
    written = make.comment(make.answer(asked), make.account("Cora"), body="Hold the zebra button for ten seconds.")
    vote(session, written, 1, make.account(), NOW)
    session.commit()
    asked_id, written_id, author_id, before = asked.id, written.id, written.author_id, snapshot(session)
    entry = do(session, written, action, mo, title="How is the zebra lamp reset?")
    made = session.get_one(Post, entry.details["made"])
    assert (made.kind, made.body, made.author_id, made.score) == (kind, written.body, author_id, 1)
    assert made.question_id == (asked_id if kind == "answer" else None)
    assert session.get_one(Question, asked_id).answer_count == (2 if kind == "answer" else 1)
    assert {text.post_id for text in session.query(Verbatim)} == {asked_id, asked_id + 1, made.id}
    made_id = made.id
    deliver_pending()
    session.rollback()
    page = client.get(f"/posts/{written_id}", follow_redirects=True)
    assert (page.status_code, "zebra" in page.get_data(as_text=True)) == (200, True)
    found = client.get("/search?q=zebra").get_data(as_text=True)
    assert "zebra" in found.split("<main", 1)[1].split("search-count")[-1]
    session.rollback()
    undo(session, session.get_one(LogEntry, entry.id), session.get_one(Account, mo.id))
    assert snapshot(session) == before
    deliver_pending()
    session.rollback()
    assert session.get(Post, made_id) is None


def test_a_comment_is_split_off_once_and_the_second_moderator_reads_who_did(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    written = make.comment(make.question(), make.account("Cora"))
    do(session, written, "to answer", mo)
    for action in ("to answer", "split"):
        with pytest.raises(curating.Faster, match="Mo was faster"):
            do(session, written, action, mo, title="How is it reset?")
        session.rollback()
    path, second = f"/posts/{written.id}/curation", make.account("Second", "moderator")
    session.rollback()
    sign_in(client, second)
    page = client.post(path, data={"action": "to answer"}, follow_redirects=True)
    assert page.status_code == 200
    assert f"{session.get_one(Account, mo.id).name} was faster" in page.get_data(as_text=True)
    assert session.query(Answer).count() == 1


@pytest.mark.parametrize("action", ["split", "to answer"])
def test_an_old_flag_decides_about_what_was_made_of_the_comment(
    session: Session, make: Factory, mo: Account, action: str
) -> None:
    """Not about its empty place, or the words would stay in sight, or stand there twice."""
    written = make.comment(make.question(), make.account("Cora"), body="Buy cheap lamps.")
    flags.flag(session, written, "abuse", "", make.account(), NOW)
    session.commit()
    item_id, written_id, mo_id = session.query(QueueItem).one().id, written.id, mo.id
    made = do(session, written, action, mo, title="Are lamps cheap?").details["made"]

    def decided(outcome: str) -> LogEntry:
        item = session.get_one(QueueItem, item_id)
        entry = deciding.decide(session, item, outcome, session.get_one(Account, mo_id), NOW)
        session.commit()
        return entry

    def marks() -> tuple[str | None, str | None]:
        session.expire_all()
        return mark_of(session.get_one(Post, written_id)), mark_of(session.get_one(Post, made))

    for outcome, mark in (("hide", "hidden"), ("delete", "deleted"), ("reject", None)):
        entry = decided(outcome)
        assert marks() == ("split", mark), outcome
        undo(session, session.get_one(LogEntry, entry.id), session.get_one(Account, mo_id))
        assert marks() == ("split", None), outcome


def test_what_was_made_of_a_comment_is_not_taken_away_when_it_solved_the_question(
    session: Session, make: Factory, mo: Account
) -> None:
    asker = make.account("Asker")
    asked = make.question(asker)
    written = make.comment(asked, make.account("Cora"), body="Hold the button for ten seconds.")
    entry = do(session, written, "to answer", mo)
    made = session.get_one(Answer, entry.details["made"])
    service.accept(session, session.get_one(Question, asked.id), made, asker, NOW)
    session.commit()
    with pytest.raises(Conflict, match="changed since"):
        log.undo(session, entry, mo, NOW)


def test_the_page_of_a_comment_offers_what_can_be_done_with_it(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    path = f"/posts/{make.comment(make.question(), make.account('Cora')).id}/curation"
    session.rollback()
    sign_in(client, mo)
    page = client.get(path).get_data(as_text=True)
    assert "Curate the comment" in page
    assert "Make it an answer" in page
    assert client.post(path, data={"action": "move", "target": "1"}).status_code == 422
    assert client.post(path, data={"action": "to answer"}).status_code == 303


def test_whoever_thinks_otherwise_while_a_comment_stands_alone_is_counted_when_it_comes_back(
    session: Session, make: Factory, mo: Account
) -> None:
    reader, comment = make.account(), make.comment(make.answer(make.question()))
    key = comment.id
    vote(session, comment, 1, reader, NOW)
    entry = do(session, comment, "split", mo, title="How is it reset?")
    made = session.get_one(Question, entry.details["made"])
    vote(session, made, -1, reader, NOW)
    session.commit()
    log.undo(session, session.get_one(LogEntry, entry.id), mo, NOW)
    session.commit()
    assert session.get_one(Post, key).score == -1
