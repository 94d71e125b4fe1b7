"""A long thread comes in pages: the solution first whatever the order, and each post has an address that finds it."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.models import Account, Answer, Question, Related
from community.questions import service, watching
from community.questions.thread import ANSWERS, MOST_RELATED, related, thread
from community.questions.votes import vote
from tests.conftest import NOW
from tests.factories import Factory, sign_in

MANY = ANSWERS + 5


@pytest.fixture
def asker(make: Factory) -> Account:
    return make.account("Asker")


@pytest.fixture
def asked(make: Factory, asker: Account) -> Question:
    return make.question(asker)


@pytest.fixture
def answers(session: Session, asked: Question, asker: Account) -> list[Answer]:
    """Straight into the tables, each a minute later and one point lower than the one before."""
    rows = [
        Answer(
            question_id=asked.id, body=f"Answer {n}.", author_id=asker.id, created_at=NOW + timedelta(minutes=n), score=-n
        )
        for n in range(MANY)
    ]  # fmt: skip
    session.add_all(rows)
    asked.answer_count = MANY
    session.commit()
    return rows


def ids(session: Session, asked: Question, sort: str, page: int) -> list[int]:
    return [row.id for row in thread(session, asked.id, None, sort, page).answers]


@pytest.mark.parametrize("sort", ["score", "newest", "oldest"])
def test_the_accepted_answer_opens_page_one_and_no_answer_is_lost(
    session: Session, asked: Question, answers: list[Answer], asker: Account, sort: str
) -> None:
    solution = answers[17]
    service.accept(session, asked, solution, asker, NOW)
    session.commit()
    pages = [ids(session, asked, sort, page) for page in (1, 2)]
    assert [len(page) for page in pages] == [ANSWERS, 5]
    in_order = answers[::-1] if sort == "newest" else answers
    assert pages[0] + pages[1] == [solution.id, *(row.id for row in in_order if row is not solution)]


def test_talk_comes_last_where_the_best_come_first_and_stands_in_its_place_where_time_orders(
    session: Session, make: Factory, asked: Question
) -> None:
    talk = make.answer(asked, body="Me too")
    talk.score = 9
    poor = make.answer(asked, now=NOW + timedelta(hours=1))
    poor.score = -9
    session.commit()
    assert ids(session, asked, "score", 1) == [poor.id, talk.id]
    assert ids(session, asked, "oldest", 1) == [talk.id, poor.id]
    assert ids(session, asked, "newest", 1) == [poor.id, talk.id]


def test_equal_answers_keep_one_order(session: Session, make: Factory, asked: Question) -> None:
    rows = [make.answer(asked).id for _ in range(4)]
    assert ids(session, asked, "score", 1) == ids(session, asked, "oldest", 1) == rows
    assert ids(session, asked, "newest", 1) == rows[::-1]


def test_a_page_that_is_not_there_is_the_nearest_one(session: Session, asked: Question, answers: list[Answer]) -> None:
    for page, shown in ((-1, 1), (0, 1), (1, 1), (2, 2), (3, 2), (10**9, 2)):
        found = thread(session, asked.id, None, "score", page)
        assert (found.page, found.pages, found.total, len(found.answers)) == (shown, 2, MANY, 30 if shown == 1 else 5)


def test_no_address_of_a_thread_breaks_it(client: FlaskClient, asked: Question, answers: list[Answer]) -> None:
    for query in ("page=x", "sort=best", "page=-3&sort=", "page=99999999999999999999"):
        assert client.get(f"/questions/{asked.id}?{query}").status_code == 200, query


def test_the_lasting_address_of_an_answer_leads_to_the_page_it_stands_on(
    client: FlaskClient, asked: Question, answers: list[Answer]
) -> None:
    for place, query in ((0, ""), (29, ""), (30, "?page=2"), (34, "?page=2")):
        post = answers[place].id
        where = f"/questions/{asked.id}{query}#post-{post}"
        assert client.get(f"/posts/{post}").location == where
        assert f'id="post-{post}"' in client.get(where.split("#")[0]).get_data(as_text=True)


def test_the_lasting_address_of_a_comment_leads_to_its_own_place(
    client: FlaskClient, session: Session, make: Factory, asked: Question, answers: list[Answer]
) -> None:
    below, beside = make.comment(answers[32]), make.comment(asked)
    assert client.get(f"/posts/{below.id}").location == f"/questions/{asked.id}?page=2#post-{below.id}"
    assert client.get(f"/posts/{beside.id}").location == f"/questions/{asked.id}#post-{beside.id}"
    page = client.get(f"/questions/{asked.id}?page=2").get_data(as_text=True)
    assert f'id="post-{below.id}"' in page


def test_the_address_follows_an_answer_that_moved(
    client: FlaskClient, session: Session, asked: Question, answers: list[Answer], asker: Account
) -> None:
    last = answers[-1]
    assert client.get(f"/posts/{last.id}").location.endswith(f"?page=2#post-{last.id}")
    service.accept(session, asked, last, asker, NOW)
    session.commit()
    assert client.get(f"/posts/{last.id}").location == f"/questions/{asked.id}#post-{last.id}"


def test_whoever_acts_on_page_two_comes_back_to_that_post(
    client: FlaskClient, session: Session, make: Factory, asked: Question, answers: list[Answer]
) -> None:
    post = answers[33].id
    sign_in(client, make.account())
    session.rollback()
    for path, data in ((f"/posts/{post}/vote", {"value": "1"}), (f"/posts/{post}/comments", {"body": "Which button?"})):
        location = client.post(path, data=data).location
        assert location.startswith(f"/questions/{asked.id}?page=2#post-")


def test_the_pages_of_a_thread_lead_to_one_another_in_their_order(
    client: FlaskClient, asked: Question, answers: list[Answer]
) -> None:
    path = f"/questions/{asked.id}"
    first = client.get(f"{path}?sort=newest").get_data(as_text=True)
    assert f'rel="next" href="{path}?page=2&amp;sort=newest#answers"' in first
    assert 'rel="prev"' not in first
    second = client.get(f"{path}?page=2&sort=newest").get_data(as_text=True)
    assert f'rel="prev" href="{path}?sort=newest#answers"' in second
    assert 'rel="next"' not in second


def test_comments_are_told_in_their_order_and_the_erased_are_not(
    session: Session, make: Factory, asked: Question
) -> None:
    written = [make.comment(asked) for _ in range(3)]
    written[1].erased_at = NOW
    session.commit()
    assert thread(session, asked.id, None).comments[asked.id] == [written[0], written[2]]


def test_a_thread_knows_what_its_reader_has_done(session: Session, make: Factory, asked: Question) -> None:
    reader = make.account("Reader")
    given = make.answer(asked)
    vote(session, given, -1, reader, NOW)
    watching.say_me_too(session, asked, True, reader, NOW)
    watching.watch(session, asked, "muted", reader, NOW)
    session.commit()
    mine = thread(session, asked.id, reader)
    assert (mine.votes, mine.level, mine.is_me_too) == ({given.id: -1}, "muted", True)
    others = thread(session, asked.id, make.account())
    assert (others.votes, others.level, others.is_me_too) == ({}, "none", False)


def test_related_questions_come_nearest_first_without_those_that_are_gone(
    session: Session, make: Factory, asked: Question, asker: Account
) -> None:
    others = [make.question(asker, title=f"Other {n}") for n in range(MOST_RELATED + 3)]
    session.add_all(Related(question_id=asked.id, other_id=other.id, likeness=n) for n, other in enumerate(others))
    others[-1].deleted_at = others[-2].erased_at = NOW
    session.commit()
    assert related(session, asked.id) == others[-3 : -3 - MOST_RELATED : -1]


def test_only_comments_of_the_page_are_read(
    session: Session, make: Factory, asked: Question, answers: list[Answer]
) -> None:
    make.comment(answers[0])
    make.comment(answers[31])
    assert set(thread(session, asked.id, None, "score", 1).comments) == {answers[0].id}
    assert set(thread(session, asked.id, None, "score", 2).comments) == {answers[31].id}


def test_the_ends_of_a_long_thread_are_one_press_away(
    client: FlaskClient, session: Session, asked: Question, answers: list[Answer], asker: Account
) -> None:
    session.add_all(Answer(question_id=asked.id, body="More.", author_id=asker.id, created_at=NOW) for _ in range(MANY))
    session.commit()
    path = f"/questions/{asked.id}"
    first, second, third = (
        client.get(f"{path}?page={page}&sort=newest").get_data(as_text=True) for page in (1, 2, 3)
    )  # fmt: skip
    to_last, to_first = f'href="{path}?page=3&amp;sort=newest#answers">To the last', "To the first page"
    assert to_last in first
    assert to_first not in first + second, "the page before is the first"
    assert "To the last" not in second + third, "the next page is the last"
    assert f'href="{path}?sort=newest#answers">{to_first}' in third
