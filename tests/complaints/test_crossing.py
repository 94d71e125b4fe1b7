"""Two things happen to a case at once, or in an odd order: no words are lost and nothing false is said."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community import incoming, mail_inbox
from community import mail_addresses as addresses
from community.complaints import chores, merging, publishing, rating, received, sending, service
from community.db import db
from community.errors import NotFound
from community.models import Account, Complaint, Message, Note, Publication, ReceivedMail
from community.reactions import deliver_pending
from tests.conftest import NOW
from tests.factories import Factory, sign_in

HOUR = timedelta(hours=1)


def test_a_reply_to_a_case_that_was_merged_meanwhile_reaches_the_other(
    client: FlaskClient, session: Session, make: Factory, customer: Account, agent: Account
) -> None:
    one, two = make.complaint(customer, subject="One"), make.complaint(customer, subject="Two")
    service.move(session, two, "resolved", agent, NOW)
    merging.merge(session, one, two, agent, NOW)
    session.commit()
    first, second = one.id, two.id
    sign_in(client, customer)
    session.rollback()
    assert client.post(f"/complaints/{first}/replies", data={"body": "It burns now!"}).status_code == 302
    session.rollback()
    said = session.scalars(select(Message).where(Message.from_customer)).one()
    assert said.complaint_id == second
    assert session.get_one(Complaint, second).status == "reopened"


def test_the_worker_does_not_close_what_its_customer_has_just_reopened(
    session: Session, make: Factory, customer: Account, agent: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("one writer at a time")
    case, late = make.complaint(customer), NOW + timedelta(days=100)
    service.move(session, case, "resolved", agent, NOW)
    session.commit()
    case_id, customer_id, whole = case.id, customer.id, chores.changing

    def racing(*arguments: object, **options: object) -> object:
        with Session(db.engine) as other:
            service.hear(other, other.get_one(Complaint, case_id), "Again!", other.get_one(Account, customer_id), late)
            other.commit()
        return whole(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(chores, "changing", racing)
    chores.close(late)
    session.commit()
    assert session.get_one(Complaint, case_id, populate_existing=True).status == "reopened"


def test_a_strangers_mail_that_an_agent_lets_in_does_not_turn_the_answers_to_the_stranger(
    session: Session, make: Factory, customer: Account
) -> None:
    case = make.complaint(customer)
    raw = (
        f"From: eve@evil.example\r\nTo: {addresses.case_address(case.id)}\r\nMessage-ID: <e@evil.example>\r\n"
        "Subject: Re\r\n\r\nI am the husband, please answer me about it.\r\n"
    ).encode()
    incoming.receive(session, raw, NOW)
    assert incoming.retake(session, session.scalars(select(ReceivedMail)).one(), NOW, True) == "threaded"
    session.commit()
    assert sending.address_of(session, case)[0] == customer.email


@pytest.mark.parametrize(
    "header", ["From: =?utf-8?Q?Bob=00x?= <bob@example.com>", "In-Reply-To: =?utf-8?Q?<a=00b@c>?="]
)
def test_a_mail_with_a_null_in_a_header_holds_up_no_other(
    app: Flask, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    monkeypatch.setattr(mail_inbox, "SETTLED_SECONDS", -1)
    app.config["MAIL_INBOX_DIR"] = str(tmp_path)
    for number, first in ((1, header), (2, "X-Nothing: 1")):
        who = "" if first.startswith("From") else f"From: Ann <ann{number}@example.com>\r\n"
        text = f"{who}To: {app.config['MAIL_COMPLAINTS']}\r\nMessage-ID: <{number}@x.example>\r\nSubject: hi\r\n"
        (tmp_path / f"{number}.eml").write_bytes(f"{first}\r\n{text}\r\nMy lamp is broken, please help.\r\n".encode())
    assert mail_inbox.read_inbox() == {"mails_opened": 2}
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Complaint)) == 2


def test_a_reply_taken_back_leaves_the_case_unanswered_though_a_label_came_between(
    session: Session, make: Factory, customer: Account, agent: Account
) -> None:
    case = make.complaint(customer)
    message = service.reply(session, case, "Send it in.", agent, NOW)
    service.label(session, case, ["vip"], agent, NOW + timedelta(seconds=3))
    session.commit()
    sending.unsend(session, case, message, agent, NOW + timedelta(seconds=6))
    session.commit()
    assert (case.status, case.first_replied_at) == ("new", None)
    assert case.due_at is not None


def test_a_second_resolution_is_rated_for_itself(
    session: Session, make: Factory, customer: Account, agent: Account
) -> None:
    case = make.complaint(customer)
    service.move(session, case, "resolved", agent, NOW)
    session.commit()
    assert rating.ask_all(session, NOW + HOUR) == 1
    service.hear(session, case, "No.", customer, NOW + 2 * HOUR)
    service.move(session, case, "resolved", agent, NOW + 3 * HOUR)
    rating.rate_case(session, case, 5, "", customer, NOW + 3 * HOUR + timedelta(seconds=20))
    session.commit()
    assert not rating.may_rate(session, case)
    assert rating.ask_all(session, NOW + 4 * HOUR) == 0


def test_two_agents_make_one_case_of_a_refused_mail(app: Flask, session: Session) -> None:
    raw = (
        f"From: Ann <ann@example.com>\r\nTo: {app.config['MAIL_COMPLAINTS']}\r\nAuto-Submitted: auto-replied\r\n"
        "Message-ID: <e@x.example>\r\nSubject: Re\r\n\r\nMy lamp is broken, please help me with it.\r\n"
    ).encode()
    assert incoming.receive(session, raw, NOW, True) == "automatic"
    session.commit()
    mail_id = session.scalars(select(ReceivedMail.id)).one()
    assert incoming.retake(session, received.kept(session, mail_id, for_update=True), NOW, True) == "opened"
    session.commit()
    with pytest.raises(NotFound):
        received.kept(session, mail_id, for_update=True)
    assert session.scalar(select(func.count()).select_from(Complaint)) == 1


def test_what_cannot_be_asked_is_withdrawn_and_the_agents_read_why(
    session: Session, make: Factory, customer: Account, agent: Account
) -> None:
    case = make.complaint(customer)
    found = publishing.propose(session, case, "My lamp hums", "It hums all day.", agent, NOW)
    publishing.decide(session, found, "named", NOW)
    customer.silenced_until = datetime.now(UTC) + timedelta(days=1)
    session.commit()
    key = found.id
    while deliver_pending():
        pass
    session.rollback()
    assert session.get_one(Publication, key).state == "withdrawn"
    assert "could not be published" in session.scalars(select(Note.body)).one()


def test_the_customer_is_not_told_that_a_held_question_is_public(
    app: Flask, session: Session, make: Factory, customer: Account, agent: Account
) -> None:
    customer.trust, app.config["HELD_FIRST_POSTS"] = "newcomer", 3
    case = make.complaint(customer)
    found = publishing.propose(session, case, "My lamp hums", "It hums all day.", agent, NOW)
    publishing.decide(session, found, "named", NOW)
    session.commit()
    while deliver_pending():
        pass
    session.rollback()
    said = session.scalars(select(Message.body).where(Message.kind == "notice")).one()
    assert said.startswith("A moderator looks at it first")


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("post", "/complaints/{id}/merge", {"into": "9" * 20}),
        ("post", "/complaints/{id}/replies", {"insert": "1", "canned": "9" * 20, "body": "x"}),
        ("post", "/complaints/{id}/status", {"status": "open", "version": "9" * 20}),
        ("post", "/inbox/changes", {"what": "priority", "priority": "high", "case": f"{'9' * 20}:1"}),
        ("post", "/complaints/{id}/facts", {"assignee": "²"}),
        ("get", "/inbox?assignee=²", None), ("get", "/inbox?after=_²", None), ("get", f"/inbox/mails?after={'9' * 20}", None),
    ],
)  # fmt: skip
def test_numbers_that_are_none_break_no_page(
    client: FlaskClient, session: Session, make: Factory, agent: Account, method: str, path: str, data: object
) -> None:
    case_id = make.complaint().id
    sign_in(client, agent)
    session.rollback()
    assert getattr(client, method)(path.format(id=case_id), data=data).status_code < 500
