"""Which answer solved it: only the person who asked says so, and may change their mind."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.errors import Invalid, NotAllowed
from community.models import Account, Answer, Question
from community.questions import service
from tests.conftest import NOW
from tests.factories import Factory, sign_in

LATER = NOW.replace(hour=18)


@pytest.fixture
def asker(make: Factory) -> Account:
    return make.account("Asker")


@pytest.fixture
def asked(make: Factory, asker: Account) -> Question:
    return make.question(asker)


def accepted(session: Session) -> list[int]:
    return list(session.scalars(select(Answer.id).where(Answer.accepted_at.is_not(None))))


@pytest.mark.parametrize("role", ["customer", "agent", "moderator", "manager", "admin"])
def test_nobody_but_the_asker_accepts_an_answer(session: Session, make: Factory, asked: Question, role: str) -> None:
    given = make.answer(asked)
    other = make.account("Other", role)
    with pytest.raises(NotAllowed):
        service.accept(session, asked, given, other, NOW)
    with pytest.raises(NotAllowed):
        service.accept(session, asked, given, session.get_one(Account, given.author_id), NOW)
    with pytest.raises(NotAllowed):
        service.unaccept(session, asked, other, NOW)
    assert accepted(session) == []


def test_accepting_solves_the_question(session: Session, make: Factory, asked: Question, asker: Account) -> None:
    given = make.answer(asked)
    service.accept(session, asked, given, asker, LATER)
    session.commit()
    assert (given.accepted_at, asked.solved_at) == (LATER, LATER)


def test_accepting_another_answer_moves_the_mark(
    session: Session, make: Factory, asked: Question, asker: Account
) -> None:
    first, second = make.answer(asked), make.answer(asked)
    for given in (first, second, second, first):
        service.accept(session, asked, given, asker, LATER)
        session.commit()
        assert accepted(session) == [given.id]
        assert asked.solved_at == LATER


def test_taking_it_back_makes_the_question_unsolved(
    session: Session, make: Factory, asked: Question, asker: Account
) -> None:
    service.accept(session, asked, make.answer(asked), asker, NOW)
    session.commit()
    service.unaccept(session, asked, asker, NOW)
    session.commit()
    assert (accepted(session), asked.solved_at) == ([], None)


def test_deleting_the_accepted_answer_makes_the_question_unsolved(
    session: Session, make: Factory, asked: Question, asker: Account
) -> None:
    given, other = make.answer(asked), make.answer(asked)
    service.accept(session, asked, given, asker, NOW)
    session.commit()
    service.remove(session, other, session.get_one(Account, other.author_id), NOW)
    session.commit()
    assert asked.solved_at == NOW, "the other answer did not solve it"
    service.remove(session, given, session.get_one(Account, given.author_id), NOW)
    session.commit()
    assert (accepted(session), asked.solved_at, asked.answer_count) == ([], None, 0)


def test_an_answer_to_another_question_cannot_be_accepted(
    session: Session, make: Factory, asked: Question, asker: Account
) -> None:
    with pytest.raises(Invalid):
        service.accept(session, asked, make.answer(make.question()), asker, NOW)


def test_a_deleted_answer_cannot_be_accepted(session: Session, make: Factory, asked: Question, asker: Account) -> None:
    given = make.answer(asked)
    service.remove(session, given, session.get_one(Account, given.author_id), NOW)
    session.commit()
    with pytest.raises(Invalid):
        service.accept(session, asked, given, asker, NOW)


def test_the_accepted_answer_of_another_question_is_left_alone(
    session: Session, make: Factory, asked: Question, asker: Account
) -> None:
    other = make.question(asker)
    solution = make.answer(other)
    service.accept(session, other, solution, asker, NOW)
    service.accept(session, asked, make.answer(asked), asker, NOW)
    service.unaccept(session, asked, asker, NOW)
    session.commit()
    assert accepted(session) == [solution.id]
    assert session.scalar(select(func.count(Question.solved_at))) == 1


def test_thanks_for_a_solution_are_not_offered_as_one(
    client: FlaskClient, session: Session, make: Factory, asked: Question, asker: Account
) -> None:
    given, thanks = make.answer(asked), make.answer(asked, asker, body="Thanks, it works.")
    sign_in(client, asker)

    def offered() -> list[bool]:
        html = client.get(f"/questions/{asked.id}").get_data(as_text=True)
        return [f'action="/answers/{one.id}/acceptance"' in html for one in (given, thanks)]

    assert thanks.is_reply
    assert offered() == [True, True], "perhaps they found it themselves"
    session.rollback()
    service.accept(session, asked, given, asker, NOW)
    session.commit()
    assert offered() == [True, False]
