"""Who stands on both sides of a case."""

import pytest

from community.models import Account
from tests.factories import Factory


@pytest.fixture
def customer(make: Factory) -> Account:
    return make.account("Customer")


@pytest.fixture
def agent(make: Factory) -> Account:
    return make.account("Agent", "agent")
