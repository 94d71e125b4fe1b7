"""What can be seen of the queue and of what it is about, and what its log says of it: compared by the machine of tests."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from community.models import CannedReason, Flag, LogEntry, Post, QueueItem, Verbatim, Vote, Watch, question_tag
from community.moderation import queries
from community.moderation.hiding import mark_of

TABLE = cast(Table, Post.__table__).c


def picture(
    session: Session, post_ids: Sequence[int], author_ids: Sequence[int | None], reader_ids: Sequence[int],
    reason_ids: Sequence[int],
) -> dict[str, Any]:  # fmt: skip
    """Posts and what was made of them, flags, votes, words, items and reasons as they are."""
    session.expire_all()
    people = [*reader_ids, *author_ids]
    posts = {
        post.id: (
            post.kind, post.body, mark_of(post), post.hidden_with_id, post.deleted_at is None, post.score,
            post.question_id, made_of(session, post.id), getattr(post, "answer_count", 0),
        )
        for post in session.scalars(select(Post).where(Post.author_id.in_(author_ids)))
    }  # fmt: skip
    votes = select(Vote.voter_id, Vote.post_id, Vote.value).where(Vote.voter_id.in_(people))
    watches = select(Watch.account_id, Watch.question_id, Watch.level).where(Watch.account_id.in_(people))
    words = select(Verbatim.post_id, Verbatim.text).where(Verbatim.post_id.in_(list(posts)))
    reasons = {
        row.id: (row.name, row.text, row.retired_at)
        for row in session.scalars(select(CannedReason).where(CannedReason.id.in_(reason_ids)))
    }
    tags = len(session.execute(select(question_tag).where(question_tag.c.question_id == post_ids[0])).all())
    items = {
        item.id: (item.state, item.claimed_by_id, item.decided_by_id, item.outcome)
        for item in items_of(session, post_ids)
    }
    flagged = {
        (flag.account_id, flag.post_id): flag.outcome
        for flag in session.scalars(select(Flag).where(Flag.post_id.in_(post_ids)))
    }
    seen = {
        "posts": posts, "items": items, "flags": flagged, "tags": tags, "reasons": reasons,
        "votes": sorted(session.execute(votes).all()), "watches": sorted(session.execute(watches).all()),
        "words": sorted(session.execute(words).all()),
    }  # fmt: skip
    session.rollback()
    return seen


def items_of(session: Session, post_ids: Sequence[int]) -> list[QueueItem]:
    return list(session.scalars(select(QueueItem).where(QueueItem.post_id.in_(post_ids)).order_by(QueueItem.id)))


def made_of(session: Session, post_id: int) -> int | None:
    """The post that took its place."""
    return session.scalar(select(TABLE.merged_into_id).where(TABLE.id == post_id))


def replayed(session: Session, item: QueueItem) -> tuple[str, str | None]:
    """The item's state and outcome, by its log alone; no decision without one before it undone."""
    state: tuple[str, str | None] = ("", None)
    kept: dict[int, tuple[str, str | None]] = {}
    for entry in session.scalars(select(LogEntry).where(LogEntry.item_id == item.id).order_by(LogEntry.id)):
        kept[entry.id] = state
        if entry.action == "undo":
            undone = session.get_one(LogEntry, entry.undoes_id)
            state = kept[undone.id] if undone.action not in ("autohide", "autoshow") else state
        elif entry.action in (*queries.PUBLIC, "withdrawn") and entry.action not in ("autohide", "autoshow"):
            assert state[0] != "decided", "decided twice"
            state = ("decided", entry.action)
        elif entry.action in ("open", "claim", "release"):
            state = ("claimed" if entry.action == "claim" else "open", None)
    return state
