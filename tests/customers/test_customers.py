"""The customer as agents see them: those in danger first, a timeline over all channels, signals with their words."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.complaints import service as complaints
from community.customers import queries
from community.errors import NotFound
from community.models import LEVELS, Account, Customer, Profile, Signal, Verbatim
from community.questions import service as questions
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.insights.making import make_theme, say


@pytest.fixture
def agent(make: Factory) -> Account:
    return make.account("Agent", "agent")


def profile(session: Session, name: str, loyalty: int | None, level: str = "neutral") -> Customer:
    customer = Customer(name=name, created_at=NOW, changed_at=NOW)
    session.add(customer)
    session.flush()
    if loyalty is not None:
        session.add(
            Profile(customer_id=customer.id, loyalty=loyalty, level=level, stage="active", reasons={}, computed_at=NOW)
        )
    session.commit()
    return customer


def test_those_in_danger_come_first_and_the_unknown_last(session: Session) -> None:
    for name, loyalty in (("fine", 80), ("unknown", None), ("leaving", 5), ("so so", 50)):
        profile(session, name, loyalty)
    assert [row.name for row in queries.customers(session, None, 1)] == ["leaving", "so so", "fine", "unknown"]


def test_the_list_can_be_narrowed_to_a_level(session: Session) -> None:
    profile(session, "lost one", 5, "lost")
    profile(session, "loyal one", 90, "loyal")
    assert [row.name for row in queries.customers(session, "lost", 1)] == ["lost one"]
    assert queries.level_counts(session) == dict.fromkeys(LEVELS, 0) | {"lost": 1, "loyal": 1}
    with pytest.raises(NotFound):
        queries.customers(session, "angry", 1)


def test_the_pages_show_each_customer_once(
    client: FlaskClient, session: Session, make: Factory, agent: Account
) -> None:
    session.add_all(Customer(name=f"Customer {n:03}", created_at=NOW, changed_at=NOW) for n in range(55))
    session.commit()
    sign_in(client, agent)
    pages = [client.get(f"/customers?page={n}").get_data(as_text=True) for n in (1, 2)]
    shown = [n for n in range(55) for page in pages if f"Customer {n:03}<" in page]
    assert shown == list(range(55))
    assert "page=2" in pages[0]
    assert "page=3" not in pages[1]
    assert client.get("/customers?page=-3").status_code == 200
    assert client.get("/customers?page=x").status_code == 200
    assert client.get("/customers?level=angry").status_code == 404


def test_the_timeline_holds_every_contact_newest_first(session: Session, make: Factory, agent: Account) -> None:
    person = make.account("Jane")
    asked = make.question(person, title="How does it work?", body="Tell me.")
    given = make.answer(make.question(title="Another question"), person, now=NOW + timedelta(minutes=1))
    case = make.complaint(person, now=NOW + timedelta(minutes=2))
    complaints.reply(session, case, "Hello?", person, NOW + timedelta(minutes=3))
    complaints.reply(session, case, "We are sorry.", agent, NOW + timedelta(minutes=4))
    session.commit()
    found = queries.timeline(session, person.customer_id or 0)
    assert [(one.reason, one.heading) for one in found] == [
        ("replied", "Broken"), ("complained", "Broken"), ("answered", "Another question"), ("asked", "How does it work?"),
    ]  # fmt: skip
    assert [one.post_id for one in found] == [None, None, given.id, asked.id]
    assert found[2].question_id == given.question_id
    assert found[1].text == "The lamp broke after two days."


def test_a_contact_stands_once_on_the_timeline_however_many_replies_there_are(
    session: Session, make: Factory, agent: Account
) -> None:
    person = make.account()
    case = make.complaint(person)
    for n in range(3):
        complaints.reply(session, case, f"Turn {n}", person, NOW + timedelta(minutes=n))
    for verbatim in session.scalars(select(Verbatim)):
        verbatim.sentiment = "negative"
    session.commit()
    assert len(queries.timeline(session, person.customer_id or 0)) == 4


def test_what_was_deleted_is_not_on_the_timeline(session: Session, make: Factory) -> None:
    person = make.account()
    asked = make.question(person)
    questions.remove(session, asked, person, NOW)
    session.commit()
    assert queries.timeline(session, person.customer_id or 0) == []


def test_a_signal_is_shown_with_the_words_that_caused_it(
    client: FlaskClient, session: Session, make: Factory, agent: Account
) -> None:
    person = make.account("Jane")
    mention = say(make, make_theme(session), "The battery drains <fast>", by=person)
    number = person.customer_id
    session.add_all(
        [
            Signal(customer_id=number, kind="mood", weight=-9.0, at=NOW, mention_id=mention.id),
            Signal(customer_id=number, kind="activity", weight=2.0, at=NOW),
        ]
    )
    session.commit()
    lines = queries.signals(session, number or 0)
    assert [(line.signal.kind, line.words) for line in lines] == [
        ("mood", "The battery drains <fast>"),
        ("activity", None),
    ]
    session.rollback()
    sign_in(client, agent)
    page = client.get(f"/customers/{number}").get_data(as_text=True)
    assert "The battery drains &lt;fast&gt;" in page
    assert client.get("/customers/99").status_code == 404


def test_a_customer_whom_nothing_is_known_about_has_a_page(
    client: FlaskClient, session: Session, agent: Account
) -> None:
    number = profile(session, "Nobody", None).id
    session.rollback()
    sign_in(client, agent)
    assert "Nobody" in client.get(f"/customers/{number}").get_data(as_text=True)


def test_a_contact_with_mixed_feelings_is_marked_so(
    client: FlaskClient, session: Session, make: Factory, agent: Account
) -> None:
    make.contact("I love the screen. The battery is awful.", channel="email", address="sam@example.com", now=NOW)
    verbatim = session.scalars(select(Verbatim)).one()
    verbatim.sentiment, verbatim.score, verbatim.intent, verbatim.leaving = "mixed", 0.1, "problem", False
    session.commit()
    sign_in(client, agent)
    page = client.get(f"/customers/{verbatim.customer_id}").get_data(as_text=True)
    assert re.search(r'badge-caution">.*?</svg>\s*mixed', page, re.DOTALL)
