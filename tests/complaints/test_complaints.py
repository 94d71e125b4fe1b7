"""A complaint is between the customer and the company's agents, and for nobody else."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.complaints import queries, service
from community.db import Base
from community.errors import Invalid, NotAllowed, NotFound
from community.models import Account, Complaint, Customer, Event, Interaction, Message, Verbatim
from community.reactions import deliver_pending
from tests.conftest import NOW
from tests.factories import Factory, sign_in

ALL = queries.Narrowing()
LATER = NOW.replace(hour=18)


@pytest.fixture
def case(make: Factory, customer: Account) -> Complaint:
    return make.complaint(customer)


def count(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("subject", ["", " \n ", "x" * 201])
def test_a_subject_has_1_to_200_characters(session: Session, case: Complaint, customer: Account, subject: str) -> None:
    owner = session.get_one(Customer, case.customer_id)
    with pytest.raises(Invalid):
        service.open_complaint(session, owner, subject, "Body.", None, customer, NOW)


@pytest.mark.parametrize("body", ["", " \r\n", "x" * 30_001])
def test_a_complaint_and_a_reply_have_1_to_30000_characters(
    session: Session, case: Complaint, customer: Account, body: str
) -> None:
    owner = session.get_one(Customer, case.customer_id)
    with pytest.raises(Invalid):
        service.open_complaint(session, owner, "Subject", body, None, customer, NOW)
    with pytest.raises(Invalid):
        service.reply(session, case, body, customer, NOW)


def test_a_complaint_its_event_and_its_private_verbatim_come_together(
    session: Session, case: Complaint, customer: Account
) -> None:
    text = session.scalars(select(Verbatim)).one()
    assert (text.is_private, text.complaint_id, text.channel) == (True, case.id, "forum")
    assert text.text == "Broken\n\nThe lamp broke after two days."
    assert session.scalars(select(Interaction.reason)).all() == ["complained"]
    assert session.scalars(select(Event.kind)).all() == ["complaint.opened"]
    before = [count(session, table) for table in (Complaint, Message, Verbatim, Event, Interaction)]
    owner = session.get_one(Customer, case.customer_id)
    opened = service.open_complaint(session, owner, "Another", "Words.", None, customer, NOW)
    service.reply(session, opened, "More words.", customer, NOW)
    session.rollback()
    assert [count(session, table) for table in (Complaint, Message, Verbatim, Event, Interaction)] == before


def test_only_the_customers_turns_are_mined_and_in_private(
    session: Session, case: Complaint, customer: Account, agent: Account
) -> None:
    service.reply(session, case, "We are sorry.", agent, NOW)
    mine = service.reply(session, case, "You said so before.", customer, NOW)
    session.commit()
    texts = session.scalars(select(Verbatim).where(Verbatim.message_id.is_not(None))).all()
    assert [(row.message_id, row.text, row.is_private) for row in texts] == [(mine.id, "You said so before.", True)]


def test_the_companys_reply_waits_for_the_customer_and_takes_the_case(
    session: Session, case: Complaint, make: Factory, agent: Account
) -> None:
    service.reply(session, case, "We are sorry.", agent, NOW)
    assert (case.status, case.assignee_id) == ("waiting", agent.id)
    service.reply(session, case, "Me too.", make.account("Second", "agent"), NOW)
    assert case.assignee_id == agent.id, "whoever has it keeps it"


@pytest.mark.parametrize(
    ("status", "then"),
    [("new", "new"), ("open", "open"), ("waiting", "open"), ("resolved", "reopened"), ("closed", "reopened")],
)
def test_the_customers_reply_opens_the_case_again(
    session: Session, case: Complaint, customer: Account, agent: Account, status: str, then: str
) -> None:
    service.move(session, case, status, agent, NOW)
    service.reply(session, case, "It is still broken.", customer, LATER)
    assert (case.status, case.resolved_at) == (then, None)
    assert case.reopened_count == (then == "reopened")


def test_a_case_remembers_when_it_was_first_resolved(session: Session, case: Complaint, agent: Account) -> None:
    seen = []
    for status, now in (("resolved", NOW), ("closed", LATER), ("open", LATER), ("resolved", LATER)):
        service.move(session, case, status, agent, now)
        seen.append(case.resolved_at)
    assert seen == [NOW, NOW, None, LATER]
    session.commit()
    moved = session.scalars(select(Event.details).where(Event.kind == "complaint.moved").order_by(Event.id)).all()
    assert moved[0] == {"before": "new", "after": "resolved"}
    assert len(moved) == 4


@pytest.mark.parametrize("status", ["", "deleted", "NEW"])
def test_there_are_no_other_statuses(session: Session, case: Complaint, agent: Account, status: str) -> None:
    with pytest.raises(Invalid):
        service.move(session, case, status, agent, NOW)


@pytest.mark.parametrize("role", ["customer", "moderator", "manager"])
def test_who_is_neither_agent_nor_admin_works_no_case(
    session: Session, make: Factory, case: Complaint, agent: Account, role: str
) -> None:
    other = make.account("Other", role)
    with pytest.raises(NotAllowed):
        service.reply(session, case, "Let me in.", other, NOW)
    with pytest.raises(NotAllowed):
        service.move(session, case, "closed", other, NOW)
    with pytest.raises(NotAllowed):
        service.assign(session, case, agent, other, NOW)
    with pytest.raises(NotAllowed):
        service.assign(session, case, other, agent, NOW)


def test_the_customer_cannot_close_or_assign_the_own_case(
    session: Session, case: Complaint, customer: Account, agent: Account
) -> None:
    with pytest.raises(NotAllowed):
        service.move(session, case, "resolved", customer, NOW)
    with pytest.raises(NotAllowed):
        service.assign(session, case, agent, customer, NOW)


def test_a_case_is_given_to_an_agent_and_back(session: Session, case: Complaint, agent: Account) -> None:
    service.assign(session, case, agent, agent, NOW)
    assert case.assignee_id == agent.id
    service.assign(session, case, None, agent, NOW)
    assert case.assignee_id is None


@pytest.mark.parametrize(
    ("role", "status"), [("customer", 404), ("moderator", 404), ("manager", 404), ("agent", 200), ("admin", 200)]
)
def test_a_case_is_there_for_those_who_work_it_only(
    client: FlaskClient, make: Factory, case: Complaint, role: str, status: int
) -> None:
    path = f"/complaints/{case.id}"
    sign_in(client, make.account("Other", role))
    response = client.get(path)
    assert response.status_code == status
    assert ("The lamp broke" in response.get_data(as_text=True)) == (status == 200)
    assert client.post(f"{path}/replies", data={"body": "Words."}).status_code == (302 if status == 200 else 404)


def test_the_customer_sees_the_own_case_and_the_replies(
    client: FlaskClient, session: Session, case: Complaint, customer: Account, agent: Account
) -> None:
    service.reply(session, case, "We are **very** sorry.", agent, NOW)
    session.commit()
    path = f"/complaints/{case.id}"
    sign_in(client, customer)
    page = client.get(path).get_data(as_text=True)
    assert "We are <strong>very</strong> sorry." in page
    assert f'href="{path}"' in client.get("/complaints").get_data(as_text=True)
    assert "/customers/" not in page, "what the company notes about a customer is not shown to them"


def test_a_stranger_is_sent_to_sign_in_whether_the_case_exists_or_not(client: FlaskClient, case: Complaint) -> None:
    answers = [client.get(f"/complaints/{number}") for number in (case.id, 99)]
    assert [one.status_code for one in answers] == [302, 302]
    assert answers[0].location.replace(str(case.id), "N") == answers[1].location.replace("99", "N")


def test_two_customers_each_see_their_own_cases(client: FlaskClient, make: Factory, case: Complaint) -> None:
    other = make.account("Other")
    make.complaint(other, subject="Mine alone")
    sign_in(client, other)
    page = client.get("/complaints").get_data(as_text=True)
    assert "Mine alone" in page
    assert "Broken" not in page


def test_a_private_text_is_neither_in_the_forum_nor_found_by_searching(client: FlaskClient, make: Factory) -> None:
    make.complaint(subject="Zebra stripes", body="Zebra stripes on the screen.")
    make.question(title="Something else")
    deliver_pending()
    for path in ("/", "/questions", "/search?q=zebra"):
        assert "stripes" not in client.get(path).get_data(as_text=True), path


@pytest.mark.parametrize(
    "words",
    [{"subject": "", "body": "B"}, {"subject": "S", "body": ""}, {"subject": "x" * 201, "body": "B"},
     {"subject": "S", "body": "x" * 30_001}, {"subject": "S", "body": "B", "product": "sofa"}],
)  # fmt: skip
def test_a_wrong_form_is_shown_again_with_its_words(
    client: FlaskClient, make: Factory, session: Session, words: dict[str, str]
) -> None:
    sign_in(client, make.account())
    response = client.post("/complaints/new", data={"product": ""} | words)
    assert response.status_code == 422
    assert 'class="field-error"' in response.get_data(as_text=True)
    assert count(session, Complaint) == 0


def test_a_complaint_sent_through_the_page_arrives_in_the_inbox(
    client: FlaskClient, make: Factory, session: Session
) -> None:
    make.product()
    customer, agent = make.account("Customer"), make.account("Agent", "agent")
    sign_in(client, customer)
    response = client.post("/complaints/new", data={"subject": "It  smokes", "body": "A lot.", "product": "lamp"})
    assert response.status_code == 302
    client.post("/sign-out")
    sign_in(client, agent)
    page = client.get("/inbox").get_data(as_text=True)
    assert "It smokes" in page
    client.post(f"{response.location}/assignment")
    assert "It smokes" in client.get("/inbox?mine=1").get_data(as_text=True)
    client.post(f"{response.location}/status", data={"status": "resolved"})
    assert "It smokes" not in client.get("/inbox").get_data(as_text=True)
    assert "It smokes" in client.get("/inbox?status=resolved").get_data(as_text=True)
    assert client.get("/inbox?status=lost").status_code == 404


def test_the_inbox_shows_each_case_once_even_at_equal_times(session: Session, make: Factory, case: Complaint) -> None:
    session.add_all(
        Complaint(customer_id=case.customer_id, channel="email", subject=f"Case {n}", body="B", created_at=NOW)
        for n in range(64)
    )
    session.commit()
    first = queries.inbox(session, "all", ALL, None, NOW)
    seen, key = [row.id for row in first.rows], first.next_key
    while key:
        page = queries.inbox(session, "all", ALL, key, NOW)
        seen, key = seen + [row.id for row in page.rows], page.next_key
    assert sorted(seen) == list(range(1, 66))
    assert (first.counts["all"], first.counts["unresolved"], first.counts["closed"]) == (65, 65, 0)
    with pytest.raises(NotFound):
        queries.inbox(session, "lost", ALL, None, NOW)


def test_a_complaint_can_be_seen_before_it_is_sent_without_javascript(
    client: FlaskClient, session: Session, customer: Account
) -> None:
    sign_in(client, customer)
    assert 'name="preview"' in client.get("/complaints/new").get_data(as_text=True)
    response = client.post("/complaints/new", data={"subject": "It smokes", "body": "**A lot**", "preview": "1"})
    html = response.get_data(as_text=True)
    assert (response.status_code, count(session, Complaint)) == (200, 0)
    assert "<strong>A lot</strong>" in html
    assert 'value="It smokes"' in html, "to go on writing"
    opened = client.post("/complaints/new", data={"subject": "It smokes", "body": "**A lot**", "product": ""}).location
    assert 'name="preview"' in client.get(opened).get_data(as_text=True), "nor is a reply sent unseen"
