"""A random community, whose figures are recounted."""

import pytest
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.mining.generated import Community


@pytest.fixture(params=[1, 2])
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def community(session: Session, seed: int) -> Community:
    made = Community(session, NOW, seed)
    made.write()
    session.commit()
    return made
