"""Mail on its way, and what is known of mail that was sent, when its reader or the author of its words is erased."""

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from community.batches import batches
from community.models import Mail, Notification, Post, ReceivedMail

LINK = re.compile(r"/(?:posts|questions)/(\d+)")
RANGES = 100  # of keys in one statement


def forget(session: Session, account_id: int, email: str | None, written: Sequence[int], keep_posts: bool) -> None:
    """Mail to the person and from them; and others' mail that tells of their posts, if it was not sent yet.

    Those others lose a letter, not the news: it stands in the page. Of sent mail only the subject is kept, and it goes
    with the title that it repeats.
    """
    to_them = or_(Mail.account_id == account_id, func.lower(Mail.to) == (email or "").lower())
    session.execute(delete(Mail).where(to_them))
    from_them = or_(ReceivedMail.account_id == account_id, ReceivedMail.sender == (email or "").lower())
    session.execute(delete(ReceivedMail).where(from_them))
    ids = set(written) if keep_posts else set(written) | below(session, written)
    for some in batches(sorted(ids), RANGES):
        about = any_key_begins(session, [f"post:{post_id}:" for post_id in some])
        session.execute(delete(Mail).where(about, Mail.sent_at.is_(None)))
        if not keep_posts:
            session.execute(update(Mail).where(about).values(subject=""))
            session.execute(delete(ReceivedMail).where(ReceivedMail.post_id.in_(set(some) & set(written))))
    for keys in batches(told_of(session, account_id)):
        session.execute(delete(Mail).where(Mail.key.in_(keys), Mail.sent_at.is_(None)))
    withdraw_links(session, ids)


def told_of(session: Session, account_id: int) -> list[str]:
    """Keys of letters that say what the person did with a post of somebody else, as accepting it."""
    rows = select(Notification.post_id, Notification.account_id, Notification.kind).where(
        Notification.actor_id == account_id, Notification.post_id.is_not(None)
    )
    return [f"post:{post_id}:{reader_id}:{kind}" for post_id, reader_id, kind in session.execute(rows)]


def below(session: Session, written: Sequence[int]) -> set[int]:
    """The posts below theirs: mail about them repeats the title of the question."""
    found: set[int] = set()
    for ids in batches(written):
        found |= set(session.scalars(select(Post.id).where(Post.__table__.c.question_id.in_(ids))))
    return found


def any_key_begins(session: Session, prefixes: Sequence[str]) -> ColumnElement[bool]:
    """Ranges that the index of keys finds; `;` comes right behind `:`."""
    key = Mail.key.collate("BINARY" if session.get_bind().dialect.name == "sqlite" else "C")
    return or_(*((key >= prefix) & (key < f"{prefix[:-1]};") for prefix in prefixes))


def withdraw_links(session: Session, post_ids: set[int]) -> None:
    """Digests and other mail that waits and leads to these posts. Little waits at any time."""
    last = 0
    while rows := session.execute(
        select(Mail.id, Mail.text).where(Mail.sent_at.is_(None), Mail.id > last).order_by(Mail.id).limit(200)
    ).all():
        last = rows[-1].id
        telling = [row.id for row in rows if not post_ids.isdisjoint(map(int, LINK.findall(row.text)))]
        session.execute(delete(Mail).where(Mail.id.in_(telling)))
