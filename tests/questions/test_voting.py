"""One person, one post, one judgement; the score is the sum of the judgements."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.errors import Invalid, NotAllowed
from community.models import Account, Answer, Vote
from community.questions.votes import vote
from tests.conftest import NOW
from tests.factories import Factory


@pytest.fixture
def given(make: Factory) -> Answer:
    return make.answer(make.question())


def score_and_sum(session: Session, post: Answer) -> tuple[int, int]:
    session.commit()
    return post.score, session.scalar(
        select(func.coalesce(func.sum(Vote.value), 0)).where(Vote.post_id == post.id)
    ) or 0


@pytest.mark.parametrize(
    ("votes", "score"),
    [
        ([1], 1), ([-1], -1), ([1, 1], 1), ([1, -1], -1), ([-1, 1], 1), ([1, 0], 0), ([-1, 0], 0), ([0], 0),
        ([1, 0, -1, -1, 0, 0, 1], 1),
    ],
)  # fmt: skip
def test_only_the_last_judgement_of_a_person_counts(
    session: Session, make: Factory, given: Answer, votes: list[int], score: int
) -> None:
    voter = make.account()
    for value in votes:
        vote(session, given, value, voter, NOW)
    assert score_and_sum(session, given) == (score, score)
    assert session.scalar(select(func.count()).select_from(Vote)) == abs(score)


def test_the_score_is_the_sum_of_all_votes(session: Session, make: Factory, given: Answer) -> None:
    voters = [make.account() for _ in range(5)]
    for voter, value in zip(voters, (1, 1, 1, -1, 1), strict=True):
        vote(session, given, value, voter, NOW)
    vote(session, given, 0, voters[0], NOW)
    vote(session, given, -1, voters[1], NOW)
    assert score_and_sum(session, given) == (0, 0)


def test_nobody_votes_on_their_own_post(session: Session, given: Answer) -> None:
    with pytest.raises(NotAllowed):
        vote(session, given, 1, session.get_one(Account, given.author_id), NOW)


@pytest.mark.parametrize("value", [2, -2, 100])
def test_a_vote_is_up_down_or_none(session: Session, make: Factory, given: Answer, value: int) -> None:
    with pytest.raises(Invalid):
        vote(session, given, value, make.account(), NOW)


def test_a_vote_makes_the_authors_profile_due_again(session: Session, make: Factory, given: Answer) -> None:
    from community.models import Customer

    author = session.get_one(Account, given.author_id)
    later = NOW.replace(day=9)
    vote(session, given, 1, make.account(), later)
    session.commit()
    assert session.get_one(Customer, author.customer_id).changed_at == later
