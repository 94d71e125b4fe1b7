"""`flask demo load`: a community of ninety days, once."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.exchange.demo_community import load
from community.models import (
    Account,
    Answer,
    Comment,
    Complaint,
    Customer,
    Event,
    Identity,
    Message,
    Post,
    Question,
    Verbatim,
    Vote,
)  # fmt: skip

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
COUNTED = (Account, Customer, Identity, Post, Vote, Complaint, Message, Verbatim, Event)


def counts(session: Session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(model)) or 0 for model in COUNTED]


def test_a_second_load_adds_nothing_even_days_later(session: Session) -> None:
    added = load(session, NOW, "hash")
    assert (added["accounts"], added["customers"], added["questions"], added["complaints"]) == (45, 40, 60, 79)
    before = counts(session)
    assert not load(session, NOW + timedelta(days=9), "hash")
    assert counts(session) == before


@pytest.mark.one_database  # what is in it, not how it is stored
def test_nothing_of_the_demo_lies_in_the_future_or_before_its_cause(session: Session) -> None:
    load(session, NOW, "hash")
    for moment in (Post.created_at, Answer.accepted_at, Message.created_at, Vote.created_at):
        assert session.scalar(select(func.count()).where(moment > NOW)) == 0
    for complaint in session.scalars(select(Complaint)):
        assert (complaint.resolved_at is not None) == (complaint.status in {"resolved", "closed"})
        assert complaint.resolved_at is None or complaint.created_at < complaint.resolved_at <= NOW


@pytest.mark.one_database  # what is in it, not how it is stored
def test_scores_and_counts_agree_with_votes_and_answers(session: Session) -> None:
    load(session, NOW, "hash")
    answers, votes = session.scalars(select(Answer)).all(), session.scalars(select(Vote)).all()
    for post in session.scalars(select(Post)):
        assert post.score == sum(vote.value for vote in votes if vote.post_id == post.id)
    for question in session.scalars(select(Question)):
        given = [answer for answer in answers if answer.question_id == question.id]
        assert question.answer_count == len(given)
        assert question.solved_at == next((answer.accepted_at for answer in given if answer.accepted_at), None)
        assert question.active_at is not None
        assert question.active_at >= question.created_at


@pytest.mark.one_database  # what is in it, not how it is stored
def test_customers_words_are_mined_and_the_companys_are_not(session: Session) -> None:
    load(session, NOW, "hash")
    spoken = set(session.scalars(select(Verbatim.post_id).where(Verbatim.post_id.is_not(None))))
    staff = set(session.scalars(select(Account.id).where(Account.customer_id.is_(None))))
    for post in session.scalars(select(Post)):
        assert (post.id in spoken) == (post.author_id not in staff)
    assert session.scalar(select(func.count()).select_from(Customer)) == 40


@pytest.mark.one_database  # what is in it, not how it is stored
def test_every_text_of_the_stories_is_there(session: Session) -> None:
    load(session, NOW, "hash")
    keys = set(session.scalars(select(Post.external_id))) | set(session.scalars(select(Complaint.external_id)))
    assert {"demo:q29", "demo:q29#a1", "demo:q32#a3c1", "demo:q32#c1", "demo:C-1043"} <= keys
    assert session.scalar(select(func.count()).select_from(Comment)) == 75


@pytest.mark.one_database  # what is in it, not how it is stored
def test_the_forums_complaints_belong_to_the_accounts_customer(session: Session) -> None:
    load(session, NOW, "hash")
    for account in session.scalars(select(Account).where(Account.customer_id.is_not(None))):
        mine = select(Identity.address).where(Identity.customer_id == account.customer_id, Identity.channel == "forum")
        assert session.scalars(mine).all() == [str(account.id)]


def test_the_command_commits_and_tells(app: Flask, session: Session) -> None:
    first, second = (app.test_cli_runner().invoke(args=["demo", "load"]) for _ in range(2))
    assert first.exit_code == 0
    assert "60 questions" in first.output
    assert second.exit_code == 0
    assert "Nothing to add" in second.output
    assert session.scalar(select(func.count(Account.password.distinct()))) == 1
