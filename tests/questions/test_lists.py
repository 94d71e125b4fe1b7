"""Lists are paged by key: no question is left out or shown twice; a page costs the same however much hangs on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from community.db import db
from community.errors import NotFound
from community.models import Account, Answer, Comment, Question
from community.questions import queries, service
from community.questions.thread import thread
from community.web.urls import parse_key
from tests.conftest import NOW
from tests.factories import Factory, sign_in


def ask_many(session: Session, author: Account, times: list[datetime]) -> list[Question]:
    """Straight into the tables: these tests are about reading."""
    asked = [
        Question(title=f"Question {n}", body="Words.", author_id=author.id, created_at=at, active_at=at)
        for n, at in enumerate(times)
    ]
    session.add_all(asked)
    session.commit()
    return asked


def pages(session: Session, order: str = "newest") -> list[list[int]]:
    found, key = [], None
    while True:
        page = queries.question_list(session, order, after=parse_key(key))
        found.append([row.id for row in page.rows])
        if (key := page.next_key) is None:
            return found


@pytest.mark.parametrize("step_s", [60, 0], ids=["different times", "equal times"])
@pytest.mark.parametrize(("many", "sizes"), [(0, [0]), (20, [20]), (21, [20, 1]), (45, [20, 20, 5])])
def test_paging_shows_each_question_once_newest_first(
    session: Session, make: Factory, many: int, sizes: list[int], step_s: int
) -> None:
    asked = ask_many(session, make.account(), [NOW + timedelta(seconds=n * step_s) for n in range(many)])
    found = pages(session)
    assert [len(page) for page in found] == sizes
    assert [key for page in found for key in page] == [row.id for row in reversed(asked)]


def test_a_question_asked_between_two_pages_moves_nothing(session: Session, make: Factory) -> None:
    author = make.account()
    asked = ask_many(session, author, [NOW] * 25)
    first = queries.question_list(session, "newest")
    ask_many(session, author, [NOW + timedelta(seconds=1)])
    second = queries.question_list(session, "newest", after=parse_key(first.next_key))
    assert [row.id for row in (*first.rows, *second.rows)] == [row.id for row in reversed(asked)]


def test_the_links_to_the_next_page_lead_through_all_questions(
    client: FlaskClient, session: Session, make: Factory
) -> None:
    ask_many(session, make.account(), [NOW] * 41)
    seen, path = [], "/questions"
    while path:
        text = client.get(path).get_data(as_text=True)
        seen += [part.split('"')[0] for part in text.split('class="row-title"><a href="/questions/')[1:]]
        before, _, _ = text.partition('">Older')
        path = before.rpartition('href="')[2].replace("&amp;", "&") if before != text else ""
    assert len(seen) == 41
    assert len(set(seen)) == 41


def test_unanswered_and_unsolved_lists_hold_what_they_say(session: Session, make: Factory) -> None:
    asker = make.account()
    bare, answered, solved, deleted = (make.question(asker) for _ in range(4))
    make.answer(answered)
    service.accept(session, solved, make.answer(solved), asker, NOW)
    service.remove(session, deleted, asker, NOW)
    session.commit()
    assert pages(session) == [[solved.id, answered.id, bare.id]]
    assert pages(session, "unanswered") == [[bare.id]]
    assert pages(session, "unsolved") == [[answered.id, bare.id]]
    assert queries.counts(session) == {"questions": 3, "solved": 1, "unanswered": 1}
    with pytest.raises(NotFound):
        pages(session, "best")


def test_a_list_can_be_narrowed_to_a_product_or_a_tag(client: FlaskClient, make: Factory) -> None:
    make.question(title="About the lamp", product=make.product("lamp"))
    make.question(title="About the battery", tags=["battery"])
    for query, shown, hidden in (("product=lamp", "lamp", "battery"), ("tag=battery", "battery", "lamp")):
        text = client.get(f"/questions?{query}").get_data(as_text=True)
        assert f"About the {shown}" in text
        assert f"About the {hidden}" not in text
    assert client.get("/questions?product=sofa").status_code == 404
    assert client.get("/questions?tag=sofa").status_code == 404


def test_the_answer_that_solved_it_comes_first_then_the_best(session: Session, make: Factory) -> None:
    asker = make.account()
    asked = make.question(asker)
    worst, best, solution = (make.answer(asked) for _ in range(3))
    worst.score, best.score = -1, 5
    service.accept(session, asked, solution, asker, NOW)
    session.commit()
    assert thread(session, asked.id, None).answers == [solution, best, worst]


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_a_list_costs_the_same_statements_for_5_and_for_50_questions(
    client: FlaskClient, session: Session, make: Factory
) -> None:
    product = make.product()
    sign_in(client, make.account())
    session.rollback()  # what this test has read is older than the sign-in
    spent = []
    for many in (5, 45):
        authors = [make.account() for _ in range(5)]
        for n in range(many):
            row = Question(
                title=f"Question {n}", body="Words.", author_id=authors[n % 5].id, created_at=NOW, product=product
            )
            row.tags = service.named_tags(session, [f"tag{n % 7}"])
            session.add(row)
        session.commit()
        client.get("/questions")
        with statements() as seen:
            assert client.get("/questions").status_code == 200
        spent.append(len(seen))
    assert spent[0] == spent[1]
    assert spent[0] <= 20


def test_a_question_page_costs_the_same_statements_for_5_and_for_30_answers(
    client: FlaskClient, session: Session, make: Factory
) -> None:
    asked = make.question(tags=["a", "b"], product=make.product())
    sign_in(client, make.account())
    session.rollback()  # what this test has read is older than the sign-in
    spent = []
    for many in (5, 25):
        authors = [make.account() for _ in range(5)]
        given = [
            Answer(question_id=asked.id, body="Words.", author_id=authors[n % 5].id, created_at=NOW)
            for n in range(many)
        ]
        session.add_all(given)
        session.flush()
        session.add_all(
            Comment(question_id=asked.id, parent_id=one.id, body="Yes.", author_id=authors[0].id, created_at=NOW)
            for one in given
        )
        session.commit()
        path = f"/questions/{asked.id}"  # reads the question, which the page is not to be blamed for
        session.rollback()
        with statements() as seen:
            text = client.get(path).get_data(as_text=True)
        spent.append(len(seen))
        assert text.count(">Words.</p>") == (5 if many == 5 else 30)
    assert spent[0] == spent[1]
    assert spent[0] <= 20
