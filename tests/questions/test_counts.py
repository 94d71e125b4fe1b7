"""Whatever people do in whatever order: what a question says of itself is what its posts and votes say."""

from contextlib import suppress
from datetime import timedelta
from threading import Thread

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from community.db import db, writing
from community.errors import DomainError
from community.heat import heat
from community.models import Account, Answer, Comment, MeToo, Post, Question, Vote
from community.questions import service, watching
from community.questions.votes import vote
from tests.conftest import NOW
from tests.factories import Factory

TEXTS = ("Hold the button.", "Thanks!", "我也是", "重启就好了", "Which version?")
VERBS = (
    "answer", "answer", "solve", "comment", "request", "withdraw", "set", "set", "accept", "accept", "unaccept",
    "vote", "vote", "me too", "undo", "edit", "remove",
)  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 3), st.integers(0, 99)), min_size=1, max_size=25)


def do(session: Session, people: list[Account], asked: Question, step: tuple[str, int, int], minute: int) -> None:
    """One verb by one of four people: the asker, a customer, a leader and a moderator."""
    verb, who, number = step
    by, now = people[who], NOW + timedelta(minutes=minute)
    answers = list(session.scalars(select(Answer).where(Answer.deleted_at.is_(None)).order_by(Answer.id)))
    comments = list(session.scalars(select(Comment).where(Comment.deleted_at.is_(None)).order_by(Comment.id)))
    some_answer = answers[number % len(answers)] if answers else None
    anything: list[Post] = [asked, *answers, *comments]
    something, text = anything[number % len(anything)], TEXTS[number % len(TEXTS)]
    if verb in {"answer", "solve"}:
        service.answer(session, asked, text, by, now, is_solution=verb == "solve")
    elif verb == "comment":
        service.comment(session, some_answer or asked, text, by, now)
    elif verb == "request":
        service.request_information(session, asked, text, by, now)
    elif verb == "withdraw":
        service.withdraw_request(session, asked, by)
    elif verb == "unaccept":
        service.unaccept(session, asked, by, now)
    elif verb in {"me too", "undo"}:
        watching.say_me_too(session, asked, verb == "me too", by, now)
    elif verb == "edit":
        service.edit(session, something, None, f"{text} {number}", by, now)
    elif verb == "vote" and not isinstance(something, Comment):
        vote(session, something, number % 3 - 1, by, now)
    elif some_answer and verb == "set":
        service.set_reply(session, some_answer, bool(number % 2), by, now)
    elif some_answer and verb == "accept":
        service.accept(session, asked, some_answer, by, now)
    elif verb == "remove" and something is not asked:
        service.remove(session, something, by, now)


def check(session: Session, asked: Question) -> None:
    """Count everything again."""
    session.expire_all()
    standing = (Answer.question_id == asked.id, Answer.deleted_at.is_(None))
    answers = session.scalar(select(func.count(Answer.id)).where(*standing, Answer.is_reply.is_(False)))
    accepted = list(session.scalars(select(Answer).where(Answer.accepted_at.is_not(None))))
    assert asked.answer_count == answers
    assert asked.me_too_count == session.scalar(select(func.count()).select_from(MeToo))
    assert [asked.solved_at] == ([row.accepted_at for row in accepted] or [None])
    assert all(row.deleted_at is None and not row.is_reply for row in accepted)
    assert not (asked.solved_at and asked.needs_info_at), "nothing is awaited for what is solved"
    sums = {
        key: total for key, total in session.execute(select(Vote.post_id, func.sum(Vote.value)).group_by(Vote.post_id))
    }
    assert {post.id: post.score for post in session.scalars(select(Post))} == {
        key: sums.get(key, 0) for key in session.scalars(select(Post.id))
    }
    assert asked.hot == pytest.approx(heat(asked.created_at, asked.score, answers or 0, asked.me_too_count or 0))


@pytest.fixture
def people(make: Factory) -> list[Account]:
    return [make.account("Asker"), make.account("Other"), make.account("Leader"), make.account("Mod", "moderator")]


@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_all_counts_are_right_after_each_verb(
    app: Flask, session: Session, make: Factory, people: list[Account], steps: list[tuple[str, int, int]]
) -> None:
    app.config["POSTS_AN_HOUR"] = 10_000
    people[2].trust = "leader"
    session.query(Post).filter(Post.kind == "question").update({"deleted_at": NOW})
    session.query(Answer).delete()  # what an example before has left
    session.query(Comment).delete()
    session.query(MeToo).delete()
    session.commit()
    asked = make.question(people[0])
    for minute, step in enumerate(steps):
        with suppress(DomainError):  # a rule that says no must leave everything as it was
            do(session, people, asked, step, minute)
        session.commit()
        check(session, asked)


def test_an_answer_given_while_another_is_called_talk_is_counted(session: Session, make: Factory) -> None:
    """PostgreSQL: the count must not be taken from before the answer that another transaction is adding."""
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    asked, moderator, helper = make.question(), make.account("Mod", "moderator"), make.account("Helper")
    first = make.answer(asked)
    keys = asked.id, first.id, moderator.id, helper.id
    session.rollback()
    sessions = sessionmaker(db.engine)

    def call_it_talk() -> None:
        with sessions() as own:
            service.set_reply(own, own.get_one(Answer, keys[1]), True, own.get_one(Account, keys[2]), NOW)
            own.commit()

    with sessions() as one, writing():
        service.answer(one, one.get_one(Question, keys[0]), "Pull the plug.", one.get_one(Account, keys[3]), NOW)
        one.flush()
        other = Thread(target=call_it_talk)
        other.start()
        other.join(0.5)  # it waits for the row of the question
        one.commit()
        other.join(10)
    assert session.get_one(Question, keys[0]).answer_count == 1
