"""The reaction that tells people what happened, and the verbs of their notifications.

Each batch of people is one transaction: their notifications and the mails that are wanted at once. A batch that was
told already is not told again, so an event may be delivered twice or by two workers, or be cut off in the middle.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from community import mail
from community.db import writing
from community.inserting import insert_missing
from community.mail import Letter
from community.models import Account, Complaint, Event, Message, Notification, Post
from community.notifications import letters, preferences, recipients
from community.notifications.recipients import RANKED, News, Part

log = logging.getLogger(__name__)

Row = dict[str, Any]
A_UNIT = 10  # people told in one transaction on SQLite, some 50 ms, in which nobody else writes


@dataclass
class Telling:
    """What is to be written for a batch of people who hear of one post."""

    post_id: int
    rows: list[Row]
    letters: dict[int, Letter]  # by account, for those who want it by mail at once


def notify(session: Session, events: Sequence[Event]) -> None:
    """Tell everyone who should hear of these events: a reaction."""
    told = 0
    tellings: list[Telling] = []
    most = A_UNIT if session.get_bind().dialect.name == "sqlite" else 1  # elsewhere posts are locked: never two at once
    for event in events:
        session.rollback()
        news = recipients.news_of(session, event)
        if news is None:
            continue
        for parts in chain([dict(news.direct)], recipients.watchers(session, news)):
            if telling := prepared(session, news, parts, datetime.now(UTC)):
                tellings.append(telling)
            if sum(len(one.rows) for one in tellings) >= most:
                told += write(session, tellings, datetime.now(UTC))
                tellings = []
    told += write(session, tellings, datetime.now(UTC))
    if told:
        log.info("notifications: %d of %d events", told, len(events))


def prepared(session: Session, news: News, parts: dict[int, Part], now: datetime) -> Telling | None:
    """For these accounts, but for those who muted it, were told already or are suspended; None when none is left."""
    for account_id in recipients.muted(session, news, parts) | already_told(session, news, parts):
        del parts[account_id]
    readers = list(session.scalars(select(Account).where(Account.id.in_(parts), Account.active)))
    if not readers:
        return None
    wanted = preferences.frequencies(session, [reader.id for reader in readers])
    rows = [row(news, reader.id, parts[reader.id], now) for reader in readers]
    at_once = [reader for reader in readers if may_mail(reader) and wanted[reader.id][parts[reader.id].kind] == "now"]
    written = {reader.id: letters.of_post(session, news, reader, parts[reader.id], now) for reader in at_once}
    return Telling(news.post.id, rows, written)


def write(session: Session, tellings: Sequence[Telling], now: datetime) -> int:
    """Tell them, unless they were told meanwhile, in one transaction of few statements; how many were told."""
    if not tellings:
        return 0
    rows = [row for one in tellings for row in one.rows]
    letters_of = {place_of(row): one.letters.get(row["account_id"]) for one in tellings for row in one.rows}
    session.rollback()
    with writing():
        inserted = insert_news(session, rows)
        mailed = {place: letter for place in inserted if (letter := letters_of[place])}
        if mailed:
            mail.queue_all(session, list(mailed.values()), now)
            note_mailed(session, [inserted[place] for place in mailed], now)
        session.commit()
    return len(inserted)


def may_mail(account: Account) -> bool:
    """Whether mail may go there: the address was shown to be theirs, and they are not suspended."""
    return bool(account.active and account.email and account.confirmed_at)


def row(news: News, account_id: int, part: Part, now: datetime) -> Row:
    return {
        "account_id": account_id, "kind": part.kind, "question_id": news.question.id, "post_id": news.post.id,
        "actor_id": news.actor_id, "details": {"below": part.below} if part.below else {}, "created_at": now,
    }  # fmt: skip


Place = tuple[int, int, str]  # a post's id, an account's, and the kind of notification


def place_of(row: Row) -> Place:
    return row["post_id"], row["account_id"], row["kind"]


def already_told(session: Session, news: News, parts: dict[int, Part]) -> set[int]:
    """Who has a notification about this post already, of any of the kinds that exclude one another."""
    places = [(news.post.id, key, part.kind) for key, part in parts.items()]
    told = kinds_told(session, places)
    return {place[1] for place in places if excludes(told[place[:2]], place[2])}


def kinds_told(session: Session, places: Collection[Place]) -> dict[tuple[int, int], set[str]]:
    """By post and account: the kinds of notification that they have of it."""
    posts, accounts = ({place[n] for place in places} for n in (0, 1))
    rows = select(Notification.post_id, Notification.account_id, Notification.kind).where(
        Notification.post_id.in_(posts), Notification.account_id.in_(accounts)
    )
    found: dict[tuple[int, int], set[str]] = defaultdict(set)
    for post_id, account_id, kind in session.execute(rows):
        found[post_id or 0, account_id].add(kind)
    return found


def excludes(told: Collection[str], kind: str) -> bool:
    """Whether who was told this is not told that: the same, or both about the post's being there at all."""
    return kind in told or (kind in RANKED and not set(RANKED).isdisjoint(told))


def insert_news(session: Session, rows: Sequence[Row]) -> dict[Place, int]:
    """Insert those whose account was not told meanwhile, of posts that are still there; the ids of their rows."""
    posts = select(Post.id).where(Post.id.in_({row["post_id"] for row in rows}), Post.deleted_at.is_(None))
    there = set(session.scalars(posts.with_for_update(key_share=True)))  # one worker at a time tells of a post
    told = kinds_told(session, [place_of(row) for row in rows])
    fresh = []
    for row in rows:
        post_id, account_id, kind = place_of(row)
        if post_id in there and not excludes(told[post_id, account_id], kind):
            told[post_id, account_id].add(kind)
            fresh.append(row)
    columns = (Notification.post_id, Notification.account_id, Notification.kind, Notification.id)
    return {(row[0], row[1], row[2]): row[3] for row in insert_missing(session, Notification, fresh, *columns)}


def note_mailed(session: Session, ids: Sequence[int], now: datetime) -> None:
    session.execute(update(Notification).where(Notification.id.in_(ids)).values(mailed_at=now))


def mark(session: Session, account: Account, notification_id: int, is_read: bool, now: datetime) -> bool:
    """Mark one of the account's notifications; whether there is such a one."""
    one = select(Notification.id).where(Notification.id == notification_id, Notification.account_id == account.id)
    session.execute(
        update(Notification).where(Notification.id.in_(one)).values(read_at=now if is_read else None),
        execution_options={"synchronize_session": False},
    )
    return session.scalar(one) is not None


def mark_all(session: Session, account: Account, last_id: int, kind: str | None, now: datetime) -> None:
    """Mark all up to the newest that the reader has seen; what came meanwhile stays unread."""
    unread = (Notification.account_id == account.id) & Notification.read_at.is_(None) & (Notification.id <= last_id)
    condition = unread & (Notification.kind == kind) if kind else unread
    session.execute(
        update(Notification).where(condition).values(read_at=now), execution_options={"synchronize_session": False}
    )


def mark_complaint(session: Session, account: Account, complaint_id: int, now: datetime) -> None:
    """The account has the complaint before its eyes, with what was merged into it: what it was told about it is read."""
    cases = select(Complaint.id).where(or_(Complaint.id == complaint_id, Complaint.merged_into_id == complaint_id))
    turns = select(Message.id).where(Message.complaint_id.in_(cases))
    _mark_seen(session, account, Notification.message_id.in_(turns), now)


def mark_question(session: Session, account: Account, question_id: int, now: datetime) -> None:
    """The account has the question before its eyes: what it was told about it is read."""
    _mark_seen(session, account, Notification.question_id == question_id, now)


def _mark_seen(session: Session, account: Account, about: ColumnElement[bool], now: datetime) -> None:
    session.execute(
        update(Notification)
        .where(Notification.account_id == account.id, about, Notification.read_at.is_(None))
        .values(read_at=now),
        execution_options={"synchronize_session": False},
    )
