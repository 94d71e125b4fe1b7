"""Reputation is counted anew after each commit and each night: twice changes nothing, and two at once lose nothing."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from community import reputation
from community.db import db, writing
from community.models import Account, Answer, Award, Event, Notification, Post, Question, Vote
from community.questions import service as questions
from community.questions.votes import vote
from community.reactions import deliver_pending
from tests.conftest import NOW
from tests.factories import Factory
from tests.standing import DAY, cast


@pytest.fixture
def asker(make: Factory) -> Account:
    return make.account("Asker")


@pytest.fixture
def helper(make: Factory) -> Account:
    return make.account("Helper")


@pytest.fixture
def asked(make: Factory, asker: Account) -> Question:
    return make.question(asker)


@pytest.fixture
def given(make: Factory, asked: Question, helper: Account) -> Answer:
    return make.answer(asked, helper)


def deliver(session: Session) -> None:
    """What the worker does with the events."""
    session.commit()
    while deliver_pending():
        pass


def everything(session: Session) -> list[tuple[object, ...]]:
    session.expire_all()
    accounts = session.execute(select(Account.id, Account.reputation, Account.trust).order_by(Account.id)).all()
    awards = session.execute(
        select(Award.account_id, Award.badge, Award.post_id, Award.awarded_at).order_by(Award.id)
    ).all()
    told = select(Notification.account_id, Notification.details).where(Notification.kind == "badge")
    news = session.execute(told.order_by(Notification.id)).all()
    return [tuple(row) for row in (*accounts, *awards)] + [(row[0], row[1]["badge"]) for row in news]


def test_counting_twice_changes_nothing(session: Session, make: Factory, asked: Question, given: Answer) -> None:
    cast(session, given, 1, make.account())
    questions.accept(session, asked, given, session.get_one(Account, asked.author_id), NOW)
    session.commit()
    reputation.recount_all(session, NOW)
    session.commit()
    before = everything(session)
    assert any(row[0] == given.author_id and row[1] == 25 for row in before)
    for _ in range(2):
        reputation.recount_all(session, NOW)
        session.commit()
    assert everything(session) == before


def test_the_worker_counts_after_the_commit_and_a_repeated_delivery_changes_nothing(
    session: Session, make: Factory, asked: Question, given: Answer, helper: Account, asker: Account
) -> None:
    cast(session, given, 1, make.account())
    questions.accept(session, asked, given, asker, NOW)
    session.commit()
    assert helper.reputation == 0
    deliver(session)
    before = everything(session)
    assert (session.get_one(Account, helper.id).reputation, session.get_one(Account, asker.id).reputation) == (25, 2)
    session.rollback()
    session.execute(update(Event).values(finished_at=None, due_at=NOW))
    session.commit()
    assert deliver_pending() > 0
    assert everything(session) == before


@pytest.mark.parametrize("deleted", ["question", "answer"])
def test_who_loses_by_a_deletion_is_counted_anew(
    session: Session, make: Factory, asked: Question, given: Answer, helper: Account, asker: Account, deleted: str
) -> None:
    cast(session, given, 1, make.account())
    questions.accept(session, asked, given, asker, NOW)
    deliver(session)
    assert (helper.reputation, asker.reputation) == (25, 2)
    moderator = make.account("Mo", "moderator")
    questions.remove(session, asked if deleted == "question" else given, moderator, NOW)
    deliver(session)
    session.expire_all()
    assert (helper.reputation, asker.reputation) == (0, 0)


def test_who_loses_an_acceptance_to_another_answer_is_counted_anew(
    session: Session, make: Factory, asked: Question, given: Answer, helper: Account, asker: Account
) -> None:
    better = make.answer(asked, make.account("Better"))
    questions.accept(session, asked, given, asker, NOW)
    deliver(session)
    assert helper.reputation == 15
    questions.accept(session, asked, better, asker, NOW)
    deliver(session)
    session.expire_all()
    assert (helper.reputation, session.get_one(Account, better.author_id).reputation) == (0, 15)


def test_counting_costs_the_same_statements_for_one_account_as_for_many(session: Session, make: Factory) -> None:
    asked = make.question()
    for _ in range(20):
        make.answer(asked)
    ids = list(session.scalars(select(Account.id)))
    reputation.recount_accounts(session, ids, NOW)
    session.commit()
    session.expunge_all()

    def statements(some: list[int]) -> int:
        told: list[str] = []
        event.listen(db.engine, "before_cursor_execute", hear := lambda *args: told.append(args[2]))
        reputation.recount_accounts(session, some, NOW)
        event.remove(db.engine, "before_cursor_execute", hear)
        session.rollback()
        return len(told)

    assert statements(ids[:1]) == statements(ids) <= 10


def test_two_counts_at_once_lose_no_vote(
    app: Flask, session: Session, make: Factory, given: Answer, helper: Account
) -> None:
    """Each count locks the account first, so that the later one sees what the earlier one saw, and more."""
    voters = [make.account() for _ in range(6)]
    answer_id, helper_id, start = given.id, helper.id, Barrier(len(voters))
    voter_ids = [voter.id for voter in voters]
    session.commit()

    def vote_and_count(voter_id: int) -> None:
        with app.app_context(), writing():
            start.wait()
            post = db.session.get_one(Answer, answer_id)
            db.session.add(Vote(voter_id=voter_id, post_id=post.id, value=1, created_at=NOW))
            db.session.commit()
            reputation.recount_accounts(db.session(), [helper_id], NOW)
            db.session.commit()

    in_threads(vote_and_count, voter_ids)
    assert session.get_one(Account, helper_id).reputation == 60
    assert session.scalar(select(func.count()).select_from(Award).where(Award.account_id == helper_id)) == 2


def test_a_count_that_another_overtook_looks_again(
    session: Session, make: Factory, given: Answer, helper: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker counts outside of the transaction that writes: what it read may be old by then."""
    first, second = make.account(), make.account()
    vote(session, given, 1, first, NOW)
    session.commit()
    whole = reputation.changes

    def overtaken(session: Session, ids: Sequence[int], now: datetime) -> Any:
        monkeypatch.setattr(reputation, "changes", whole)
        found = whole(session, ids, now)
        session.rollback()
        with writing():
            reputation.recount_accounts(session, ids, now)  # another worker writes what this one found,
            vote(session, session.get_one(Answer, given.id), 1, second, NOW)  # and there is more by now
            session.commit()
        return found

    monkeypatch.setattr(reputation, "changes", overtaken)
    assert deliver_pending() > 0  # once: the second vote's own event still waits
    session.rollback()
    assert session.get_one(Account, helper.id).reputation == 20


def in_threads(work: Callable[[int], None], numbers: list[int]) -> None:
    threads = [Thread(target=work, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_night_finds_whose_days_came_even_after_a_week_without_a_worker(session: Session, make: Factory) -> None:
    accounts = [make.account() for _ in range(3)]
    for account in accounts:
        make.comment(make.question(), account)
    session.execute(update(Post).values(created_at=NOW - 300 * DAY))
    joined = [NOW - 30 * DAY, NOW - 30 * DAY - 6 * DAY, NOW - 20 * DAY]
    for account, moment in zip(accounts, joined, strict=True):
        account.created_at = moment
    session.commit()
    night = next(
        day for day in (NOW + n * DAY for n in range(9)) if day.toordinal() % 7 not in {a.id % 7 for a in accounts}
    )
    for account, moment in zip(accounts, joined, strict=True):
        account.created_at = moment + (night - NOW)
    session.execute(update(Account).where(Account.id.not_in([a.id for a in accounts])).values(created_at=night))
    session.commit()
    found = set(reputation.due(session, night))
    assert {account.id for account in accounts} & found == {accounts[0].id, accounts[1].id}


def test_everybody_who_wrote_is_counted_within_a_week(session: Session, make: Factory) -> None:
    wrote = {make.comment(make.question()).author_id for _ in range(15)}
    later = NOW + 5 * DAY
    found = [set(reputation.due(session, later + n * DAY)) for n in range(7)]
    assert wrote <= set.union(*found)


def test_the_nightly_count_writes(session: Session, make: Factory, given: Answer, helper: Account) -> None:
    cast(session, given, 1, make.account())
    session.execute(update(Account).values(created_at=datetime.now(UTC) - 4 * DAY))
    session.commit()
    assert reputation.recount_nightly()["accounts"] >= 1
    session.expire_all()
    assert helper.reputation == 10
