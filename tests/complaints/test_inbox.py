"""Agents at work: the list with what is due first, and nobody overwrites, overhears or outruns another."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from community.complaints import beside, bulk, chores, looking, queries, sending, service
from community.db import db
from community.errors import Invalid
from community.mail_delivery import claim
from community.models import Account, Complaint, ComplaintChange, Customer, Draft, Mail, Message, Note
from tests.conftest import NOW, Browser
from tests.factories import Factory, sign_in

ALL = queries.Narrowing()


@pytest.fixture
def case(make: Factory, customer: Account) -> Complaint:
    return make.complaint(customer, now=datetime.now(UTC))


@pytest.fixture
def desk(client: FlaskClient, session: Session, agent: Account) -> FlaskClient:
    sign_in(client, agent)
    session.rollback()  # a read does not become a write
    return client


def text(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.get_data(as_text=True)


@contextmanager
def counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_due_times_follow_service_hours_priority_and_value(session: Session, make: Factory, agent: Account) -> None:
    monday = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
    case = make.complaint(now=monday)
    assert (case.first_due_at, case.resolve_due_at) == (
        datetime(2026, 6, 2, 12, tzinfo=UTC), datetime(2026, 6, 8, 12, tzinfo=UTC),
    )  # fmt: skip
    service.prioritise(session, case, "urgent", agent, monday)
    assert (case.first_due_at, case.due_at) == (datetime(2026, 6, 1, 13, tzinfo=UTC),) * 2
    session.get_one(Customer, case.customer_id).value = "high"
    service.prioritise(session, case, "normal", agent, monday)
    assert case.first_due_at == datetime(2026, 6, 1, 16, tzinfo=UTC), "half the time for those of high value"


def test_the_clock_stands_while_it_waits_for_the_customer(session: Session, make: Factory, agent: Account) -> None:
    monday = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
    customer = make.account()
    case = make.complaint(customer, now=monday)
    assert case.resolve_due_at == datetime(2026, 6, 5, 17, tzinfo=UTC)
    service.reply(session, case, "Which one?", agent, monday + timedelta(hours=1))
    assert (case.status, case.due_at) == ("waiting", None)
    service.reply(session, case, "The red one.", customer, monday + timedelta(hours=1, days=2))
    assert case.due_at == case.resolve_due_at == datetime(2026, 6, 9, 17, tzinfo=UTC), "two days of service later"
    assert case.stopped_seconds == 16 * 3600


def test_what_is_overdue_leads_and_what_is_not_due_comes_last(session: Session, make: Factory, agent: Account) -> None:
    late = make.complaint(subject="Late", now=NOW - timedelta(days=30))
    waits = make.complaint(subject="Waits", now=NOW)
    service.reply(session, waits, "Which one?", agent, NOW)
    fresh = make.complaint(subject="Fresh", now=NOW)
    session.commit()
    page = queries.inbox(session, "unresolved", ALL, None, NOW + timedelta(minutes=1))
    assert [row.subject for row in page.rows] == ["Late", "Fresh", "Waits"]
    assert (page.counts["overdue"], page.counts["unresolved"]) == (1, 3)
    assert [row.id for row in queries.inbox(session, "overdue", ALL, None, NOW).rows] == [late.id]
    service.snooze(session, late, NOW + timedelta(hours=2), agent, NOW)
    page = queries.inbox(session, "unresolved", ALL, None, NOW)
    assert [row.id for row in page.rows] == [fresh.id, waits.id]
    assert page.counts["snoozed"] == 1
    assert queries.inbox(session, "snoozed", ALL, None, NOW + timedelta(hours=3)).rows == []


def test_every_case_is_on_one_page_whatever_is_due_when(session: Session, make: Factory) -> None:
    case = make.complaint()
    dues = [NOW, NOW, NOW + timedelta(hours=1), None]
    session.add_all(
        Complaint(customer_id=case.customer_id, channel="email", subject=f"{n}", body="B", created_at=NOW, due_at=dues[n % 4])
        for n in range(90)
    )  # fmt: skip
    session.commit()
    seen: list[int] = []
    key = None
    while True:
        page = queries.inbox(session, "all", ALL, key, NOW)
        seen += [row.id for row in page.rows]
        if not (key := page.next_key):
            break
    assert sorted(seen) == list(range(1, 92))


@pytest.mark.parametrize("key", ["x", "_", "_x", "2026_1", "_99999999999", "2026-01-01T00:00:00+00:00_x"])
def test_a_made_up_key_of_a_page_shows_the_first(desk: FlaskClient, case: Complaint, key: str) -> None:
    assert case.subject in text(desk, f"/inbox?after={key}")


def test_the_list_narrows_by_what_agents_know(
    session: Session, desk: FlaskClient, make: Factory, case: Complaint, agent: Account
) -> None:
    make.product()
    other = make.contact("Another thing altogether")
    service.label(session, case, ["Refund please", "  "], agent, NOW)
    service.prioritise(session, case, "high", agent, NOW)
    service.assign(session, case, agent, agent, NOW)
    session.commit()
    for narrowed in ("label=refund-please", "priority=high", "channel=forum", f"assignee={agent.id}", "mine=1"):
        page = text(desk, f"/inbox?{narrowed}")
        assert case.subject in page, narrowed
        assert other.subject not in page, narrowed
    assert other.subject in text(desk, "/inbox?assignee=0")
    for wrong in ("product=sofa", "label=none", "assignee=999"):
        assert "None of these" in text(desk, f"/inbox?{wrong}")


def test_the_pages_cost_as_many_statements_for_many_as_for_few(
    desk: FlaskClient, make: Factory, session: Session, case: Complaint, customer: Account, agent: Account
) -> None:
    path, found = f"/complaints/{case.id}", []
    service.reply(session, case, "First.", agent, NOW)
    service.note(session, case, "First.", agent, NOW)
    make.complaint(customer)
    session.commit()
    text(desk, path)  # from here on it is known who looks
    for _ in range(2):
        with counted() as statements:
            text(desk, "/inbox?status=all")
            text(desk, path)
        found.append(len(statements))
        for number in range(8):
            make.complaint(subject=f"Case {number}")
            service.reply(session, case, "More.", agent, NOW)
            service.note(session, case, "More.", agent, NOW)
        session.commit()
    assert found[0] == found[1], statements


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


def test_imported_cases_get_their_clocks_and_resolved_ones_are_closed_in_time(
    app: Flask, session: Session, make: Factory, agent: Account
) -> None:
    imported = make.contact("By mail", now=NOW)
    solved = make.complaint(now=NOW)
    service.move(session, solved, "resolved", agent, NOW)
    session.commit()
    assert chores.tend(NOW + timedelta(days=13)) == {"clocks": 1}
    assert chores.tend(NOW + timedelta(days=14)) == {"cases_closed": 1}
    assert chores.tend(NOW + timedelta(days=15)) == {}
    session.expire_all()
    assert imported.due_at == datetime(2026, 6, 2, 12, tzinfo=UTC)
    assert solved.status == "closed"
    its_own = select(ComplaintChange.kind).where(ComplaintChange.complaint_id == solved.id)
    kinds = session.scalars(its_own.order_by(ComplaintChange.id))
    assert list(kinds) == ["opened", "status", "closed"]


def test_labels_are_few_and_a_snooze_is_short(session: Session, case: Complaint, agent: Account) -> None:
    with pytest.raises(Invalid):
        service.label(session, case, [f"label {n}" for n in range(11)], agent, NOW)
    for until in (NOW, NOW + timedelta(days=91)):
        with pytest.raises(Invalid):
            service.snooze(session, case, until, agent, NOW)


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
