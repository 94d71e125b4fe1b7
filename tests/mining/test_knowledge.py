"""What is asked often and seldom solved, and which answers solved most."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.models import Account, Answer, Mention, Question, Theme, Topic
from community.questions import service as questions
from community.questions.votes import vote
from mining.knowledge import PERIOD, knowledge
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.insights.making import make_theme
from tests.insights.making import say as say_in

LATELY = NOW - timedelta(days=4)


def ask(make: Factory, theme: Theme, by: Account | None = None, **more: object) -> Question:
    say_in(make, theme, "How does it work?", by=by or make.account(), at=more.get("at", LATELY))
    return make.session.scalars(select(Question).order_by(Question.id.desc()).limit(1)).one()


def solve(make: Factory, asked: Question, votes: int = 0) -> Answer:
    given = make.answer(asked)
    author = make.session.get_one(Account, asked.author_id)
    questions.accept(make.session, asked, given, author, NOW)
    for _ in range(votes):
        vote(make.session, given, 1, make.account(), NOW)
    make.session.commit()
    return given


def test_a_theme_that_five_ask_about_and_few_are_helped_with_is_a_gap(
    make: Factory, session: Session, units: Units
) -> None:
    hard, easy, rare = (make_theme(session, name) for name in ("hard", "easy", "rare"))
    asked = [ask(make, hard) for _ in range(6)]
    solve(make, asked[0])
    for _ in range(6):
        solve(make, ask(make, easy))
    for _ in range(4):
        ask(make, rare)
    session.execute(update(Question).where(Question.id == asked[3].id).values(me_too_count=3))
    session.commit()
    found = units.read(lambda session: knowledge(session, [hard.id, easy.id, rare.id], NOW, 5))
    (gap,) = found["gaps"]
    assert (gap["theme"], gap["asked"], gap["customers"], gap["solved"], gap["waiting"]) == (hard.id, 6, 6, 1, 8)
    assert gap["questions"] == [asked[3].id, asked[5].id, asked[4].id, asked[2].id]


def test_one_person_who_asks_six_times_is_no_gap(make: Factory, session: Session, units: Units) -> None:
    theme, person = make_theme(session), make.account()
    for _ in range(6):
        ask(make, theme, person)
    assert units.read(lambda session: knowledge(session, [theme.id], NOW, 5))["gaps"] == []


def test_answers_stand_by_how_many_they_helped(make: Factory, session: Session, units: Units) -> None:
    theme = make_theme(session)
    little, most, some = (ask(make, theme) for _ in range(3))
    answers = [solve(make, little), solve(make, most, votes=3), solve(make, some)]
    session.execute(update(Question).where(Question.id == some.id).values(me_too_count=2))
    session.commit()
    found = units.read(lambda session: knowledge(session, [theme.id], NOW, 5))["answers"]
    assert [(row["answer"], row["helped"]) for row in found] == [
        (answers[1].id, 4), (answers[2].id, 3), (answers[0].id, 1),
    ]  # fmt: skip
    assert {row["theme"] for row in found} == {theme.id}


def test_themes_not_shown_old_and_deleted_questions_are_left_out(make: Factory, session: Session, units: Units) -> None:
    theme, hidden = make_theme(session), make_theme(session, "hidden")
    for _ in range(5):
        ask(make, theme, at=NOW - PERIOD - timedelta(days=1))
        solve(make, ask(make, hidden))
    author = make.account()
    solve(make, gone := ask(make, theme, author))
    questions.remove(session, gone, author, NOW)
    session.commit()
    assert units.read(lambda session: knowledge(session, [theme.id], NOW, 5)) == {"days": 90, "gaps": [], "answers": []}


def test_a_question_is_about_the_theme_of_its_first_sentence(make: Factory, session: Session, units: Units) -> None:
    theme, other = make_theme(session), make_theme(session, "other")
    for _ in range(5):
        ask(make, theme)
    second = session.scalars(select(Topic.id).where(Topic.theme_id == other.id)).one()
    for mention in session.scalars(select(Mention)).all():
        later = {name: getattr(mention, name) for name in ("verbatim_id", "sentiment", "score", "intent", "leaving")}
        session.add(Mention(**later, start=90, end=99, embedding=b"", revision="m", topic_id=second))
    session.commit()
    found = units.read(lambda session: knowledge(session, [theme.id, other.id], NOW, 5))["gaps"]
    assert [gap["theme"] for gap in found] == [theme.id]
