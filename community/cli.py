"""The administrator's commands. Each parses, calls one service, commits and tells what was done."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from flask_security import hash_password
from sqlalchemy import select

from community.db import db, writing
from community.errors import DomainError, Invalid
from community.exchange import demo_community
from community.exchange.complaint_import import ComplaintImport
from community.exchange.complaint_rows import opened
from community.exchange.mapping import FIELDS
from community.exchange.reporting import Tally, progress
from community.exchange.stackexchange import StackExchangeImport
from community.exchange.values import check_date_format
from community.mail_commands import mail
from community.models import CHANNELS, Account
from community.outcomes import demo as demo_outcome
from community.roles import ROLES, create_account

accounts = AppGroup("accounts", help="Who may sign in.")
complaints = AppGroup("complaints", help="Complaints from other systems.")
demo = AppGroup("demo", help="The demo community.")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
MAP_HELP = f"Fields: {', '.join(FIELDS)}. FIELD==TEXT sets one text for every row. body is required."
ROLE_HELP = f"Any of {', '.join(ROLES)}; may be given several times."
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def register(app: Flask) -> None:
    """Add the commands to `flask`."""
    for command in (accounts, complaints, demo, import_stackexchange, mail):
        app.cli.add_command(command)


def obeying_rules(command: Callable[..., None]) -> Callable[..., None]:
    """A rule that says no ends the command with one line and exit code 2."""

    @wraps(command)
    def told(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except DomainError as error:
            db.session.rollback()
            click.echo(f"Error: {error.message}", err=True)
            raise SystemExit(2) from error

    return told


@complaints.command("import")
@click.argument("file", type=FILE)
@click.option("--channel", required=True, type=click.Choice(CHANNELS), help="Where the complaints came in.")
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help=MAP_HELP)
@click.option("--product", help="Slug of the product of rows that name none.")
@click.option("--encoding", default="utf-8", show_default=True)
@click.option("--date-format", help="As in strptime, for example %d.%m.%Y.")
@click.option("--limit", type=click.IntRange(min=1), help="Read no more rows than this.")
@click.option("--dry-run", is_flag=True, help="Check and count; write nothing.")
@obeying_rules
def import_complaints(
    file: Path, channel: str, mapping: tuple[str, ...], product: str | None, encoding: str, date_format: str | None,
    limit: int | None, dry_run: bool,
) -> None:  # fmt: skip
    """Import complaints from a CSV file with a header. Running it again adds only what is new."""
    now = datetime.now(UTC)
    check_date_format(date_format, now)
    with opened(file, mapping, encoding, date_format, now) as reader:
        work = ComplaintImport(db.session(), channel, product, now, dry_run)
        run_batches("complaints", work.run(reader.rows(), limit), dry_run, will_write=not dry_run)
    tell([work.tally], dry_run)


@click.command("import-stackexchange")
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--site", help="Name of the site in external ids; else the name of the directory.")
@click.option("--dry-run", is_flag=True, help="Do it all in one transaction and take it back; other writers wait.")
@with_appcontext
@obeying_rules
def import_stackexchange(folder: Path, site: str | None, dry_run: bool) -> None:
    """Import users, posts, comments, votes and tags from a Stack Exchange dump (XML). Running it again adds nothing."""
    work = StackExchangeImport(db.session(), folder, site or folder.resolve().name, datetime.now(UTC))
    run_batches("stackexchange", work.run(), dry_run)
    tell(work.tallies, dry_run)


@demo.command("load")
@click.option("--password", default="earshot-demo-2026", show_default=True, help="One for all accounts of the demo.")
@obeying_rules
def load_demo(password: str) -> None:
    """Add the demo's people, threads and complaints. Running it again adds nothing."""
    password_hash = hashed(password)  # once for all: it is slow on purpose
    with writing():
        added = demo_community.load(db.session(), datetime.now(UTC), password_hash)
        db.session.commit()
    counts = ", ".join(f"{count} {kind}" for kind, count in added.items())
    click.echo(f"Added {counts}." if counts else "Nothing to add: the demo is there already.")


@demo.command("act")
@obeying_rules
def act_on_demo() -> None:
    """Act on the demo's themes, after they were mined: rules, and the fix that customers are told of. Once."""
    with writing():
        done = demo_outcome.act(db.session(), datetime.now(UTC))
        db.session.commit()
    click.echo(f"Acted: {done}." if done else "Nothing to do: no theme of that story, or it was told already.")


@accounts.command("create")
@click.argument("email")
@click.option("--name", prompt="Name, as others see it")
@click.option("--role", "roles", multiple=True, default=["customer"], show_default=True, help=ROLE_HELP)
@click.password_option()
@obeying_rules
def create(email: str, name: str, roles: tuple[str, ...], password: str) -> None:
    """Make an account that can sign in."""
    password_hash = hashed(password)
    with writing():
        account = create_account(db.session(), email, name, roles, password_hash, datetime.now(UTC))
        db.session.commit()
    click.echo(f"Made account {account.id}: {account.email}, {', '.join(role.name for role in account.roles)}.")


@accounts.command("list")
@obeying_rules
def list_accounts() -> None:
    """All accounts that have an e-mail address, one a line: id, address, name, roles, suspended."""
    for account in db.session.scalars(select(Account).where(Account.email.is_not(None)).order_by(Account.id)):
        roles = ",".join(sorted(role.name for role in account.roles))
        state = "" if account.active else "suspended"
        click.echo(f"{account.id}\t{account.email}\t{account.name}\t{roles}\t{state}".rstrip())


def hashed(password: str) -> str:
    """Raises Invalid if the password is shorter than the site asks of its members."""
    least = current_app.config.get("SECURITY_PASSWORD_LENGTH_MIN", 8)
    if len(password) < least:
        raise Invalid(f"a password has at least {least} characters")
    return str(hash_password(password))


def run_batches(label: str, batches: Iterator[int], is_dry_run: bool, will_write: bool = True) -> None:
    """Each batch is one transaction that takes the writer's place at once; a dry run ends with a rollback."""
    db.session.rollback()  # ends the reads that checked the options: they would upgrade to a write, and fail
    with writing() if will_write else nullcontext(), progress(label) as tell_progress:
        for done in batches:
            if not is_dry_run:
                db.session.commit()
            tell_progress(done)
        db.session.rollback()


def tell(tallies: list[Tally], is_dry_run: bool) -> None:
    """The summary; exit code 1 if any row had an error."""
    for tally in tallies:
        click.echo(tally.told(is_dry_run))
    if any(tally.errors for tally in tallies):
        raise SystemExit(1)
