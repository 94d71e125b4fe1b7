"""Newcomers of one day who go for the same post at once do not count until a moderator says so."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.complaints.escalating import escalate
from community.errors import Invalid
from community.models import Account, Flag, LogEntry, QueueItem, Vote
from community.moderation import bursts, deciding, flags, log
from community.moderation.hiding import mark_of
from community.questions.votes import vote
from tests.conftest import NOW
from tests.factories import Factory, sign_in

LATER = NOW + timedelta(minutes=10)


def newcomers(make: Factory, many: int, joined_days_ago: float = 0.5) -> list[Account]:
    found = [make.account() for _ in range(many)]
    for one in found:
        one.trust, one.created_at = "newcomer", NOW - timedelta(days=joined_days_ago)
    make.session.commit()
    return found


def burst_of(session: Session) -> QueueItem:
    return session.scalars(select(QueueItem).where(QueueItem.kind == "burst")).one()


def test_votes_of_linked_newcomers_are_set_aside_as_one_row_and_may_count_after_all(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    asked = make.question()
    given = make.answer(asked)
    for person in newcomers(make, 5):
        vote(session, given, -1, person, NOW)
    vote(session, given, 1, make.account(), NOW)
    vote(session, given, -1, newcomers(make, 1, joined_days_ago=3)[0], NOW)
    session.commit()
    assert bursts.set_bursts_aside(LATER) == {"bursts": 1}
    session.rollback()
    assert (given.score, session.query(Vote).count()) == (0, 2)
    assert bursts.set_bursts_aside(LATER) == {}
    session.rollback()
    item = burst_of(session)
    assert (item.reason, len(item.details["people"])) == ("votes", 5)
    deciding.decide(session, item, "restore", mo, LATER)
    session.commit()
    assert (given.score, session.query(Vote).count()) == (-5, 7)
    assert bursts.set_bursts_aside(LATER) == {}  # it was decided
    session.rollback()
    log.undo(session, session.scalars(select(LogEntry).where(LogEntry.action == "restore")).one(), mo, LATER)
    session.commit()
    assert (given.score, session.query(Vote).count()) == (0, 2)
    item_id = item.id
    session.rollback()
    sign_in(client, mo)
    assert "5 votes at once" in client.get(f"/moderation/items/{item_id}").get_data(as_text=True)


def test_a_few_newcomers_or_newcomers_of_different_days_are_no_burst(session: Session, make: Factory) -> None:
    asked = make.question()
    for person in newcomers(make, 3) + newcomers(make, 3, joined_days_ago=2.5):
        vote(session, asked, 1, person, NOW)
    session.commit()
    assert bursts.set_bursts_aside(LATER) == {}


def test_linked_newcomers_flag_as_one_and_are_set_aside(session: Session, make: Factory, mo: Account) -> None:
    asked = make.question()
    for person in newcomers(make, 8):  # would weigh 4 together
        flags.flag(session, asked, "spam", "", person, NOW)
    session.commit()
    assert mark_of(asked) is None
    assert bursts.set_bursts_aside(LATER) == {"bursts": 1}
    session.rollback()
    assert {flag.outcome for flag in session.query(Flag)} == {"set aside"}
    states = {item.kind: item.outcome for item in session.query(QueueItem)}
    assert states == {"flag": "withdrawn", "burst": None}
    deciding.decide(session, burst_of(session), "discard", mo, LATER)
    session.commit()
    assert {flag.outcome for flag in session.query(Flag)} == {"set aside"}


def test_undoing_that_flags_count_leaves_no_empty_item_and_shows_what_they_hid(
    app: Flask, session: Session, make: Factory, mo: Account
) -> None:
    app.config["FLAG_HIDE_WEIGHT"] = 0.5
    asked, other = make.question(), make.account()
    for person in newcomers(make, 4):
        flags.flag(session, asked, "spam", "", person, NOW)
    session.commit()
    bursts.set_bursts_aside(LATER)
    session.rollback()
    before = sorted((item.kind, item.state) for item in session.query(QueueItem))
    flags.flag(session, asked, "wrong", "", other, LATER)
    entry = deciding.decide(session, burst_of(session), "restore", mo, LATER)
    session.commit()
    assert mark_of(asked) == "hidden"
    log.undo(session, entry, mo, LATER)
    session.commit()
    assert mark_of(asked) is None
    states = {item.id: item.state for item in session.query(QueueItem).filter_by(kind="flag")}
    waiting = {flag.item_id for flag in session.query(Flag).filter_by(outcome=None)}
    assert {key for key, state in states.items() if state != "decided"} == waiting  # the one that did not belong to it
    flags.withdraw(session, asked.id, other, LATER)
    session.commit()
    assert sorted({(item.kind, item.state) for item in session.query(QueueItem)}) == before


def test_undoing_that_flags_were_set_aside_has_them_wait_in_the_queue(
    session: Session, make: Factory, mo: Account
) -> None:
    asked = make.question()
    for person in newcomers(make, 4):
        flags.flag(session, asked, "spam", "", person, NOW)
    session.commit()
    bursts.set_bursts_aside(LATER)
    session.rollback()
    log.undo(session, session.scalars(select(LogEntry).where(LogEntry.action == "set aside")).one(), mo, LATER)
    session.commit()
    item = session.scalars(select(QueueItem).where(QueueItem.kind == "flag", QueueItem.state == "open")).one()
    assert {(flag.item_id, flag.outcome) for flag in session.query(Flag)} == {(item.id, None)}


def test_an_agent_escalates_a_case_once_while_it_waits(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    agent, case = make.account("Ann", "agent"), make.complaint()
    with pytest.raises(Invalid):
        escalate(session, case, " ", agent, NOW)
    item = escalate(session, case, "They threaten a courier.", agent, NOW)
    assert escalate(session, case, "Still.", agent, NOW).id == item.id
    session.commit()
    item_id = item.id
    session.rollback()
    sign_in(client, mo)
    session.rollback()
    assert "They threaten a courier." in client.get(f"/moderation/items/{item_id}").get_data(as_text=True)
    assert client.post(f"/moderation/items/{item_id}/decision", data={"outcome": "settle"}).status_code == 303


def test_the_page_of_a_case_hands_it_over_and_says_what_became_of_it(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    agent, case_id = make.account("Ann", "agent"), make.complaint().id
    session.commit()
    sign_in(client, agent)
    page = f"/complaints/{case_id}"
    assert client.post(f"{page}/escalation", data={"reason": " "}).status_code == 422
    assert client.post(f"{page}/escalation", data={"reason": "They threaten a courier."}).status_code == 302
    assert "It waits in their queue since" in client.get(page).get_data(as_text=True)
    session.rollback()
    item = session.query(QueueItem).one()
    assert (item.kind, item.complaint_id, item.details["text"]) == ("escalation", case_id, "They threaten a courier.")
    deciding.decide(session, item, "settle", mo, LATER)
    session.commit()
    assert "They settled it" in client.get(page).get_data(as_text=True)
