"""What a post means is known some minutes after it stands: then it is held, or a moderator is asked."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import outbox
from community.models import Account, Flag, Likeness, LogEntry, Notification, Post, Question, QueueItem, SpamMark
from community.moderation import deciding, flags, log
from community.moderation.hiding import mark_of
from community.moderation.spam import Facts, signals
from community.reactions import deliver_pending
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.moderation.test_flags import item_of


@pytest.fixture
def spam(session: Session, make: Factory) -> Question:
    post = make.question(make.account(), title="Pills", body="Cheap okapi pills.")
    session.add(SpamMark(post_id=post.id, print=7, is_spam=True, at=NOW))
    session.commit()
    return post


@pytest.fixture
def newcomer(make: Factory) -> Account:
    account = make.account("Nora New")
    account.trust, account.created_at = "newcomer", make.now - timedelta(hours=1)
    make.session.commit()
    return account


def find(session: Session, post: Post, like: Post, spam: float = 0.7, good: float | None = None, days: int = 0) -> None:
    """What the worker does: notes the likeness, and tells of it."""
    row = Likeness(
        post_id=post.id, revision="fake-1", language="en", embedding=b"", spam=spam, good=good, like_id=like.id, at=NOW
    )
    session.add(row)
    outbox.record(session, "likeness.found", post.id, None, NOW + timedelta(days=days))
    session.commit()
    deliver_pending(NOW + timedelta(days=9))
    session.rollback()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(spam_meaning=0.6), {"means spam": 2.0}),
        (Facts(spam_meaning=0.5), {"means spam": 1.0}),
        (Facts(spam_meaning=0.4), {}),
        (Facts(spam_meaning=0.6, good_meaning=0.7), {}),
        (Facts(spam_meaning=0.6, spam_distance=2), {"like spam": 3.0}),  # the same words mean the same
    ],
)
def test_meaning_adds_to_the_score_unless_words_did_or_it_is_nearer_to_what_is_good(
    facts: Facts, expected: dict[str, float]
) -> None:
    assert signals(facts) == expected


def test_a_fresh_post_is_held_later_and_its_publication_stands(
    client: FlaskClient, session: Session, make: Factory, mo: Account, newcomer: Account, spam: Question
) -> None:
    post = make.question(newcomer, title="Medication", body="Order it with us.")
    assert mark_of(post) is None
    post_id, mo_id = post.id, mo.id
    find(session, post, spam)
    item = item_of(session, post_id)
    assert (item.kind, item.reason, mark_of(item.post)) == ("held", "suspected", "held")
    assert item.details["signals"] == {"new account": 1.0, "means spam": 2.0}
    item_id = item.id
    session.rollback()
    deliver_pending()
    told = session.scalars(select(Notification).where(Notification.kind == "decision")).all()
    assert [(one.account_id, one.details["action"]) for one in told] == [(newcomer.id, "held")]
    session.rollback()
    sign_in(client, session.get_one(Account, mo_id))
    session.rollback()
    page = client.get(f"/moderation/items/{item_id}").get_data(as_text=True)
    assert "Likeness in meaning: 70" in page
    deciding.decide(session, item_of(session, post_id), "publish", session.get_one(Account, mo_id), NOW)
    outbox.record(session, "likeness.found", post_id, None, NOW)
    session.commit()
    deliver_pending(NOW + timedelta(days=9))
    session.rollback()
    assert mark_of(session.get_one(Question, post_id)) is None


def test_what_is_little_alone_or_like_a_decision_that_was_undone_holds_nothing(
    session: Session, make: Factory, newcomer: Account, spam: Question
) -> None:
    members, other = (
        make.question(make.account(), body="Order it."),
        make.question(newcomer, body="Order this with us."),
    )
    member_id, other_id = members.id, other.id
    find(session, members, spam, 0.5)
    session.delete(session.get_one(SpamMark, spam.id))
    session.commit()
    find(session, session.get_one(Question, other_id), spam)
    assert [mark_of(session.get_one(Question, key)) for key in (member_id, other_id)] == [None, None]


@pytest.mark.parametrize(("is_answered", "score"), [(True, 3.0), (False, 2.5)])
def test_a_post_that_is_old_or_answered_stays_in_sight_and_a_moderator_is_asked(
    app: Flask,
    session: Session,
    make: Factory,
    mo: Account,
    newcomer: Account,
    spam: Question,
    is_answered: bool,
    score: float,
) -> None:
    app.config["SPAM_SCORE"] = 2.5
    post = make.question(newcomer, title="Medication", body="Order it with us.")
    if is_answered:
        make.answer(post, make.account())
    post_id, reader = post.id, make.account()
    find(session, post, spam, days=0 if is_answered else 2)
    item = item_of(session, post_id)
    assert (item.kind, item.reason, item.score, mark_of(item.post)) == ("flag", "spam", score, None)
    flags.flag(session, item.post, "spam", "", reader, NOW)
    assert item_of(session, post_id).score == score + 1.0
    flags.withdraw(session, post_id, reader, NOW)
    session.commit()
    item = item_of(session, post_id)
    assert (item.state, item.score, session.query(Flag).count()) == ("open", score, 0)
    entry = deciding.decide(session, item, "delete", mo, NOW)
    session.commit()
    assert session.get_one(SpamMark, post_id).is_spam
    log.undo(session, entry, mo, NOW)
    session.commit()
    assert session.get(SpamMark, post_id) is None
    assert item_of(session, post_id).state == "open"


def test_a_held_post_that_was_not_compared_says_so(
    client: FlaskClient, session: Session, make: Factory, mo: Account, newcomer: Account
) -> None:
    body = "See https://a.example and https://b.example"
    post = make.question(newcomer, body=body)
    item_id = session.scalars(select(QueueItem.id).where(QueueItem.post_id == post.id)).one()
    assert session.query(LogEntry).filter_by(action="held").count() == 1
    sign_in(client, mo)
    session.rollback()
    assert "By words alone" in client.get(f"/moderation/items/{item_id}").get_data(as_text=True)
