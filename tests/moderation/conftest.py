"""Who moderates, and whom it is about."""

import pytest

from community.models import Account
from tests.factories import Factory


@pytest.fixture
def mo(make: Factory) -> Account:
    return make.account("Mo", "moderator")


@pytest.fixture
def nora(make: Factory) -> Account:
    return make.account("Nora")
