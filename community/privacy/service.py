"""Erasing a person, in one transaction: all of it or nothing. What lies in files goes with the events that follow.

Order matters where others write at the same moment: the account is locked first, so that whoever posts in another
browser is done before, or finds no account after.
"""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from community import calls, outbox
from community.batches import batches
from community.errors import Conflict, NotFound
from community.models import Account, Customer, Event, LogEntry, Notification, Post, Upload, Verdict
from community.privacy import mails, posts
from community.recognition import own_customers

WITH_WORDS = ("silence", "suspend", "split", "to answer")  # whose rows, as they were, hold words


def erase(session: Session, account: Account, keep_posts: bool, now: datetime) -> None:
    """Erase the person: account, customer, complaints, all that was mined; posts too, or only their author's name.

    Raises Conflict for staff, NotFound when another request was faster.
    """
    account_id = account.id
    if session.scalar(select(Account.id).where(Account.id == account_id).with_for_update()) is None:
        raise NotFound
    session.refresh(account)
    email = account.email
    if account.is_staff:
        raise Conflict(
            _("An account of the staff cannot be deleted here. Ask an administrator to take its roles away first.")
        )
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA secure_delete=ON")  # what is deleted is overwritten in the file
    customers = own_customers(session, account)
    written = list(session.scalars(select(Post.id).where(Post.author_id == account_id).order_by(Post.id)))
    touched = set(written)
    uploads = forget_uploads(session, account_id, keep_posts)
    touched |= calls.forget(session, account_id, account.handle, now)
    if not keep_posts:
        touched |= posts.blank(session, account_id, written, now)
        touched |= posts.take_votes_back(session, account_id, now)
    blank_log(session, account_id)
    mails.forget(session, account_id, email, written, keep_posts)
    if not keep_posts:
        session.execute(delete(Notification).where(Notification.actor_id == account_id))
    for ids in batches(written):  # of texts that moderation keeps out of mining; the others go with the customer
        session.execute(delete(Verdict).where(Verdict.post_id.in_(ids)))
    for ids in batches(customers):
        session.execute(delete(Customer).where(Customer.id.in_(ids)))
    session.execute(delete(Event).where(Event.kind.startswith("account."), Event.subject_id == account_id))
    session.execute(delete(Account).where(Account.id == account_id))
    tell(session, account_id, sorted(touched), uploads, now)


def blank_log(session: Session, account_id: int) -> None:
    """The moderators' log keeps that something was decided, and no words to or of the person."""
    about = LogEntry.account_id == account_id
    session.execute(update(LogEntry).where(about).values(note=""))
    session.execute(update(LogEntry).where(about, LogEntry.action.in_(WITH_WORDS)).values(changes=[]))


def forget_uploads(session: Session, account_id: int, keep_posts: bool) -> list[str]:
    """Delete the rows of the person's images, but of those that a kept post shows; the keys of their files."""
    shown = select(Post.id).where(Post.author_id == account_id)
    if keep_posts:
        is_kept = Upload.post_id.in_(select(Post.id).where(Post.deleted_at.is_(None)))
        theirs: ColumnElement[bool] = (Upload.account_id == account_id) & (Upload.post_id.is_(None) | ~is_kept)
    else:
        theirs = or_(Upload.account_id == account_id, Upload.post_id.in_(shown))
    keys = list(session.scalars(select(Upload.key).where(theirs).order_by(Upload.id)))
    for some in batches(keys):
        session.execute(delete(Upload).where(Upload.key.in_(some)))
    return keys


def tell(session: Session, account_id: int, post_ids: Sequence[int], uploads: Sequence[str], now: datetime) -> None:
    """Events for what lies outside the tables: the search index, a batch of posts each, and the files of images."""
    told = [(list(ids), list[str]()) for ids in batches(post_ids)] + [
        (list[int](), list(keys)) for keys in batches(uploads)
    ]
    for ids, keys in told or [([], [])]:
        outbox.record(session, "account.erased", account_id, None, now, post_ids=ids, uploads=keys)
    session.flush()
