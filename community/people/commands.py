"""The administrator's commands about people."""

from datetime import UTC, datetime

import click
from flask.cli import AppGroup
from sqlalchemy import func, select

from community import reputation
from community.db import db, writing
from community.errors import DomainError
from community.models import TRUST, Account
from community.people import service
from community.people.blueprint import people

trust = AppGroup("trust", help="Trust levels of members.")
members = AppGroup("people", help="Reputation, levels and badges.")
people.cli.add_command(trust)
people.cli.add_command(members)


@trust.command("set")
@click.argument("email")
@click.argument("level", type=click.Choice([*TRUST, "auto"]))
def set_trust(email: str, level: str) -> None:
    """Give a member a level that the thresholds leave alone; `auto` gives it back to the thresholds."""
    with writing():
        account = db.session.scalar(select(Account).where(func.lower(Account.email) == email.strip().lower()))
        if account is None:
            raise click.ClickException(f"no account has the address {email}")
        try:
            service.set_trust(db.session(), account, level, datetime.now(UTC))
        except DomainError as error:
            raise click.ClickException(error.message) from error
        db.session.commit()
    click.echo(f"{account.email} is a {account.trust}, {'fixed' if account.is_trust_fixed else 'by the thresholds'}.")


@members.command("recount")
def recount() -> None:
    """Count reputation, levels and badges of everybody anew, a hundred accounts a transaction."""
    with writing():
        counted = reputation.recount_all(db.session(), datetime.now(UTC), db.session.commit)
        db.session.commit()
    click.echo(f"Counted {counted} accounts.")
