"""Outcomes later on: themes that were merged, questions that come after, the feed, and how many they concern."""

from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.anonymity import large_alone
from community.insights import service as themes
from community.insights.outcomes import of_theme
from community.models import Account, Customer, OutcomeNote, Theme, Verbatim
from community.outcomes import service
from community.outcomes.audience import audience
from community.outcomes.chores import note_questions
from tests.factories import Factory, sign_in
from tests.insights.making import lately, make_theme, say
from tests.outcomes.making import WORDS, deliver, done, drafted, published


@pytest.fixture
def theme(session: Session) -> Theme:
    return make_theme(session, "courier")


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


def test_a_draft_of_a_theme_that_was_merged_away_is_found_by_the_other_and_published_for_it(
    make: Factory, session: Session, theme: Theme, manager: Account, client: FlaskClient
) -> None:
    other = make_theme(session, "delivery")
    say(make, other, "The courier lost it again", by=make.account("Other"))
    row = drafted(session, theme, manager)
    themes.merge(session, theme, other, manager, lately(0))
    session.commit()
    assert service.draft_of(session, other.id) is row
    session.rollback()
    sign_in(client, manager)
    assert WORDS["title"] in client.get(f"/insights/themes/{other.id}/outcome").get_data(as_text=True)
    session.rollback()
    done(session, other, manager)
    service.publish(session, row, manager, lately(0))
    session.commit()
    assert (row.theme_id, row.state) == (other.id, "published")
    assert row.counted is not None
    assert sum(row.counted["told"].values()) == 1


def test_a_theme_that_has_a_draft_of_its_own_keeps_it_when_another_is_merged_into_it(
    make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    other = make_theme(session, "delivery")
    old, own = drafted(session, theme, manager), drafted(session, other, manager, title="Its own")
    themes.merge(session, theme, other, manager, lately(0))
    session.commit()
    assert service.draft_of(session, other.id) is own
    service.discard(session, own, manager)
    session.commit()
    assert service.draft_of(session, other.id) is old
    assert drafted(session, other, manager, title="Another") is old
    assert old.theme_id == other.id


def test_a_question_that_is_asked_after_the_outcome_gets_its_note(
    app: Flask, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    say(make, theme, "The courier lost it", by=make.account())
    row = published(session, theme, manager)
    before = session.scalars(select(OutcomeNote.question_id)).all()
    session.rollback()
    assert note_questions() == {}
    late = say(make, theme, "Where is my parcel?", by=make.account("Late"), intent="question", at=lately(0))
    key = session.get_one(Verbatim, late.verbatim_id).post_id
    session.commit()
    assert note_questions() == {"questions": 1}
    assert set(session.scalars(select(OutcomeNote.question_id))) == {*before, key}
    session.rollback()
    service.withdraw(session, row, manager, lately(0))
    say(make, theme, "And mine?", by=make.account("Later"), intent="question", at=lately(0))
    session.commit()
    assert note_questions() == {}


def test_the_feed_tells_what_is_public_and_is_not_sent_twice(
    client: FlaskClient, session: Session, theme: Theme, manager: Account
) -> None:
    assert b"<entry>" not in client.get("/you-said.atom").data
    row = published(session, theme, manager)
    reply = client.get("/you-said.atom")
    feed = ElementTree.fromstring(reply.data)
    name = "{http://www.w3.org/2005/Atom}"
    assert [one.text for one in feed.findall(f"{name}entry/{name}title")] == [WORDS["title"]]
    assert (feed.findtext(f"{name}entry/{name}id") or "").endswith(f"/you-said/{row.id}")
    assert client.get("/you-said.atom", headers={"If-None-Match": reply.headers["ETag"]}).status_code == 304
    service.withdraw(session, row, manager, lately(0))
    session.commit()
    assert b"<entry>" not in client.get("/you-said.atom").data


def test_groups_of_fewer_than_five_are_not_numbered_before_nor_after_it_is_told(
    app: Flask, make: Factory, session: Session, theme: Theme, manager: Account, client: FlaskClient
) -> None:
    people = [make.account(f"Person {n}") for n in range(9)]
    for one in people:
        say(make, theme, f"The courier lost it, {one.name}", by=one)
    keys = [session.get_one(Account, one.id).customer_id for one in people[:2]]
    for key in keys:
        session.get_one(Customer, key).hears_outcomes = False
    session.commit()
    done(session, theme, manager)
    row = drafted(session, theme, manager)
    counts = audience(session, theme.id, lately(0)).counts()
    assert counts == {"told": {"forum mail": 7}, "left_out": {"opted out": 2}}
    assert large_alone({"a": 9, "b": 5, "c": 4, "d": 0}, 5) == {"a": 9, "b": 5, "c": None, "d": 0}
    session.rollback()
    sign_in(client, manager)
    page = client.get(f"/insights/themes/{theme.id}/outcome").get_data(as_text=True)
    assert page.count("<dd>fewer than 5</dd>") == 1
    assert page.count("<dd>7</dd>") == 1
    session.rollback()
    service.publish(session, row, manager, lately(0))
    session.commit()
    deliver(app)
    (shown,) = of_theme(session, theme.id, 5)
    assert (shown.told, shown.left_out) == (7, {"opted out": None})
