"""Reads of notifications: how many are unread, and the list by key-set pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, selectinload

from community.errors import NotFound
from community.models import NOTIFICATIONS, Account, Notification, Post, Question
from community.web.urls import page_key

PAGE = 30
MOST_COUNTED = 99


@dataclass
class Page:
    """One page of notifications and the key of the next."""

    rows: list[Notification]
    next_key: str | None


def visible() -> ColumnElement[bool]:
    """Not about a post that was deleted; to be used behind a join of Post."""
    return or_(Post.id.is_(None), and_(Post.deleted_at.is_(None)))


def unread_count(session: Session, account_id: int) -> str:
    """How many are unread: "" for none, "7", or "99+"; one statement that looks at a hundred rows at most."""
    rows = (
        select(Notification.id)
        .outerjoin(Post, Post.id == Notification.post_id)
        .where(Notification.account_id == account_id, Notification.read_at.is_(None), visible())
        .limit(MOST_COUNTED + 1)
    )
    count = session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")


def listed(
    session: Session, account: Account, kind: str | None, only_unread: bool, after: tuple[datetime, int] | None
) -> Page:
    """One page, newest first. Raises NotFound for a kind that there is not."""
    if kind is not None and kind not in NOTIFICATIONS:
        raise NotFound
    rows = (
        select(Notification)
        .outerjoin(Post, Post.id == Notification.post_id)
        .where(Notification.account_id == account.id, visible())
        .options(selectinload(Notification.actor), selectinload(Notification.question), selectinload(Notification.post))
    )
    if kind:
        rows = rows.where(Notification.kind == kind)
    if only_unread:
        rows = rows.where(Notification.read_at.is_(None))
    if after:
        rows = rows.where(tuple_(Notification.created_at, Notification.id) < tuple_(*map(_bound, after)))
    newest_first = (Notification.created_at.desc(), Notification.id.desc())
    found = list(session.scalars(rows.order_by(*newest_first).limit(PAGE + 1)))
    more = found[PAGE - 1] if len(found) > PAGE else None
    return Page(found[:PAGE], page_key(more.created_at, more.id) if more else None)


def _bound(value: Any) -> Any:
    return literal(value, Notification.created_at.type) if isinstance(value, datetime) else literal(value)


def own(session: Session, account: Account, notification_id: int) -> Notification:
    """Raises NotFound unless it is the account's."""
    found = session.scalar(
        select(Notification).where(Notification.id == notification_id, Notification.account_id == account.id)
    )
    if found is None:
        raise NotFound
    return found


def has_question(session: Session, question_id: int) -> bool:
    return session.scalar(select(Question.id).where(Question.id == question_id)) is not None
