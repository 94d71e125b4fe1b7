"""`flask accounts`: who may sign in."""

from flask import Flask
from flask_security import verify_password
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Account, Role
from community.roles import ROLES, ensure_roles

MADE = ("accounts", "create", "Ann@Example.ORG", "--name", "Ann", "--password", "long enough 1")


def test_an_account_is_made_with_its_roles(app: Flask, session: Session) -> None:
    result = app.test_cli_runner().invoke(args=[*MADE, "--role", "admin", "--role", "agent"])
    assert result.exit_code == 0, result.output
    account = session.scalars(select(Account)).one()
    assert (account.email, account.active) == ("Ann@example.org", True)
    assert {role.name for role in account.roles} == {"admin", "agent"}
    assert verify_password("long enough 1", account.password)


def test_what_is_missing_is_asked_for(app: Flask, session: Session) -> None:
    said = "Ann\nlong enough 1\nlong enough 1\n"
    result = app.test_cli_runner().invoke(args=["accounts", "create", "ann@example.org"], input=said)
    assert result.exit_code == 0
    assert "long enough" not in result.output
    assert [role.name for role in session.scalars(select(Account)).one().roles] == ["customer"]


def test_an_address_has_one_account_however_it_is_written(app: Flask) -> None:
    app.test_cli_runner().invoke(args=list(MADE))
    again = app.test_cli_runner().invoke(args=[*MADE[:2], "ann@example.org", *MADE[3:]])
    assert again.exit_code == 2
    assert "has an account already" in again.output


def test_what_breaks_a_rule_is_told_in_one_line(app: Flask, session: Session) -> None:
    runner = app.test_cli_runner()
    for arguments, told in (
        ([*MADE, "--role", "king"], "unknown role king; roles are customer"),
        ([*MADE[:2], "nobody", *MADE[3:]], "not an e-mail address"),
        ([*MADE[:6], "short"], "a password has at least"),
    ):
        result = runner.invoke(args=arguments)
        assert result.exit_code == 2
        assert told in result.output
        assert result.output.count("\n") == 1
    assert session.scalar(select(func.count()).select_from(Account)) == 0


def test_accounts_are_listed_with_their_roles(app: Flask) -> None:
    runner = app.test_cli_runner()
    runner.invoke(args=[*MADE, "--role", "manager"])
    assert "Ann@example.org\tAnn\tmanager" in runner.invoke(args=["accounts", "list"]).output


def test_roles_are_made_once(session: Session) -> None:
    assert set(ensure_roles(session)) == set(ensure_roles(session)) == set(ROLES)
    assert session.scalar(select(func.count()).select_from(Role)) == len(ROLES)
