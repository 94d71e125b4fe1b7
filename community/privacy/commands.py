"""The administrator's commands for those who cannot do it themselves, as imported members or people who write a letter."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfileobj

import click
from sqlalchemy import func, or_, select

from community.db import db, writing
from community.errors import DomainError
from community.models import Account
from community.privacy import export as exporting
from community.privacy import service

log = logging.getLogger(__name__)


def add_to(group: click.Group) -> None:
    group.add_command(erase)
    group.add_command(export)


@click.command("erase")
@click.argument("account")
@click.option("--keep-posts", is_flag=True, help='Leave the posts under "former member".')
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(account: str, keep_posts: bool, yes: bool) -> None:
    """Erase a person for ever. ACCOUNT is an e-mail address, a handle or an id."""
    found = one(account)
    what = "everything but the posts" if keep_posts else "everything"
    if not yes:
        click.confirm(f"Erase {what} of account {found.id} ({found.name}, {found.email or 'no address'})?", abort=True)
    number = found.id
    db.session.rollback()
    with writing():
        try:
            service.erase(db.session(), db.session.get_one(Account, number), keep_posts, datetime.now(UTC))
        except DomainError as error:
            db.session.rollback()
            raise click.ClickException(str(error.message)) from error
        db.session.commit()
    log.info("erased account %d", number)
    click.echo(f"Erased account {number}. The worker brings search and images in line.")


@click.command("export")
@click.argument("account")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(account: str, file: Path) -> None:
    """Write all that is kept about a person into a ZIP. ACCOUNT is an e-mail address, a handle or an id."""
    found = one(account)
    with exporting.archive(db.session(), found, datetime.now(UTC)) as archive, file.open("xb") as target:
        copyfileobj(archive, target)
    click.echo(f"Wrote account {found.id} to {file}.")


def one(name: str) -> Account:
    conditions = [func.lower(Account.email) == name.strip().lower(), Account.handle == name.strip()]
    rows = select(Account).where(Account.id == int(name) if name.isdecimal() else or_(*conditions))
    found = db.session.scalar(rows)
    if found is None:
        raise click.ClickException(f"there is no account {name}")
    return found
