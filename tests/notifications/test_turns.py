"""A customer whose complaint is answered finds it under the bell, once, and not before it can no longer be taken back."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.complaints import merging, sending, service
from community.models import Account, Complaint, Event, Mail, Message, Notification
from community.notifications.digests import send_digests
from community.notifications.turns import tell_of_turns
from community.reactions import deliver_pending
from tests.factories import Factory, sign_in


@pytest.fixture
def customer(make: Factory) -> Account:
    return make.account("Customer")


@pytest.fixture
def agent(make: Factory) -> Account:
    return make.account("Aino Berg", "agent")


@pytest.fixture
def case(make: Factory, customer: Account) -> Complaint:
    return make.complaint(customer, subject="The lamp broke", now=datetime.now(UTC))


def answer(session: Session, case: Complaint, agent: Account, body: str = "We send a new one.") -> Message:
    message = service.reply(session, case, body, agent, datetime.now(UTC))
    session.commit()
    return message


def deliver(session: Session, later: float = 60) -> None:
    session.rollback()
    while deliver_pending(datetime.now(UTC) + timedelta(seconds=later)):
        pass


def told(session: Session) -> list[Notification]:
    session.rollback()
    return list(session.scalars(select(Notification).where(Notification.kind == "complaint").order_by(Notification.id)))


def test_the_customer_is_told_once_of_each_turn(
    session: Session, case: Complaint, agent: Account, customer: Account
) -> None:
    turn = answer(session, case, agent)
    deliver(session, later=0)
    assert not told(session), "it can still be taken back"
    deliver(session)
    (row,) = told(session)
    assert (row.account_id, row.message_id, row.actor_id) == (customer.id, turn.id, agent.id)
    event = session.scalars(select(Event).where(Event.kind == "complaint.replied")).one()
    tell_of_turns(session, [event, event])
    assert len(told(session)) == 1, "an event may come twice"
    answer(session, case, agent, "It is on its way.")
    deliver(session)
    assert len(told(session)) == 2


def test_what_was_taken_back_is_told_to_nobody(session: Session, case: Complaint, agent: Account) -> None:
    turn = answer(session, case, agent)
    sending.unsend(session, case, turn, agent, datetime.now(UTC))
    session.commit()
    deliver(session)
    assert not told(session)


def test_nobody_is_told_of_their_own_words_nor_without_an_account(
    session: Session, make: Factory, case: Complaint, agent: Account, customer: Account
) -> None:
    service.reply(session, case, "Any news?", customer, datetime.now(UTC))
    session.commit()
    answer(session, make.contact("It leaks.", "someone@example.org"), agent)
    deliver(session)
    assert not told(session)


def test_no_mail_but_that_of_the_conversation(session: Session, case: Complaint, agent: Account) -> None:
    answer(session, case, agent)
    deliver(session)
    before = session.scalars(select(Mail.key)).all()
    session.rollback()
    send_digests(datetime.now(UTC) + timedelta(days=1))
    assert session.scalars(select(Mail.key)).all() == before


def test_the_bell_leads_to_the_turn_and_is_quiet_once_it_was_seen(
    client: FlaskClient, session: Session, case: Complaint, agent: Account, customer: Account
) -> None:
    turn = answer(session, case, agent)
    deliver(session)
    (row,) = told(session)
    ids = case.id, turn.id, row.id
    sign_in(client, customer)
    page = client.get("/notifications?kind=complaint").get_data(as_text=True)
    assert "Aino Berg answered your complaint" in page
    assert "The lamp broke" in page
    response = client.get(f"/notifications/{ids[2]}/open")
    assert response.location == f"/complaints/{ids[0]}#message-{ids[1]}"
    client.post(f"/notifications/{ids[2]}/read", data={"undo": "1"})
    page = client.get(f"/complaints/{ids[0]}").get_data(as_text=True)
    assert f'data-what="complaint_id" data-id="{ids[0]}"' in page
    assert client.post("/notifications/seen", data={"complaint_id": ids[0]}).json == {"unread": ""}
    assert "bell-count" not in client.get("/notifications").get_data(as_text=True)
    assert 'name="complaint"' not in client.get("/settings/notifications").get_data(as_text=True)


def test_to_see_a_complaint_is_to_see_what_was_merged_into_it(
    client: FlaskClient, session: Session, make: Factory, case: Complaint, agent: Account, customer: Account
) -> None:
    other = make.complaint(customer, subject="The same lamp", now=datetime.now(UTC))
    answer(session, other, agent)
    deliver(session)
    merging.merge(session, other, case, agent, datetime.now(UTC))
    session.commit()
    key = case.id
    sign_in(client, agent)
    assert client.post("/notifications/seen", data={"complaint_id": key}).status_code == 200
    assert told(session)[0].read_at is None, "another's bell is not touched"
    client.post("/sign-out")
    sign_in(client, customer)
    client.post("/notifications/seen", data={"complaint_id": key})
    assert told(session)[0].read_at is not None
