"""Reputation is counted from the tables: each rule, and what does not count."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from community import reputation
from community.models import Account, Answer, Question, Vote
from community.questions import service as questions
from community.questions.votes import vote
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


def points(session: Session, account: Account, now: datetime = NOW) -> int:
    """Of the account, counted now."""
    session.commit()
    reputation.recount_accounts(session, [account.id], now)
    session.commit()
    return account.reputation


def test_a_helpful_answer_brings_ten_points(session: Session, make: Factory, given: Answer, helper: Account) -> None:
    cast(session, given, 1, make.account())
    assert points(session, helper) == 10


def test_a_helpful_question_brings_five_points(
    session: Session, make: Factory, asked: Question, asker: Account
) -> None:
    cast(session, asked, 1, make.account())
    assert points(session, asker) == 5


def test_a_post_that_does_not_help_costs_two_points(
    session: Session, make: Factory, given: Answer, helper: Account
) -> None:
    cast(session, given, 1, make.account())
    cast(session, given, -1, make.account())
    assert points(session, helper) == 8


def test_nobody_falls_below_zero(session: Session, make: Factory, given: Answer, helper: Account) -> None:
    cast(session, given, -1, make.account())
    assert points(session, helper) == 0


def test_an_accepted_answer_brings_fifteen_points_and_two_to_who_accepted(
    session: Session, asked: Question, given: Answer, asker: Account, helper: Account
) -> None:
    questions.accept(session, asked, given, asker, NOW)
    assert (points(session, helper), points(session, asker)) == (15, 2)
    questions.unaccept(session, asked, asker, NOW)
    assert (points(session, helper), points(session, asker)) == (0, 0)


def test_accepting_ones_own_answer_brings_nothing(
    session: Session, make: Factory, asked: Question, asker: Account
) -> None:
    questions.accept(session, asked, make.answer(asked, asker), asker, NOW)
    assert points(session, asker) == 0


def test_what_a_person_gives_to_their_own_second_account_counts_nothing(
    session: Session, asked: Question, given: Answer, asker: Account, helper: Account
) -> None:
    helper.customer_id = asker.customer_id
    cast(session, given, 1, asker)
    questions.accept(session, asked, given, asker, NOW)
    assert (points(session, helper), points(session, asker)) == (0, 0)


def test_one_person_counts_five_times_a_day_for_one_author_whatever_their_accounts(
    session: Session, make: Factory, helper: Account
) -> None:
    helper.is_trust_fixed = True  # else they would be a newcomer, who may not write so much in an hour
    friend, twin = make.account("Friend"), make.account("Twin")
    make.comment(make.question(), friend)
    twin.customer_id = friend.customer_id
    for number in range(8):
        cast(session, make.answer(make.question(), helper), 1, friend if number % 2 else twin)
    assert points(session, helper) == 50
    cast(session, make.answer(make.question(), helper), 1, friend, NOW + DAY)
    assert points(session, helper) == 60, "another day"
    cast(session, make.answer(make.question(), helper), 1, make.account())
    assert points(session, helper) == 70, "another person"


def test_a_day_ends_at_midnight_utc(session: Session, make: Factory, helper: Account) -> None:
    friend, midnight = make.account("Friend"), NOW.replace(hour=0)
    for minutes in (-3, -2, -1, -1, -1, -1, 0, 1, 1, 1, 1, 1):
        answer = make.answer(make.question(), helper)
        session.add(
            Vote(voter_id=friend.id, post_id=answer.id, value=1, created_at=midnight + timedelta(minutes=minutes))
        )
    assert points(session, helper) == 100


def test_one_asker_solves_three_times_a_day_with_one_helper(
    session: Session, make: Factory, asker: Account, helper: Account
) -> None:
    for _ in range(6):
        asked = make.question(asker)
        questions.accept(session, asked, make.answer(asked, helper), asker, NOW)
    assert points(session, helper) == 3 * 15
    assert points(session, asker) == 5 * 2, "and thanks count five times a day"


def test_askers_who_have_left_are_not_one_person(session: Session, make: Factory, helper: Account) -> None:
    for _ in range(5):
        asked = make.question()
        given, asker_id = make.answer(asked, helper), asked.author_id
        questions.accept(session, asked, given, session.get_one(Account, asker_id), NOW)
        asked.author_id = None
    assert points(session, helper) == 5 * 15


def test_deleted_and_erased_posts_count_nothing(
    session: Session, make: Factory, asked: Question, given: Answer, asker: Account, helper: Account
) -> None:
    cast(session, given, 1, make.account())
    other = make.answer(make.question(), helper)
    cast(session, other, 1, make.account())
    questions.accept(session, asked, given, asker, NOW)
    assert points(session, helper) == 35
    other.erased_at = NOW
    assert points(session, helper) == 25
    questions.remove(session, asked, asker, NOW)
    assert (points(session, helper), points(session, asker)) == (0, 0)


def test_votes_of_a_suspended_account_count_nothing_and_those_of_an_imported_member_do(
    session: Session, make: Factory, given: Answer, helper: Account
) -> None:
    troll, imported = make.account(), make.account()
    cast(session, given, 1, troll)
    cast(session, given, 1, imported)
    troll.active = False
    imported.active, imported.email, imported.external_id = False, None, "site:7"
    assert points(session, helper) == 10


def test_a_vote_that_is_changed_or_taken_back_is_counted_as_it_is_now(
    session: Session, make: Factory, given: Answer, helper: Account
) -> None:
    voter, other = make.account(), make.account()
    cast(session, given, 1, other)
    seen = []
    for value in (1, -1, 0):
        cast(session, given, value, voter)
        seen.append(points(session, helper))
    assert seen == [20, 8, 10]


def level(session: Session, account: Account, now: datetime = NOW) -> str:
    points(session, account, now)
    return account.trust


def test_three_days_and_three_posts_make_a_member(session: Session, make: Factory) -> None:
    account = make.account()
    account.trust = "newcomer"
    asked = make.question(account)
    make.comment(asked, account)
    make.answer(make.question(), account)
    assert level(session, account, NOW + 3 * DAY - timedelta(seconds=1)) == "newcomer"
    assert level(session, account, NOW + 3 * DAY) == "member"
    questions.remove(session, asked, account, NOW)
    assert level(session, account, NOW + 3 * DAY) == "newcomer", "what is gone counts no more"


def test_votes_and_solutions_make_a_regular(session: Session, make: Factory) -> None:
    account = make.account()
    for number in range(20):
        asker = make.account()
        asked = make.question(asker)
        answer = make.answer(asked, account)
        if number < 10:
            vote(session, answer, 1, asker, NOW)
        if number < 3:
            questions.accept(session, asked, answer, asker, NOW)
    assert level(session, account, NOW + 29 * DAY) == "member"
    assert level(session, account, NOW + 30 * DAY) == "regular"
    session.execute(update(Vote).values(value=-1).where(Vote.id == select(func.min(Vote.id)).scalar_subquery()))
    assert level(session, account, NOW + 30 * DAY) == "member", "nine are not ten"


def test_a_level_given_by_a_person_and_the_staff_are_left_alone(session: Session, make: Factory) -> None:
    given, agent = make.account(), make.account("Ann", "agent")
    given.trust, given.is_trust_fixed, agent.trust = "leader", True, "member"
    assert level(session, given) == "leader"
    assert level(session, agent) == "member"
