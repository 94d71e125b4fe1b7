"""Asking, answering and commenting: the rules, and what is written in the same transaction."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.db import Base
from community.errors import Invalid
from community.models import Account, Event, Interaction, Post, Question, Tag, Verbatim
from community.questions import service
from tests.conftest import NOW
from tests.factories import Factory


def count(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def ask(session: Session, by: Account, **changed: object) -> Question:
    words = {"title": "How do I reset it?", "body": "It hangs.", "product": None, "tags": ()} | changed
    return service.ask(session, **words, by=by, now=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("title", ["", "  ", "ab", " a  b ".replace("  b", ""), "x" * 201])
def test_a_title_has_3_to_200_characters(session: Session, make: Factory, title: str) -> None:
    with pytest.raises(Invalid):
        ask(session, make.account(), title=title)


@pytest.mark.parametrize("title", ["abc", "x" * 200, "灯坏了", "  three   words here "])
def test_a_title_at_its_limits_is_taken_with_its_spaces_made_single(
    session: Session, make: Factory, title: str
) -> None:
    assert ask(session, make.account(), title=title).title == " ".join(title.split())


@pytest.mark.parametrize("body", ["", " \r\n ", "x" * 30_001])
def test_a_body_is_neither_empty_nor_longer_than_30000_characters(session: Session, make: Factory, body: str) -> None:
    asker = make.account()
    with pytest.raises(Invalid):
        ask(session, asker, body=body)
    with pytest.raises(Invalid):
        service.answer(session, ask(session, asker), body, asker, NOW)


def test_a_body_of_30000_characters_is_taken(session: Session, make: Factory) -> None:
    assert len(ask(session, make.account(), body="灯" * 30_000).body) == 30_000


@pytest.mark.parametrize("body", ["", "\n", "x" * 2_001])
def test_a_comment_is_neither_empty_nor_longer_than_2000_characters(session: Session, make: Factory, body: str) -> None:
    with pytest.raises(Invalid):
        service.comment(session, make.question(), body, make.account(), NOW)


def test_a_question_takes_five_tags_and_not_six(session: Session, make: Factory) -> None:
    asker = make.account()
    assert len(ask(session, asker, tags="a b c d e".split()).tags) == 5
    with pytest.raises(Invalid):
        ask(session, asker, tags="a b c d e f".split())


def test_tags_are_written_one_way_and_made_once(session: Session, make: Factory) -> None:
    asker = make.account()
    first = ask(session, asker, tags=["Battery Life", "battery-life", "电池", "--", "!?"])
    second = ask(session, asker, tags=["BATTERY life"])
    assert [tag.slug for tag in first.tags] == ["battery-life", "电池"]
    assert second.tags == [first.tags[0]]
    assert count(session, Tag) == 2


@pytest.mark.parametrize("kind", ["question", "answer", "comment"])
def test_a_post_its_event_and_its_verbatim_vanish_together(session: Session, make: Factory, kind: str) -> None:
    author = make.account()
    asked = make.question()
    before = [count(session, table) for table in (Post, Event, Verbatim, Interaction)]
    if kind == "question":
        ask(session, author)
    elif kind == "answer":
        service.answer(session, asked, "Hold the button.", author, NOW)
    else:
        service.comment(session, asked, "Which button?", author, NOW)
    session.flush()
    assert [count(session, table) for table in (Post, Event, Verbatim, Interaction)] == [n + 1 for n in before]
    session.rollback()
    assert [count(session, table) for table in (Post, Event, Verbatim, Interaction)] == before


def test_each_post_of_a_customer_is_recorded_with_its_reason(session: Session, make: Factory) -> None:
    author, product = make.account(), make.product()
    asked = make.question(author, title="The lamp hangs", body="Since today.", product=product)
    given = make.answer(asked, author)
    make.comment(given, author)
    texts = session.scalars(select(Verbatim).order_by(Verbatim.id)).all()
    assert [row.text for row in texts] == ["The lamp hangs\n\nSince today.", "Hold the button.", "Which button?"]
    assert {row.product_id for row in texts} == {product.id}
    assert {row.customer_id for row in texts} == {author.customer_id}
    assert not any(row.is_private or row.mined_revision for row in texts)
    contacts = session.scalars(select(Interaction).order_by(Interaction.id)).all()
    assert [(row.reason, row.channel) for row in contacts] == [
        ("asked", "forum"), ("answered", "forum"), ("commented", "forum"),
    ]  # fmt: skip
    events = session.scalars(select(Event).order_by(Event.id)).all()
    assert [event.kind for event in events] == ["question.asked", "answer.given", "comment.written"]
    assert {event.actor_id for event in events} == {author.id}


@pytest.mark.parametrize("role", ["agent", "moderator", "manager", "admin"])
def test_what_the_company_writes_is_not_mined(session: Session, make: Factory, role: str) -> None:
    asked = make.question()
    before = count(session, Verbatim), count(session, Interaction)
    staff = make.account("Staff", role)
    make.comment(make.answer(asked, staff), staff)
    assert (count(session, Verbatim), count(session, Interaction)) == before
    assert staff.customer_id is None


def test_a_customer_who_became_an_agent_no_longer_speaks_as_a_customer(session: Session, make: Factory) -> None:
    person = make.account("Convert")
    make.question(person)
    person.roles = make.account("Colleague", "agent").roles
    session.commit()
    before = count(session, Verbatim)
    make.answer(make.question(make.account("Staff", "agent")), person)
    assert count(session, Verbatim) == before


def test_an_answer_is_counted_and_makes_the_question_active(session: Session, make: Factory) -> None:
    asked = make.question()
    later = NOW.replace(hour=20)
    service.answer(session, asked, "One.", make.account(), NOW)
    service.answer(session, asked, "Two.", make.account(), later)
    session.commit()
    assert (asked.answer_count, asked.active_at) == (2, later)


def test_windows_line_ends_become_plain_ones(session: Session, make: Factory) -> None:
    assert ask(session, make.account(), body="one\r\ntwo\r\n").body == "one\ntwo"
