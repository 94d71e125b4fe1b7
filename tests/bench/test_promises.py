"""What was acknowledged and is not there, or is there twice, is found."""

import pytest
from sqlalchemy.orm import Session

from community.bench.promises import broken_promises
from community.bench.writers import MARK, Done
from community.models import Account, Draft, Event, Question
from community.questions.votes import vote
from tests.conftest import NOW
from tests.factories import Factory


def told(kind: str, mark: str, subject: int, status: int = 302, person: int = 1, value: int = 0) -> Done:
    return Done(kind, person, mark, status, 0.1, 0.0, subject, value)


@pytest.fixture
def by(make: Factory) -> Account:
    return make.account()


@pytest.fixture
def asked(make: Factory, by: Account) -> Question:
    return make.question(by, body=f"Words. {MARK}1-0")


def test_what_is_there_is_no_broken_promise(session: Session, make: Factory, by: Account, asked: Question) -> None:
    given = make.answer(asked, by, body=f"Words. {MARK}1-1")
    done = [told("question", f"{MARK}1-0", asked.id), told("answer", f"{MARK}1-1", given.id)]
    assert broken_promises(session, done, 1) == []


def test_what_was_acknowledged_and_is_not_there_is_lost(session: Session) -> None:
    assert len(broken_promises(session, [told("question", f"{MARK}1-0", 7)], 1)) == 2, "neither post nor event"


def test_what_was_refused_may_be_missing_but_not_twice(session: Session, make: Factory, by: Account) -> None:
    mark = f"{MARK}1-0"
    assert broken_promises(session, [told("question", mark, 0, status=503)], 1) == []
    for _ in range(2):
        make.question(by, body=mark)
    (wrong,) = broken_promises(session, [told("question", mark, 0, status=0)], 1)
    assert "2 times" in wrong


def test_what_nobody_sent_is_noticed(session: Session, asked: Question) -> None:
    (wrong,) = broken_promises(session, [], asked.id)
    assert "never sent" in wrong


def test_an_event_that_is_missing_is_noticed(session: Session, asked: Question) -> None:
    session.query(Event).delete()
    session.commit()
    (wrong,) = broken_promises(session, [told("question", f"{MARK}1-0", asked.id)], 1)
    assert "no event" in wrong


def test_a_vote_and_a_score_that_differ_are_noticed(session: Session, make: Factory, asked: Question) -> None:
    voter = make.account()
    vote(session, asked, 1, voter, NOW)
    session.commit()
    cast = [told("vote", "", asked.id, person=voter.id, value=-1), told("vote", "", asked.id, person=voter.id, value=1)]
    first_id = asked.id + 1
    assert broken_promises(session, cast, first_id) == []
    assert "not -1" in broken_promises(session, cast[:1], first_id)[0]
    asked.score = 5
    session.commit()
    assert "score" in broken_promises(session, cast, first_id)[0]


def test_answers_that_are_counted_wrongly_are_noticed(
    session: Session, make: Factory, by: Account, asked: Question
) -> None:
    given = make.answer(asked, by, body=f"Hold it. {MARK}1-1")
    asked.answer_count = 3
    given.is_reply = False
    session.commit()
    done = [told("question", f"{MARK}1-0", asked.id), told("answer", f"{MARK}1-1", given.id)]
    (wrong,) = broken_promises(session, done, 1)
    assert "counted wrongly" in wrong


def test_a_draft_that_is_not_the_last_is_noticed(session: Session, by: Account) -> None:
    session.add(Draft(account_id=by.id, place="ask", body=f"{MARK}1-0", saved_at=NOW))
    session.commit()
    first, second = (told("draft", f"{MARK}1-{n}", 1, status=200, person=by.id) for n in range(2))
    assert broken_promises(session, [first], 1) == []
    assert "last draft" in broken_promises(session, [first, second], 1)[0]
