"""Delivery of queued mail, by SMTP or into files, at least once.

A claim pushes `due_at` on, so a worker that dies leaves mails that fall due again. Mails are noted as sent at most
NOTED_WITHIN after they were handed over; only a death between the two sends them twice, with the same Message-ID (and
onto the same file).
"""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from community.db import db, writing
from community.mail import QUOTED
from community.mail_files import enclosed
from community.mail_transport import Refused, Transport, Unreachable, transport
from community.models import Mail, Post, Verbatim

log = logging.getLogger(__name__)

BATCH = 20
CLAIM = timedelta(minutes=10)
NOTED_WITHIN = 0.2  # seconds: mails that go fast share a transaction
LAST_ATTEMPT = 12  # about a day after the first; then the mail is kept with its error, and not tried again
FIRST_PAUSE = timedelta(minutes=1)  # doubled by each failure
LONGEST_PAUSE = timedelta(hours=6)


def deliver_mail(most: int = 1000) -> dict[str, int]:
    """Send what is due, batch after batch; counts of sent, failed and withdrawn mails."""
    counts: Counter[str] = Counter()
    while (done := deliver_batch(datetime.now(UTC))) and sum(counts.values()) < most:
        counts += done
        if done["mails_failed"]:
            break
    return dict(counts)


def deliver_batch(now: datetime) -> Counter[str]:
    """Claim one batch and send it."""
    session = db.session()
    session.rollback()
    with writing():
        mails, withdrawn = claim(session, now)
        for mail in mails:
            session.expunge(mail)
        session.commit()
    counts = Counter({"mails_withdrawn": withdrawn} if withdrawn else {})
    if mails:
        with transport() as way:
            counts += send_all(session, way, mails)
    return counts


def claim(session: Session, now: datetime, most: int = BATCH) -> tuple[list[Mail], int]:
    """Up to `most` due mails, kept from other workers for CLAIM; those about deleted texts are thrown away and counted."""
    due = (
        select(Mail)
        .where(Mail.sent_at.is_(None), Mail.due_at <= now, Mail.attempts < LAST_ATTEMPT)
        .order_by(Mail.due_at, Mail.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    mails = list(session.scalars(due))
    gone = _about_deleted_posts(session, mails) | _quoting_what_is_gone(session, mails)
    kept = [mail for mail in mails if mail.id not in gone]
    for mail in kept:
        mail.due_at = now + CLAIM
        mail.attempts += 1
    session.execute(delete(Mail).where(Mail.id.in_(gone)))
    session.flush()
    return kept, len(gone)


def _about_deleted_posts(session: Session, mails: Sequence[Mail]) -> set[int]:
    posts = {mail.id: int(mail.key.split(":")[1]) for mail in mails if mail.key and mail.key.startswith("post:")}
    if not posts:
        return set()
    alive = set(session.scalars(select(Post.id).where(Post.id.in_(posts.values()), Post.deleted_at.is_(None))))
    return {mail_id for mail_id, post_id in posts.items() if post_id not in alive}


def _quoting_what_is_gone(session: Session, mails: Sequence[Mail]) -> set[int]:
    quoted = {mail.id: {int(key) for key in mail.headers.get(QUOTED, "").split()} for mail in mails}
    wanted = set().union(*quoted.values())
    if not wanted:
        return set()
    there = set(session.scalars(select(Verbatim.id).where(Verbatim.id.in_(wanted))))
    return {mail_id for mail_id, keys in quoted.items() if keys - there}


def send_all(session: Session, way: Transport, mails: Sequence[Mail]) -> Counter[str]:
    """Send them one by one, noting them. The rest waits when the claim might run out, or nothing can be reached."""
    counts: Counter[str] = Counter()
    until = time.monotonic() + CLAIM.total_seconds() / 2
    with Noted(session) as noted:
        for number, mail in enumerate(mails):
            if time.monotonic() > until:
                break
            try:
                files = enclosed(session, mail)
                session.rollback()  # no read stays open while a server is slow
                way.send(mail, files)
            except Unreachable as error:
                postpone(session, mails[number:], error, datetime.now(UTC))
                log.warning("mail: %d wait, the mail server cannot be reached: %s", len(mails) - number, error)
                counts["mails_failed"] += len(mails) - number
                break
            except Refused as error:
                counts["mails_failed"] += 1
                note_failure(session, mail, error, datetime.now(UTC))
            else:
                counts["mails_sent"] += 1
                noted.sent(mail)
    return counts


class Noted:
    """Notes what was sent: soon, and in any case at the end."""

    def __init__(self, session: Session):
        self.session, self.ids, self.since = session, list[int](), 0.0

    def __enter__(self) -> "Noted":
        return self

    def __exit__(self, *_error: object) -> None:
        self.write()

    def sent(self, mail: Mail) -> None:
        self.since = self.since if self.ids else time.monotonic()
        self.ids.append(mail.id)
        if time.monotonic() - self.since >= NOTED_WITHIN:
            self.write()

    def write(self) -> None:
        if self.ids:
            note_sent(self.session, self.ids, datetime.now(UTC))
        self.ids = []


def note_sent(session: Session, ids: list[int], now: datetime) -> None:
    """They are on their way: what they said is wiped."""
    _set(session, ids, sent_at=now, text="", html=None, headers={}, error=None)


def note_failure(session: Session, mail: Mail, error: Refused, now: datetime) -> None:
    """Try again later, each time later still; never again when the server refused it for good."""
    pause = min(FIRST_PAUSE * 2 ** (mail.attempts - 1), LONGEST_PAUSE)
    attempts = LAST_ATTEMPT if error.is_final else mail.attempts
    _set(session, [mail.id], due_at=now + pause, attempts=attempts, error=str(error)[:500])
    log.warning("mail %d: attempt %d failed: %s", mail.id, mail.attempts, error)


def postpone(session: Session, mails: Sequence[Mail], error: Unreachable, now: datetime) -> None:
    """The mail server is away: that is no failure of these mails, so no attempt is counted."""
    _set(
        session, [mail.id for mail in mails], due_at=now + FIRST_PAUSE, attempts=Mail.attempts - 1,
        error=str(error)[:500],
    )  # fmt: skip


def _set(session: Session, ids: list[int], **values: object) -> None:
    session.rollback()
    with writing():
        session.execute(update(Mail).where(Mail.id.in_(ids), Mail.sent_at.is_(None)).values(**values))
        session.commit()


def given_up(session: Session, most: int = 1000) -> list[Mail]:
    """Mails that are not tried any more, newest first, with their errors."""
    rows = select(Mail).where(Mail.sent_at.is_(None), Mail.attempts >= LAST_ATTEMPT)
    return list(session.scalars(rows.order_by(Mail.id.desc()).limit(most)))


def retry(session: Session, ids: Sequence[int], now: datetime) -> int:
    """Try these given-up mails again from the start, or all of them when none is named; how many there are."""
    rows = select(Mail.id).where(Mail.sent_at.is_(None), Mail.attempts >= LAST_ATTEMPT)
    chosen = list(session.scalars(rows.where(Mail.id.in_(ids)) if ids else rows))
    session.execute(update(Mail).where(Mail.id.in_(chosen)).values(attempts=0, due_at=now))
    return len(chosen)
