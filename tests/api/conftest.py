"""Programs: a token each, sent as they would send it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from community import tokens
from community.models import Account, ApiToken

Headers = dict[str, str]


@pytest.fixture
def token_of(session: Session) -> Callable[..., Headers]:
    """The header of a program that acts for this account."""

    def made(account: Account, may_write: bool = True, **more: Any) -> Headers:
        secret = f"secret-{account.id}-{may_write}-{len(more)}"
        row = ApiToken(
            account_id=account.id, name="a program", token_hash=tokens.hashed(secret), may_write=may_write,
            created_at=datetime.now(UTC), **more,
        )  # fmt: skip
        session.add(row)
        session.commit()
        return {"Authorization": f"Bearer {secret}"}

    return made
