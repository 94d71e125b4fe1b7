"""Who stands on both sides of a case."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.models import Account, Complaint
from tests.factories import Factory, sign_in


@pytest.fixture
def customer(make: Factory) -> Account:
    return make.account("Customer")


@pytest.fixture
def agent(make: Factory) -> Account:
    return make.account("Agent", "agent")


@pytest.fixture
def case(make: Factory, customer: Account) -> Complaint:
    return make.complaint(customer, now=datetime.now(UTC))


@pytest.fixture
def desk(client: FlaskClient, session: Session, agent: Account) -> FlaskClient:
    sign_in(client, agent)
    session.rollback()  # a read does not become a write
    return client
