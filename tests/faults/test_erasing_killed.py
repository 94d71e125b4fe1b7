"""Erasing an account that is killed anywhere erased all of it or nothing; what follows comes from the outbox."""

import random
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.db import Base
from community.models import Account
from community.reactions import deliver_pending
from tests.factories import Factory
from tests.faults.processes import erase, started
from tests.privacy.leaving import TRACES, found_in_tables, leave_traces

pytestmark = pytest.mark.fault
TRIALS = 6


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    return {"UPLOADS_DIR": str(tmp_path / "uploads")}


def counts(session: Session) -> dict[str, int]:
    session.rollback()
    found = {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }
    session.rollback()
    return found


def test_a_killed_erasure_erased_nothing_and_a_committed_one_everything(
    app: Flask, make: Factory, session: Session, database_url: str, tmp_path: Path
) -> None:
    left = leave_traces(make)
    account_id, email = left.person.id, left.person.email or ""
    before = counts(session)
    total = 60  # statements at least; where it ends is learnt from the last trial
    chance = random.Random(5)
    for number in range(TRIALS):  # one place to die in each part of it
        place = chance.randint(1 + number * total // TRIALS, (number + 1) * total // TRIALS)
        with started(erase, database_url, str(tmp_path), account_id, False, place) as child:
            with pytest.raises(EOFError):  # it died before it was done
                child.hear()
            assert child.end() == -9
        assert counts(session) == before, f"killed at statement {place}"
    with started(erase, database_url, str(tmp_path), account_id, False, 1_000_000) as child:
        statements = child.hear()
        assert child.end() == -9
    assert statements > total
    assert session.get(Account, account_id) is None
    assert found_in_tables(session, *TRACES, email) == set(), "killed after the commit, before anything was delivered"
    session.rollback()
    while deliver_pending():
        pass
    assert list((tmp_path / "uploads").rglob("*.webp")) == []


def test_a_kill_at_the_commit_itself_leaves_all_or_nothing(
    app: Flask, make: Factory, session: Session, database_url: str, tmp_path: Path
) -> None:
    """The last thing that happens is the commit: killed just before it, nothing is erased."""
    account_id = make.account().id
    session.rollback()
    before = counts(session)
    with started(erase, database_url, str(tmp_path), account_id, True, 1_000_000) as child:
        statements = child.hear()
    assert counts(session)["account"] == before["account"] - 1
    another = make.account().id
    session.rollback()
    before = counts(session)
    with started(erase, database_url, str(tmp_path), another, True, statements) as child, pytest.raises(EOFError):
        child.hear()
    assert counts(session) == before
