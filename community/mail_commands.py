"""`flask mail`: what the worker does with mail, by hand; and the way in for a mail server that pipes replies."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from mailbox import mbox
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError

from community import mail_delivery, mail_imap
from community.db import db, is_busy, writing
from community.mail_inbox import TAKEN, read_inbox, take
from community.notifications.digests import send_digests

mail = AppGroup("mail", help="Mail that leaves and comes in.")
TRY_AGAIN = 75  # what mail servers understand as: keep it and try later


@mail.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def receive(files: tuple[Path, ...]) -> None:
    """Take replies from FILES, or one from standard input. Exits with 75 when the database is busy."""
    for name, raw in [(str(path), path.read_bytes()) for path in files] or [("-", sys.stdin.buffer.read())]:
        outcome = taken(raw, name)
        click.echo(f"{name}: {outcome if outcome in TAKEN else f'not posted: {outcome}'}")


@mail.command()
def inbox() -> None:
    """Take what lies in the folder of incoming mail."""
    click.echo(told(read_inbox(), "Nothing to take."))


def taken(raw: bytes, name: str = "-", is_inbox: bool = False) -> str:
    """The outcome. Exits with 75 when the database is busy."""
    try:
        return take(raw, is_inbox)
    except OperationalError as error:
        if not is_busy(error):
            raise
        click.echo(f"{name}: the database is busy, try again", err=True)
        raise SystemExit(TRY_AGAIN) from error


@mail.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def complaints(files: tuple[Path, ...]) -> None:
    """Take complaints from FILES (.eml or mbox), or one from standard input. Running it again adds nothing."""
    counts: Counter[str] = Counter()
    for raw in mails_in(files):
        counts[taken(raw, is_inbox=True)] += 1
    click.echo(told(dict(counts), "No mail in it."))


def mails_in(files: tuple[Path, ...]) -> Iterator[bytes]:
    """Each mail of these files, as it stands there."""
    for path in files:
        with path.open("rb") as file:
            is_mbox = file.read(5) == b"From "
        if not is_mbox:
            yield path.read_bytes()
            continue
        with closing(mbox(path, create=False)) as box:
            for key in box.keys():  # noqa: SIM118  (a mailbox is no dict: iterating it gives mails)
                yield box.get_bytes(key)
    if not files:
        yield sys.stdin.buffer.read()


@mail.command()
def imap() -> None:
    """Take what is new in the mailbox that the settings name."""
    click.echo(told(mail_imap.fetch(), "Nothing to take."))


@mail.command()
def send() -> None:
    """Send what is due."""
    click.echo(told(mail_delivery.deliver_mail(), "Nothing to send."))


@mail.command()
def digest() -> None:
    """Queue today's digests, if that was not done yet."""
    click.echo(told(send_digests(), "Nothing to say to anybody."))


@mail.command()
def failed() -> None:
    """Mails that were given up, one a line: id, address, subject, error."""
    for one in mail_delivery.given_up(db.session()):
        click.echo(f"{one.id}\t{one.to}\t{one.subject}\t{one.error}")


@mail.command()
@click.argument("ids", nargs=-1, type=int)
def retry(ids: tuple[int, ...]) -> None:
    """Try given-up mails again: those with these IDS, or all of them."""
    db.session.rollback()
    with writing():
        count = mail_delivery.retry(db.session(), ids, datetime.now(UTC))
        db.session.commit()
    click.echo(f"{count} will be tried again.")


def told(counts: dict[str, int], nothing: str) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()) or nothing
