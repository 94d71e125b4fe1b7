"""Who may open what. A new address without a row here fails."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.models import (
    ApiToken,
    CannedReason,
    CannedReply,
    Complaint,
    ComplaintChange,
    Correction,
    Event,
    Flag,
    LogEntry,
    Mention,
    Note,
    Outcome,
    Passkey,
    Post,
    QueueItem,
    RoutingRule,
    Theme,
)
from tests.factories import Factory, sign_in
from tests.web.access import LINKS_OF_MAILS, PAGES, READERS
from tests.web.addresses import address, rules
from tests.web.refused import FOR_PROGRAMS, FOR_STRANGERS, REFUSED, WORDS
from tests.web.world import World, asked_in, case_in, populate


def test_every_address_has_its_row(app: Flask) -> None:
    assert rules(app, "GET") == set(PAGES)
    assert rules(app, "POST") == set(REFUSED) | FOR_STRANGERS | FOR_PROGRAMS


@pytest.mark.parametrize("reader", READERS)
def test_each_reader_opens_what_the_table_says(
    app: Flask, client: FlaskClient, make: Factory, session: Session, reader: str
) -> None:
    world = populate(make, session)
    if reader != "stranger":
        sign_in(client, world.accounts[reader])
    got = {rule: client.get(address(app, world, rule)) for rule in PAGES}
    assert {rule: answer.status_code for rule, answer in got.items()} == {
        rule: row[READERS.index(reader)] for rule, row in PAGES.items()
    }
    if reader == "stranger":
        led = [
            got[rule]
            for rule in PAGES
            if rule not in LINKS_OF_MAILS | {"/posts/<int:post_id>"} and got[rule].status_code == 302
        ]
        assert {answer.location.split("?")[0] for answer in led} == {"/sign-in"}


@pytest.mark.parametrize("reader", READERS)
def test_who_may_not_do_it_changes_nothing(
    app: Flask, client: FlaskClient, make: Factory, session: Session, reader: str
) -> None:
    world = populate(make, session)
    before = state(session, world)
    if reader == "stranger":
        expected = dict.fromkeys(REFUSED, 302)
    else:
        sign_in(client, world.accounts[reader])
        expected = {rule: row[reader] for rule, row in REFUSED.items() if reader in row}
    expected |= dict.fromkeys(FOR_PROGRAMS, 401)
    got = {rule: client.post(address(app, world, rule), data=WORDS).status_code for rule in expected}
    assert got == expected
    session.rollback()
    assert state(session, world) == before


def state(session: Session, world: World) -> list[object]:
    session.expire_all()
    asked, case = asked_in(world, session), case_in(world, session)
    theme = session.get_one(Theme, world.numbers["theme_id"])
    mention = session.get_one(Mention, world.numbers["mention_id"])
    found = [
        asked.title, asked.body, asked.score, asked.deleted_at, asked.solved_at, asked.answer_count,
        case.status, case.assignee_id, theme.name, theme.status, theme.merged_into_id, theme.is_pinned, theme.is_ignored, theme.owner_id, mention.sentiment,
        mention.topic_id, theme.department, theme.note, session.get_one(Outcome, world.numbers["outcome_id"]).state,
        *(session.query(table).count() for table in (Post, Complaint, Event, ApiToken, Passkey, Correction, Theme, Flag, LogEntry, QueueItem, CannedReason, CannedReply, ComplaintChange, Note, RoutingRule, Outcome)),
    ]  # fmt: skip
    session.rollback()
    return found
