"""What is hot: used much, and not long ago. One number, so that the list is paged by key like every other."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from community.heat import SECONDS_FOR_TEN_TIMES, heat
from community.models import Question
from community.questions import queries, service, watching
from community.questions.votes import vote
from tests.conftest import NOW
from tests.factories import Factory

DAY = timedelta(days=1)


def hot(session: Session) -> list[int]:
    session.commit()
    return [row.id for row in queries.question_list(session, "hot").rows]


def test_ten_times_the_use_weighs_as_much_as_five_days() -> None:
    assert timedelta(seconds=SECONDS_FOR_TEN_TIMES) == 5 * DAY
    later = NOW + 5 * DAY
    assert heat(later, 9, 0, 0) == pytest.approx(heat(NOW, 99, 0, 0))
    assert heat(NOW, 0, 2, 0) == heat(NOW, 4, 0, 0) == heat(NOW, 0, 0, 4)
    assert heat(NOW, -3, 0, 0) < heat(NOW, 0, 0, 0) < heat(NOW, 3, 0, 0)


def test_each_use_makes_it_hotter_and_taking_it_back_cooler(session: Session, make: Factory) -> None:
    asker, one, two = make.account(), make.account(), make.account()
    asked = make.question(asker)
    seen = [asked.hot or 0.0]

    def note() -> None:
        session.commit()
        seen.append(asked.hot or 0.0)

    given = service.answer(session, asked, "Hold the button.", one, NOW)
    note()
    vote(session, asked, 1, one, NOW)
    note()
    watching.say_me_too(session, asked, True, two, NOW)
    note()
    assert seen == sorted(set(seen)), "hotter at every step"
    watching.say_me_too(session, asked, False, two, NOW)
    note()
    vote(session, asked, 0, one, NOW)
    note()
    service.remove(session, given, one, NOW)
    note()
    assert seen == seen[::-1], "and back by the same steps"


def test_talk_makes_no_question_hotter(session: Session, make: Factory) -> None:
    asked = make.question()
    before = asked.hot
    make.answer(asked, body="Me too!")
    session.commit()
    assert asked.hot == before


def test_a_newer_question_with_nothing_beats_a_much_older_one_with_little(session: Session, make: Factory) -> None:
    asker = make.account()
    old = make.question(asker, now=NOW - 24 * DAY)
    make.answer(old)
    fresh = make.question(asker, now=NOW - DAY)
    used = make.question(asker, now=NOW - 2 * DAY)
    make.answer(used)
    assert hot(session) == [used.id, fresh.id, old.id]


def test_a_question_that_many_find_bad_sinks(session: Session, make: Factory) -> None:
    asker = make.account()
    bad, plain = make.question(asker), make.question(asker, now=NOW - DAY)
    for _ in range(3):
        vote(session, bad, -1, make.account(), NOW)
    assert hot(session) == [plain.id, bad.id]


def test_a_question_is_hot_from_the_moment_it_is_asked(session: Session, make: Factory) -> None:
    asked = make.question()
    assert session.get_one(Question, asked.id).hot == heat(NOW, 0, 0, 0)
