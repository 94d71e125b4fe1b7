"""What follows for the index when an account changes its name or goes: its posts are written anew, some at a time."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from community import outbox
from community.db import writing
from community.models import Event, Post
from community.search.index import IndexDamaged
from community.search.whoosh_index import current_index

BATCH = 300  # posts of one event; half a second's work, so that others' new posts do not wait


def reindex_author(session: Session, events: Sequence[Event]) -> None:
    """A reaction: bring the index in line with an author's posts. What is left goes on as a new event."""
    for event in events:
        session.rollback()
        last = int(event.details.get("index_after", 0))
        post_ids = [id for id in _posts_of(session, event.subject_id, last) if id > last]
        session.rollback()
        current_index().apply(session, post_ids[:BATCH])
        if len(post_ids) > BATCH:
            _go_on(session, event, post_ids[BATCH - 1])


def _posts_of(session: Session, account_id: int, last: int) -> list[int]:
    """As the index has them and as the database has them: an account that was erased has none left there."""
    try:
        indexed = current_index().posts_of(account_id)
    except IndexDamaged:
        indexed = []  # to be rebuilt, and then it is right
    own = select(Post.id).where(Post.author_id == account_id, Post.id > last).order_by(Post.id).limit(BATCH + 1)
    return sorted({*indexed, *session.scalars(own)})


def _go_on(session: Session, event: Event, last: int) -> None:
    session.rollback()
    with writing():
        now = datetime.now(UTC)
        outbox.record(session, "account.renamed", event.subject_id, None, now, index_after=last)
        session.commit()
