"""Programs complain: for their owner, or, as an agent's, for whoever called; each call once."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.complaints import service
from community.models import Complaint, Customer
from tests.conftest import NOW
from tests.factories import Factory

TokenOf = Callable[..., dict[str, str]]
WORDS = {"subject": "Dark", "body": "The lamp is dark."}
CALL = WORDS | {"channel": "phone", "external_id": "call-1", "address": "+47 22 00", "name": "Mia"}


def count(session: Session) -> int:
    session.rollback()
    return session.query(Complaint).count()


def test_a_customers_program_complains_for_its_owner_and_reads_the_case(
    client: FlaskClient, make: Factory, session: Session, token_of: TokenOf
) -> None:
    mine, others = token_of(make.account()), token_of(make.account())
    made = client.post("/api/v1/complaints", json=WORDS, headers=mine)
    assert made.status_code == 201
    path = f"/api/v1/complaints/{made.get_json()['id']}"
    assert client.get(path, headers=mine).get_json() == made.get_json()
    assert client.get(path, headers=others).status_code == 404
    assert client.get(path).status_code == 401
    assert client.post("/api/v1/complaints", json=CALL, headers=mine).status_code == 403
    assert count(session) == 1


def test_an_agents_program_brings_in_a_call_once(
    client: FlaskClient, make: Factory, session: Session, token_of: TokenOf
) -> None:
    agent = make.account("Agent", "agent")
    headers = token_of(agent)
    statuses = [client.post("/api/v1/complaints", json=CALL, headers=headers).status_code for _ in range(3)]
    assert statuses == [201, 200, 200]
    assert count(session) == 1
    opened = session.query(Complaint).one()
    assert (opened.channel, opened.external_id, session.get_one(Customer, opened.customer_id).name) == (
        "phone", "call-1", "Mia",
    )  # fmt: skip
    session.rollback()
    service.note(session, opened, "Handle with care.", agent, NOW)
    session.commit()
    assert "care" not in client.get(f"/api/v1/complaints/{opened.id}", headers=headers).get_data(as_text=True)


@pytest.mark.parametrize(
    "wrong",
    [{"channel": "pigeon"}, {"address": ""}, {"subject": ""}, {"body": 3}, {"product": "sofa"}, {"external_id": "x" * 121},
     {"status": "closed"}],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_is_kept(
    client: FlaskClient, make: Factory, session: Session, token_of: TokenOf, wrong: dict[str, object]
) -> None:
    headers = token_of(make.account("Agent", "agent"))
    response = client.post("/api/v1/complaints", json=CALL | wrong, headers=headers)
    assert response.status_code == 422
    assert response.get_json()["detail"]
    assert count(session) == 0
