"""Every list is paged by key: whatever its order, and whatever happens meanwhile, nothing is left out or shown twice."""

import re
from datetime import timedelta
from itertools import count

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from community.heat import heat
from community.models import Account, Post, Question, Tag, Watch
from community.questions import queries
from community.web.urls import number_key, page_key, parse_key, parse_number_key
from tests.conftest import NOW
from tests.factories import Factory, sign_in

ORDERS = ("newest", "active", "unanswered", "unsolved", "hot", "watched")
TITLE = re.compile(r'class="row-title"><a href="/questions/(\d+)"')
OLDER = re.compile(r'rel="next" href="([^"]+)"')
numbers = count()


@pytest.fixture
def reader(make: Factory, session: Session) -> Account:
    """Someone who watches a tag that all questions of these tests have."""
    account = make.account("Reader")
    tag = Tag(slug="all")
    session.add(tag)
    session.flush()
    session.add(Watch(account_id=account.id, level="watching", tag_id=tag.id, created_at=NOW))
    session.commit()
    return account


def ask_many(session: Session, author: Account, many: int, step_s: float = 0, days: int = 0) -> list[int]:
    """Straight into the tables. Each third has use; with a step of 0 all else is equal."""
    tag = session.query(Tag).filter_by(slug="all").one()
    rows = []
    for n in range(many):
        at = NOW + timedelta(days=days, seconds=n * step_s)
        rows.append(
            Question(
                title=f"Question {next(numbers)}", body="Words.", author_id=author.id, created_at=at, active_at=at,
                hot=heat(at, n % 3, 0, 0), tags=[tag],
            )
        )  # fmt: skip
    session.add_all(rows)
    session.commit()
    return [row.id for row in rows]


def walk(client: FlaskClient, path: str, meanwhile: object = lambda: None) -> list[int]:
    """The questions on all pages, by the links from page to page; `meanwhile` happens between them."""
    found: list[int] = []
    while path:
        page = client.get(path).get_data(as_text=True)
        found += [int(key) for key in TITLE.findall(page)]
        older = OLDER.search(page)
        path = older[1].replace("&amp;", "&") if older else ""
        meanwhile()  # type: ignore[operator]
    return found


@pytest.mark.parametrize("step_s", [0, 0.000001], ids=["equal times", "a microsecond apart"])
@pytest.mark.parametrize("order", ORDERS)
def test_each_list_shows_each_question_once_also_while_others_ask(
    client: FlaskClient, session: Session, reader: Account, order: str, step_s: float
) -> None:
    sign_in(client, reader)
    session.rollback()
    asked = ask_many(session, reader, 45, step_s)
    days = count(10)

    def ask() -> None:
        session.rollback()
        ask_many(session, reader, 2, days=next(days))

    found = walk(client, "/questions" if order == "newest" else f"/questions/{order}", ask)
    assert sorted(found) == sorted(asked)
    if order != "hot":
        assert found == asked[::-1]


def test_a_question_that_leaves_the_list_between_two_pages_takes_no_other_with_it(
    client: FlaskClient, session: Session, reader: Account
) -> None:
    asked = ask_many(session, reader, 45)

    def answered() -> None:
        session.execute(update(Post).where(Post.id == asked[-20]).values(deleted_at=NOW))  # the last on the first page
        session.commit()

    assert walk(client, "/questions/unanswered", answered) == asked[::-1]


@pytest.mark.parametrize("narrowed", ["tag=all", "product=lamp"])
@pytest.mark.parametrize("order", ["", "/hot"])
def test_a_narrowed_list_stays_narrowed_on_its_later_pages(
    client: FlaskClient, session: Session, make: Factory, reader: Account, narrowed: str, order: str
) -> None:
    lamp = make.product("lamp")
    asked = ask_many(session, reader, 25)
    session.execute(update(Question).where(Question.id.in_(asked)).values(product_id=lamp.id))
    session.commit()
    make.question(reader)
    assert sorted(walk(client, f"/questions{order}?{narrowed}")) == asked


BAD = [
    "", "_", "x_1", "1", "nan_1", "inf_1", "-inf_1", "1e999_1", "2026-06-01T12:00:00_1", "2026-06-01T12:00:00+00:00_x",
    "2026-06-01T12:00:00+00:00_-1", "2026-06-01T12:00:00+00:00_99999999999", "0001-01-01T00:00:00+23:59_1", "1_2_3_",
    "9999-12-31T23:59:59-23:59_1", "' OR 1=1 --_1", "%00_1",
]  # fmt: skip


@pytest.mark.parametrize("order", ["", "/hot"])
def test_a_key_that_is_none_of_ours_begins_at_the_beginning(
    client: FlaskClient, session: Session, reader: Account, order: str
) -> None:
    asked = ask_many(session, reader, 3, 60)
    for key in BAD:
        response = client.get(f"/questions{order}", query_string={"after": key})
        assert response.status_code == 200, key
        assert sorted(int(found) for found in TITLE.findall(response.get_data(as_text=True))) == asked, key


@given(value=st.floats(allow_nan=False, allow_infinity=False), row=st.integers(0, 2**31 - 1))
def test_a_key_of_a_number_comes_back_as_it_was(value: float, row: int) -> None:
    assert parse_number_key(number_key(value, row)) == (value, row)


@given(value=st.datetimes(timezones=st.just(NOW.tzinfo)), row=st.integers(0, 2**31 - 1))
def test_a_key_of_a_moment_comes_back_as_it_was(value: object, row: int) -> None:
    assert parse_key(page_key(value, row)) == (value, row)  # type: ignore[arg-type]


@given(text=st.text(max_size=60))
def test_no_text_breaks_the_reading_of_keys(text: str) -> None:
    for parse in (parse_key, parse_number_key):
        found = parse(text)  # type: ignore[operator]
        assert found is None or 0 <= found[1] < 2**31


def test_a_stranger_has_no_watched_list(client: FlaskClient) -> None:
    assert client.get("/questions/watched").status_code == 302


def test_all_orders_are_tested() -> None:
    assert queries.ORDERS.keys() == set(ORDERS)


@pytest.mark.parametrize(("order", "back", "on"), [("", "Newest", "Older"), ("/hot", "To the first page", "Next page")])
def test_the_buttons_speak_of_time_only_where_it_orders_the_list(
    client: FlaskClient, session: Session, reader: Account, order: str, back: str, on: str
) -> None:
    ask_many(session, reader, 2 * queries.PAGE + 1)
    session.commit()
    first = client.get(f"/questions{order}").get_data(as_text=True)
    assert f">{on}</a>" in first
    second = client.get(OLDER.findall(first)[0].replace("&amp;", "&")).get_data(as_text=True)
    assert f"</svg>{back}</a>" in second
