"""Agents at one case: nobody overwrites, overhears or outruns another."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.complaints import beside, bulk, looking, queries, sending, service
from community.mail_delivery import claim
from community.models import Account, Complaint, Draft, Mail, Message, Note
from tests.complaints.pages import text
from tests.conftest import NOW, Browser
from tests.factories import Factory, sign_in


def test_who_answers_an_old_page_is_told_what_happened_and_loses_no_word(
    desk: FlaskClient, session: Session, case: Complaint, customer: Account
) -> None:
    path, seen = f"/complaints/{case.id}", case.version
    service.reply(session, case, "Never mind, it works.", customer, datetime.now(UTC))
    session.commit()
    response = desk.post(f"{path}/replies", data={"body": "We send you a new one.", "version": seen})
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "We send you a new one." in page
    assert "Never mind, it works." in page
    assert "The customer wrote." in page
    assert session.scalars(select(Message.body).where(Message.from_customer.is_(False))).all() == []
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    again = desk.post(f"{path}/replies", data={"body": "All the better.", "version": version[1]})
    assert again.status_code == 302


@pytest.mark.parametrize("what", ["status", "assignment", "facts", "snooze", "merge"])
def test_no_button_of_an_old_page_overwrites(
    desk: FlaskClient, session: Session, make: Factory, case: Complaint, customer: Account, agent: Account, what: str
) -> None:
    other, seen = make.complaint(customer), case.version
    service.prioritise(session, case, "urgent", agent, datetime.now(UTC))
    session.commit()
    words = {"status": "closed", "priority": "low", "snooze": "1d", "into": other.id, "version": seen}
    assert desk.post(f"/complaints/{case.id}/{what}", data=words).status_code == 409
    session.expire_all()
    assert (case.status, case.priority, case.snoozed_until, case.merged_into_id) == ("new", "urgent", None, None)


def test_many_cases_are_changed_at_once_and_those_changed_meanwhile_are_named(
    desk: FlaskClient, session: Session, make: Factory, agent: Account
) -> None:
    cases = [make.complaint(subject=f"Case {n}") for n in range(3)]
    chosen = [f"{one.id}:{one.version}" for one in cases]
    service.prioritise(session, cases[1], "high", agent, NOW)
    session.commit()
    words = {"case": chosen, "what": "status", "status": "resolved", "next": "/inbox?status=all"}
    page = desk.post("/inbox/changes", data=words, follow_redirects=True).get_data(as_text=True)
    assert "2 cases were changed." in page
    assert f"Case {cases[1].id} was left as it is" in page
    session.expire_all()
    assert [one.status for one in cases] == ["resolved", "new", "resolved"]
    assert desk.post("/inbox/changes", data={"what": "status", "status": "open"}).status_code == 422
    for what, value in (("priority", "low"), ("assignee", str(agent.id)), ("label", "spring"), ("snooze", "1d")):
        now = {one.id: one.version for one in session.scalars(select(Complaint))}
        outcome = bulk.change(session, now, what, value, agent, NOW)
        assert (len(outcome.changed), outcome.left) == (3, {}), what
        session.commit()


def test_a_reply_is_held_for_ten_seconds_and_can_be_taken_back(
    desk: FlaskClient, session: Session, case: Complaint, customer: Account, agent: Account
) -> None:
    path = f"/complaints/{case.id}"
    sent = desk.post(f"{path}/replies", data={"body": "Dear Sri.", "version": case.version})
    assert "#message-" in sent.location
    session.rollback()
    mail = session.scalars(select(Mail)).one()
    assert (mail.to, mail.due_at - mail.created_at) == (customer.email, timedelta(seconds=10))
    assert claim(session, datetime.now(UTC))[0] == [], "the worker leaves it alone"
    session.rollback()
    reader = Browser(desk.application)
    sign_in(reader, customer)
    assert "Dear Sri." not in text(reader, path), "nobody has read what can still be taken back"
    message = session.scalars(select(Message)).one()
    page = desk.post(f"{path}/messages/{message.id}/undo", follow_redirects=True).get_data(as_text=True)
    assert "Dear Sri." in page, "the words are a draft again"
    session.rollback()
    assert (case.status, case.assignee_id, case.first_replied_at) == ("new", None, None)
    assert session.scalars(select(Mail)).all() == []
    assert session.scalars(select(Draft.place)).all() == [f"case:{case.id}"]


def test_what_has_left_cannot_be_taken_back(
    desk: FlaskClient, session: Session, case: Complaint, agent: Account
) -> None:
    message = service.reply(session, case, "Gone.", agent, datetime.now(UTC))
    session.commit()
    session.execute(update(Mail).values(attempts=1))  # a worker whose clock goes ahead has it
    session.commit()
    path = f"/complaints/{case.id}/messages/{message.id}/undo"
    assert desk.post(path).status_code == 409
    session.execute(update(Mail).values(attempts=0))
    session.execute(update(Message).values(held_until=NOW))
    session.commit()
    assert desk.post(path).status_code == 409


def test_only_who_wrote_it_takes_it_back_and_the_customers_turn_in_between_stands(
    desk: FlaskClient, session: Session, make: Factory, case: Complaint, customer: Account
) -> None:
    other, now = make.account("Other", "agent"), datetime.now(UTC)
    message = service.reply(session, case, "Soon.", other, now)
    session.commit()
    assert desk.post(f"/complaints/{case.id}/messages/{message.id}/undo").status_code == 403
    service.reply(session, case, "Hurry!", customer, now + timedelta(seconds=1))
    sending.unsend(session, case, message, other, now + timedelta(seconds=2))
    assert case.status == "open"
    assert session.scalars(select(Message.body)).all() == ["Hurry!"]


def test_notes_are_for_agents_only(desk: FlaskClient, session: Session, case: Complaint, customer: Account) -> None:
    path = f"/complaints/{case.id}"
    desk.post(f"{path}/notes", data={"note": "Handle with care."})
    session.rollback()
    assert session.scalars(select(Note.body)).all() == ["Handle with care."]
    assert "Handle with care." in text(desk, path)
    reader = Browser(desk.application)
    sign_in(reader, customer)
    assert "Handle with care." not in text(reader, path)


def test_a_canned_reply_is_filled_in_in_the_customers_language_and_behind_what_is_typed(
    desk: FlaskClient, session: Session, make: Factory, customer: Account
) -> None:
    words = {"name": "Sorry", "body": "Dear {customer}, sorry for case {number}.", "body_zh": "{customer}，您好！"}
    assert desk.post("/inbox/canned", data=words).status_code == 302
    assert desk.post("/inbox/canned", data=words).status_code == 409
    case = make.complaint(customer)
    chinese = make.contact("灯坏了", "zhang@example.org")
    pairs = ((case, f"Hello.\r\n\r\nDear Customer, sorry for case {case.id}."), (chinese, "zhang@example.org，您好！"))
    for one, expected in pairs:
        data = {"insert": 1, "canned": 1, "body": "Hello."}
        page = desk.post(f"/complaints/{one.id}/replies", data=data).get_data(as_text=True)
        assert expected.splitlines()[-1] in page
        assert "Hello." in page
    assert session.scalars(select(Message)).all() == []
    assert desk.post("/inbox/canned/1", data=words | {"body": "Changed."}).status_code == 302
    assert "Changed." in text(desk, "/inbox/canned")
    assert desk.post("/inbox/canned/1/deletion").status_code == 302
    assert desk.get("/inbox/canned/1").status_code == 404


def test_agents_see_who_else_looks_for_a_minute(
    desk: FlaskClient, session: Session, make: Factory, case: Complaint, agent: Account
) -> None:
    other, now = make.account("Ottilie", "agent"), datetime.now(UTC)
    path = f"/complaints/{case.id}"
    looking.look(session, case.id, other, now)
    session.commit()
    assert "Also looking at this case: Ottilie" in text(desk, path)
    assert [one.id for one in looking.others(session, case.id, other, now)] == [agent.id], "reading leaves a row"
    assert desk.post(f"{path}/looking").get_json() == {"others": ["Ottilie"], "version": case.version}
    assert looking.others(session, case.id, agent, now + timedelta(minutes=2)) == []


def test_a_case_is_handed_over_with_a_word(
    desk: FlaskClient, session: Session, make: Factory, case: Complaint, customer: Account
) -> None:
    other = make.account("Other", "agent")
    words = {"assignee": str(other.id), "reason": "She speaks Finnish", "version": case.version, "labels": "vip, ,b c"}
    assert desk.post(f"/complaints/{case.id}/facts", data=words).status_code == 302
    session.rollback()
    assert case.assignee_id == other.id
    page = text(desk, f"/complaints/{case.id}")
    assert "Given to Other." in page
    assert "She speaks Finnish" in page
    assert queries.labels_of(session, [case.id]) == {case.id: ["b-c", "vip"]}
    data = {"assignee": str(customer.id), "version": case.version}
    assert desk.post(f"/complaints/{case.id}/facts", data=data).status_code == 403


def test_files_are_private_and_never_shown_by_the_browser(
    client: FlaskClient, session: Session, make: Factory, customer: Account, settings: dict[str, object]
) -> None:
    sign_in(client, customer)
    session.rollback()
    evil = (io.BytesIO(b"<script>alert(1)</script>"), "../../etc/<x>.html", "text/html")
    sent = client.post("/complaints/new", data={"subject": "S", "body": "B", "product": "", "files": [evil]})
    assert sent.status_code == 302
    path = re.search(r'href="(/complaints/\d+/attachments/\d+)"', text(client, sent.location))
    assert path
    got = client.get(path[1])
    assert got.data == b"<script>alert(1)</script>"
    assert got.mimetype == "application/octet-stream"
    assert got.headers["Content-Disposition"] == "attachment; filename=x.html"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    stranger = Browser(client.application)
    session.rollback()
    sign_in(stranger, make.account())
    assert stranger.get(path[1]).status_code == 404
    client.application.config["ATTACHMENT_MOST_BYTES"] = 10
    large = {"body": "Look", "files": [(io.BytesIO(b"x" * 11), "large.bin")]}
    assert client.post(f"{sent.location}/replies", data=large).status_code == 422
    assert session.scalars(select(Message)).all() == []


def test_beside_the_reply_stand_public_answers_and_their_link_goes_into_it(
    desk: FlaskClient, session: Session, make: Factory, case: Complaint
) -> None:
    asked = make.question(title="The lamp is broken, what now?")
    make.answer(asked)
    app = desk.application
    known = app.extensions["earshot_beside"]
    app.extensions["earshot_beside"] = beside.Sources(
        known.timeline, known.signals, lambda _session, _text, _most: [(asked.id, asked.title or "")]
    )
    try:
        page = text(desk, f"/complaints/{case.id}")
        assert "The lamp is broken, what now?" in page
        cited = desk.post(f"/complaints/{case.id}/replies", data={"cite": asked.id, "body": "Look:"})
        assert f"/questions/{asked.id})" in cited.get_data(as_text=True)
    finally:
        app.extensions["earshot_beside"] = known
