"""The job that asks saved searches again: new posts become notifications, and one mail a search and run."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from community import mail
from community.db import db, writing
from community.inserting import insert_missing
from community.models import Account, Event, Notification, Post, Preference, Question, SavedSearch, Watch
from community.outbox import LAST_ATTEMPT
from community.search import hit_mail
from community.search.interface import Hit, SearchIndex
from community.search.whoosh_index import current_index

log = logging.getLogger(__name__)

PERIODS = {"now": timedelta(0), "daily": timedelta(days=1), "weekly": timedelta(days=7)}
BATCH = 200  # saved searches loaded at a time
MOST_HITS = 50  # of one search and run
SETTLED = timedelta(minutes=1)  # a post is committed by then, and its event to be seen
EARLY = timedelta(minutes=5)  # a run may come this much before its time, lest a daily one slips on from day to day
PATIENCE = timedelta(hours=3)  # an event that fails for longer holds nobody up


@dataclass(frozen=True)
class New:
    """A hit that its owner has not heard of."""

    hit: Hit
    post: Post


def run_saved_searches(now: datetime | None = None) -> dict[str, Any]:
    """Ask those that are due; how many were asked, and of how many posts their owners were told."""
    now = now or datetime.now(UTC)
    session, index, asked, told, last = db.session(), current_index(), 0, 0, 0
    until = indexed_until(session, now)
    while searches := _due(session, now, until, last):
        last = searches[-1].id
        for search in searches:
            told += report(session, index, search.id, until, now)
            asked += 1
        session.rollback()
    return {"searches": asked, "told": told} if asked else {}


def indexed_until(session: Session, now: datetime) -> datetime:
    """Up to when every post is in the index: just before the oldest that waits for it."""
    waiting = select(func.min(Event.created_at)).where(
        Event.finished_at.is_(None), Event.attempts < LAST_ATTEMPT, Event.created_at > now - PATIENCE,
        or_(*(Event.kind.startswith(f"{kind}.") for kind in ("question", "answer", "comment"))),
    )  # fmt: skip
    oldest = session.scalar(waiting)
    return min(now - SETTLED, oldest - timedelta(microseconds=1)) if oldest else now - SETTLED


def report(session: Session, index: SearchIndex, search_id: int, until: datetime, now: datetime) -> int:
    """Tell the owner of a search what is new since it ran; of how many posts. Notifications, mail and `ran_at` are one
    transaction, so that a run that is cut off is run again, and one that was done is not."""
    session.rollback()
    search = session.get(SavedSearch, search_id)
    owner = session.get(Account, search.account_id) if search else None
    if search is None or owner is None or not owner.active or search.ran_at >= until:
        return 0
    since, query = search.ran_at, search.query
    new = _new(session, index, search, owner, until)
    letter = (
        hit_mail.letter(session, owner, search, [one.hit for one in new], since)
        if new and _may_mail(session, owner)
        else None
    )
    rows = [_row(search, one, now, now if letter else None) for one in new]
    session.rollback()
    with writing():
        search = session.get(SavedSearch, search_id, with_for_update=True)
        if (
            search is None or search.ran_at != since or search.query != query
        ):  # another worker, or its owner, was faster
            session.rollback()
            return 0
        told = insert_missing(session, Notification, rows, Notification.id)
        if letter and told:
            mail.queue_all(session, [letter], now)
        search.ran_at = until
        session.commit()
    return len(told)


def _due(session: Session, now: datetime, until: datetime, last: int) -> Sequence[SavedSearch]:
    is_due = or_(
        *(
            (SavedSearch.frequency == name) & (SavedSearch.ran_at <= now - period + EARLY)
            for name, period in PERIODS.items()
        )
    )
    rows = select(SavedSearch).where(is_due, SavedSearch.ran_at < until, SavedSearch.id > last)
    return session.scalars(rows.order_by(SavedSearch.id).limit(BATCH)).all()


def _new(session: Session, index: SearchIndex, search: SavedSearch, owner: Account, until: datetime) -> list[New]:
    """Posts of others after `ran_at` that have all that is looked for, in questions that the owner has not muted."""
    found = index.find(search.query, session=session, since=search.ran_at, until=until, size=MOST_HITS)
    if found.is_loose or not found.hits:
        return []
    question_ids = {hit.question_id for hit in found.hits}
    muted = select(Watch.question_id).where(
        Watch.account_id == owner.id, Watch.level == "muted", Watch.question_id.in_(question_ids)
    )
    known = select(Notification.post_id).where(
        Notification.account_id == owner.id, Notification.kind == "saved search",
        Notification.post_id.in_([hit.post_id for hit in found.hits]),
    )  # fmt: skip
    question = aliased(Question)
    posts = session.scalars(
        select(Post)
        .join(question, question.id == func.coalesce(Post.question_id, Post.id))
        .where(
            Post.id.in_([hit.post_id for hit in found.hits]), Post.created_at > search.ran_at, Post.created_at <= until,
            Post.deleted_at.is_(None), Post.erased_at.is_(None), question.deleted_at.is_(None),
            or_(Post.author_id.is_(None), Post.author_id != owner.id), question.id.not_in(muted), Post.id.not_in(known),
        )
    )  # fmt: skip
    there = {post.id: post for post in posts}
    return [New(hit, there[hit.post_id]) for hit in found.hits if hit.post_id in there]


def _row(search: SavedSearch, new: New, now: datetime, mailed_at: datetime | None) -> dict[str, Any]:
    return {
        "account_id": search.account_id, "kind": "saved search", "question_id": new.hit.question_id,
        "post_id": new.hit.post_id, "actor_id": new.post.author_id, "created_at": now, "mailed_at": mailed_at,
        "details": {"name": search.name, "query": search.query},
    }  # fmt: skip


def _may_mail(session: Session, owner: Account) -> bool:
    """Whether mail may go to the account, and it did not say never to this kind or to all."""
    if not owner.email or not owner.confirmed_at:
        return False
    stopped = select(Preference.kind).where(
        Preference.account_id == owner.id, Preference.kind.in_(("saved search", "all")), Preference.frequency == "never"
    )
    return session.scalar(stopped.limit(1)) is None
