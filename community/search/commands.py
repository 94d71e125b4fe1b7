"""flask search: build the index anew, and compare it with the database."""

import time

import click
from flask.cli import AppGroup
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import func, select

from community.batches import batches
from community.db import db
from community.models import Post
from community.search.documents import BATCH
from community.search.index import IndexBusy
from community.search.interface import Differences
from community.search.whoosh_index import current_index

GRACE_SECONDS = 3.0  # what is written meanwhile is in the index by then
MOST_SHOWN = 20  # ids of each kind

commands = AppGroup("search", help="The search index.")


@commands.command("rebuild")
def rebuild() -> None:
    """Build the index anew beside the live one, and exchange them. Search and posting go on meanwhile."""
    total = db.session.scalar(select(func.count()).select_from(Post).where(Post.deleted_at.is_(None))) or 0
    started = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns) as bar:
            task = bar.add_task("posts", total=total)
            count = current_index().rebuild(db.session(), lambda done: bar.update(task, completed=done))
    except IndexBusy as error:
        raise click.ClickException(f"{error}. Another rebuild or merge may be running; try again later.") from error
    click.echo(f"Rebuilt: {count} posts in {time.monotonic() - started:.1f} s.")


@commands.command("check")
@click.option("--repair", is_flag=True, help="Bring what differs in line with the database.")
def check(repair: bool) -> None:
    """Compare the index with the database and say what differs. Exit code 1 if something does."""
    index, session = current_index(), db.session()
    found = index.check(session)
    if found.post_ids:
        time.sleep(GRACE_SECONDS)
        found = index.still_different(session, found)
    if not found.is_damaged and not found.post_ids:
        click.echo("Index and database agree.")
        return
    tell(found)
    if not repair:
        raise SystemExit(1)
    if found.is_damaged:
        changed = index.rebuild(session)
    else:
        changed = sum(index.apply(session, ids) for ids in batches(found.post_ids, BATCH))
    click.echo(f"Repaired: {changed} posts written.")


def tell(found: Differences) -> None:
    if found.is_damaged:
        click.echo("There is no index that can be read. `flask search rebuild` makes one.")
    for ids, what in (
        (found.missing, "missing from the index"),
        (found.stale, "old in the index"),
        (found.extra, "no longer to be found"),
    ):
        if ids:
            shown = ", ".join(map(str, ids[:MOST_SHOWN])) + (", …" if len(ids) > MOST_SHOWN else "")
            click.echo(f"{len(ids)} posts {what}: {shown}")
