"""The reaction that tells people what happened, and the verbs of their notifications.

Each batch of people is one transaction: their notifications and the mails that are wanted at once. A batch that was
told already is not told again, so an event may be delivered twice or by two workers, or be cut off in the middle.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community import mail
from community.db import writing
from community.inserting import insert_missing
from community.mail import Letter
from community.models import Account, Event, Notification, Post
from community.notifications import letters, preferences, recipients
from community.notifications.recipients import RANKED, News, Part

log = logging.getLogger(__name__)

A_UNIT = 10  # people told in one transaction on SQLite, some 50 ms, in which nobody else writes


@dataclass
class Telling:
    """What is to be written for a batch of people who hear of one post."""

    post_id: int
    rows: list[dict[str, object]]
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
    """Tell them, unless they were told meanwhile, in one transaction; how many were told."""
    told = 0
    session.rollback()
    with writing():
        for one in tellings:
            inserted = insert_news(session, one.post_id, one.rows)
            mailed = [account_id for account_id in inserted if account_id in one.letters]
            mail.queue_all(session, [one.letters[account_id] for account_id in mailed], now)
            note_mailed(session, [inserted[account_id] for account_id in mailed], now)
            told += len(inserted)
        session.commit()
    return told


def may_mail(account: Account) -> bool:
    """Whether mail may go there: the address was shown to be theirs, and they are not suspended."""
    return bool(account.active and account.email and account.confirmed_at)


def row(news: News, account_id: int, part: Part, now: datetime) -> dict[str, object]:
    return {
        "account_id": account_id, "kind": part.kind, "question_id": news.question.id, "post_id": news.post.id,
        "actor_id": news.actor_id, "details": {"below": part.below} if part.below else {}, "created_at": now,
    }  # fmt: skip


def already_told(session: Session, news: News, parts: dict[int, Part]) -> set[int]:
    """Who has a notification about this post already, of any of the kinds that exclude one another."""
    return _told(session, news.post.id, list(parts), {part.kind for part in parts.values()})


def _told(session: Session, post_id: int, account_ids: list[int], kinds: set[str]) -> set[int]:
    excluding = set(RANKED) if kinds & set(RANKED) else kinds
    rows = select(Notification.account_id).where(
        Notification.account_id.in_(account_ids), Notification.post_id == post_id, Notification.kind.in_(excluding)
    )
    return set(session.scalars(rows))


def insert_news(session: Session, post_id: int, rows: list[dict[str, object]]) -> dict[int, int]:
    """Insert those whose account was not told meanwhile: account id -> id. None when the post was deleted meanwhile."""
    post = select(Post.id).where(Post.id == post_id, Post.deleted_at.is_(None))
    if session.scalar(post.with_for_update(key_share=True)) is None:  # one worker at a time tells of a post
        return {}
    told = _told(session, post_id, [int(str(row["account_id"])) for row in rows], {str(row["kind"]) for row in rows})
    fresh = [row for row in rows if row["account_id"] not in told]
    found = insert_missing(session, Notification, fresh, Notification.account_id, Notification.id)
    return {one.account_id: one.id for one in found}


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


def mark_question(session: Session, account: Account, question_id: int, now: datetime) -> None:
    """The account has the question before its eyes: what it was told about it is read."""
    session.execute(
        update(Notification)
        .where(
            Notification.account_id == account.id,
            Notification.question_id == question_id,
            Notification.read_at.is_(None),
        )
        .values(read_at=now),
        execution_options={"synchronize_session": False},
    )
