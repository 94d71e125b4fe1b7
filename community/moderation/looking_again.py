"""A published post is scored again, when something is known that was not when it was written: what it means, or what an
outside service says.

Fresh, and with nothing of others below it, it is held as if it had been so at once. Later it would take along what others
wrote: it stays in sight, and a moderator is asked.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from community.db import writing
from community.models import Comment, Event, Post, Question, SpamMark
from community.moderation import queue, spam

FRESH = timedelta(days=1)
NOTHING: Mapping[str, float] = {}


def look_at_alike(session: Session, events: Sequence[Event]) -> None:
    """A reaction: the worker found that these posts mean what decided spam means."""
    for event in events:
        look_again(session, event.subject_id, event.created_at)


def look_again(session: Session, post_id: int, known_at: datetime, more: Mapping[str, float] = NOTHING) -> None:
    """Score the post with what is known since `known_at` and `more`, a unit of work of its own. What was decided stays so."""
    session.rollback()
    with writing():
        post = session.scalar(select(Post).where(Post.id == post_id).options(selectinload(Post.author)))
        now = datetime.now(UTC)
        if post is None or post.deleted_at or post.author is None or spam.is_trusted(post.author):
            return
        if session.get(SpamMark, post.id):
            return
        title = (post.title or "") if isinstance(post, Question) else ""
        facts = spam.facts_of(session, post.author, known_at, post.body, title, post_id=post.id)
        found = spam.signals(facts) | dict(more)
        if sum(found.values()) >= current_app.config["SPAM_SCORE"]:
            hold_or_ask(session, post, found, known_at, now)
        session.commit()


def hold_or_ask(session: Session, post: Post, found: dict[str, float], known_at: datetime, now: datetime) -> None:
    if post.created_at > known_at - FRESH and not has_others_below(session, post):
        spam.hold(session, post, "suspected", found, now, tells=True)  # they saw it published
        return
    item = queue.open_item(session, "flag", post, "spam", None, now)
    if "signals" not in item.details:
        item.details = item.details | spam.details_of(found)
        item.score = round(item.score + item.details["score"], 3)


def has_others_below(session: Session, post: Post) -> bool:
    below = select(Post.id).where(
        or_(Post.question_id == post.id, Comment.parent_id == post.id), Post.author_id.is_distinct_from(post.author_id),
        Post.deleted_at.is_(None),
    )  # fmt: skip
    return session.scalar(below.limit(1)) is not None
