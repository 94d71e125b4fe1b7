"""The administrator's commands about people."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from community import reputation
from community.models import Account
from community.questions.votes import vote
from tests.conftest import NOW
from tests.factories import Factory


def run(app: Flask, *words: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=list(words))
    return result.exit_code, result.output


def test_a_level_that_is_set_stays_until_it_is_given_back(app: Flask, session: Session, make: Factory) -> None:
    account = make.account("Bea")
    email = str(account.email)
    assert run(app, "trust", "set", email.upper(), "leader") == (0, f"{email} is a leader, fixed.\n")
    session.expire_all()
    reputation.recount_accounts(session, [account.id], NOW)
    session.commit()
    assert (account.trust, account.is_trust_fixed) == ("leader", True)
    code, said = run(app, "trust", "set", email, "auto")
    assert (code, said) == (0, f"{email} is a newcomer, by the thresholds.\n")
    session.expire_all()
    assert (account.trust, account.is_trust_fixed) == ("newcomer", False)


@pytest.mark.parametrize(("email", "level"), [("nobody@example.org", "leader"), ("ann.1@example.org", "leader")])
def test_nobody_and_the_staff_get_no_level(app: Flask, session: Session, make: Factory, email: str, level: str) -> None:
    ann = make.account("Ann", "agent")
    code, said = run(app, "trust", "set", email, level)
    assert code == 1
    assert "Error" in said
    session.expire_all()
    assert ann.trust == "member"


def test_a_level_that_there_is_not_is_refused(app: Flask, make: Factory) -> None:
    assert run(app, "trust", "set", str(make.account().email), "king")[0] == 2


def test_recount_counts_everybody(app: Flask, session: Session, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reputation, "BATCH", 2)
    given = make.answer(make.question())
    for _ in range(3):
        vote(session, given, 1, make.account(), NOW)
    session.commit()
    assert run(app, "people", "recount") == (0, "Counted 5 accounts.\n")
    session.expire_all()
    assert session.get_one(Account, given.author_id).reputation == 30
