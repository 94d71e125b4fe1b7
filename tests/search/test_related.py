from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Event, Question, Related
from community.reactions import REACTIONS, index_posts
from community.search.related import MOST, relate
from tests.factories import Factory


def settle(session: Session, *questions: Question) -> None:
    """What the worker does upon events of these questions."""
    events = [
        Event(kind="question.edited", subject_id=question.id, created_at=datetime.now(UTC), due_at=datetime.now(UTC))
        for question in questions
    ]
    index_posts(session, events)
    relate(session, events)
    session.rollback()


def related(session: Session, question: Question) -> list[int]:
    """The other questions, nearest first."""
    session.rollback()
    rows = select(Related.other_id).where(Related.question_id == question.id).order_by(Related.likeness.desc())
    return list(session.scalars(rows))


def test_it_follows_from_what_happens_to_questions() -> None:
    for kind in ("question.asked", "question.edited", "question.deleted"):
        assert relate in REACTIONS[kind]
        assert REACTIONS[kind].index(index_posts) < REACTIONS[kind].index(relate)


def test_questions_that_resemble_each_other_stand_in_each_others_lists(make: Factory, session: Session) -> None:
    one = make.question(title="The battery drains over night")
    other = make.question(title="Why does the battery drain at night?")
    alone = make.question(title="Coffee tastes of soap")
    settle(session, one, other, alone)
    assert related(session, one) == [other.id]
    assert related(session, other) == [one.id]
    assert related(session, alone) == []


def test_both_scripts_are_related(make: Factory, session: Session) -> None:
    simplified, traditional = make.question(title="手环电池耗电太快"), make.question(title="手環電池為什麼耗電")
    settle(session, simplified, traditional)
    assert related(session, simplified) == [traditional.id]


def test_the_same_product_and_tags_bring_questions_nearer(make: Factory, session: Session) -> None:
    lamp = make.product("lamp")
    one = make.question(title="Battery drains", product=lamp, tags=["power"])
    far = make.question(title="Battery drains quickly")
    near = make.question(title="Battery drains slowly", product=lamp, tags=["power"])
    tagged = make.question(title="Something else", product=lamp, tags=["power"])
    settle(session, one, far, near, tagged)
    assert related(session, one) == [near.id, far.id, tagged.id]


def test_a_new_question_takes_the_place_of_the_least_like(make: Factory, session: Session) -> None:
    first = make.question(title="Battery drains over night")
    others = [
        make.question(title=f"Battery drains while {word}")
        for word in ("reading", "walking", "cooking", "running", "flying")
    ]
    settle(session, first, *others)
    assert len(related(session, first)) == MOST
    twin = make.question(title="The battery drains over night")
    settle(session, twin)
    assert related(session, first)[0] == twin.id
    assert len(related(session, first)) == MOST


def test_done_twice_it_is_the_same(make: Factory, session: Session) -> None:
    questions = [make.question(title=f"Battery drains {word}") for word in ("fast", "slowly", "always")]
    settle(session, *questions)
    before = {question.id: related(session, question) for question in questions}
    settle(session, *questions, *questions)
    assert {question.id: related(session, question) for question in questions} == before


@pytest.mark.parametrize("how", ["deleted", "erased", "edited"])
def test_what_is_gone_leaves_all_lists_and_others_move_up(
    make: Factory, session: Session, app: Flask, how: str
) -> None:
    questions = [
        make.question(title=f"Battery drains {word}") for word in "fast slowly always often daily weekly yearly".split()
    ]
    settle(session, *questions)
    gone = questions[0]
    if how == "edited":
        gone.title = "Coffee tastes of soap"
    elif how == "deleted":
        gone.deleted_at = datetime.now(UTC)
    else:
        gone.erased_at = datetime.now(UTC)
    session.commit()
    settle(session, gone)
    assert related(session, gone) == []
    for question in questions[1:]:
        assert gone.id not in related(session, question)
        assert len(related(session, question)) == MOST
