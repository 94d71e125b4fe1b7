"""From the rows of a batch to those worth writing; every row that falls through is counted with its reason."""

from collections.abc import Callable, Container
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Invalid
from community.exchange.dump import Row
from community.exchange.dump_posts import PostRow, Skipped
from community.exchange.reporting import Tally
from community.models import Post

T = TypeVar("T")


def readable(rows: list[Row], read: Callable[[Row], T], tally: Tally) -> list[T]:
    """What `read` makes of the rows that it can read."""
    found = []
    for row in rows:
        try:
            found.append(read(row))
        except Skipped as skipped:
            tally.skipped[str(skipped)] += 1
        except Invalid as error:
            tally.error(f"{tally.rows}, Id {row.get('Id', 'missing')[:20]}", error.message)
    return found


def unknown(session: Session, posts: list[PostRow], tally: Tally) -> list[PostRow]:
    """Posts that neither the database nor an earlier row of the batch has."""
    wanted = {post.external_id: post for post in reversed(posts)}
    known = set(session.scalars(select(Post.external_id).where(Post.external_id.in_(wanted))))
    tally.already += sum(key in known for key in wanted)
    if repeated := len(posts) - len(wanted):
        tally.skipped["Id of an earlier row"] += repeated
    return [post for post in posts if post.external_id not in known and wanted[post.external_id] is post]


def placed(posts: list[PostRow], places: Container[str], tally: Tally, reason: str) -> list[PostRow]:
    """Posts whose parent is there."""
    found = [post for post in posts if post.parent_key in places]
    if dangling := len(posts) - len(found):
        tally.skipped[reason] += dangling
    return found
