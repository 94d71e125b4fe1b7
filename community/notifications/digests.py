"""Daily and weekly mails: one a person, in their language, with everything that waited; none when there is nothing to say.

A mail and the note that its notifications were mailed are one transaction, under a key of account and day: a run that
was cut off goes on where it stopped, and two at once send one mail each person.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from flask_babel import force_locale, gettext, ngettext
from sqlalchemy import CompoundSelect, exists, select, union
from sqlalchemy.orm import Session

from community import mail
from community import mail_addresses as addresses
from community.db import db, writing
from community.mail import Letter
from community.models import Account, Answer, Notification, Preference, Vote
from community.notifications import letters, preferences, service
from community.notifications.digest_content import LOOKS_BACK, Digest, gather

log = logging.getLogger(__name__)

WEEKLY_ON = 0  # Monday
BATCH = 100  # accounts


def send_digests(now: datetime | None = None) -> dict[str, int]:
    """Queue today's digests; how many."""
    now = now or datetime.now(UTC)
    queued, last = 0, 0
    while True:
        db.session.rollback()
        accounts = due(db.session(), now, last)
        if not accounts:
            return {"digests": queued} if queued else {}
        wanted = preferences.frequencies(db.session(), [account.id for account in accounts])
        for account_id in [account.id for account in accounts]:
            queued += send_digest(db.session(), account_id, wanted[account_id], now)
        last = max(wanted)


def due(session: Session, now: datetime, after: int) -> list[Account]:
    """The next accounts for which something may wait, by id."""
    waits = exists().where(
        Notification.account_id == Account.id, Notification.read_at.is_(None), Notification.mailed_at.is_(None),
        Notification.created_at > now - LOOKS_BACK,
    )  # fmt: skip
    may_mail = Account.active & Account.email.is_not(None) & Account.confirmed_at.is_not(None)
    rows = select(Account).where(Account.id > after, may_mail, waits | Account.id.in_(_helpers(now)))
    return list(session.scalars(rows.order_by(Account.id).limit(BATCH)))


def _helpers(now: datetime) -> CompoundSelect[tuple[int | None]]:
    """Whose answers were found helpful since their last digest: everybody's weekly, else of those who want it daily."""
    since = now - timedelta(days=7 if is_weekly(now) else 1)
    voted = select(Answer.author_id).join(Vote, Vote.post_id == Answer.id)
    voted = voted.where(Vote.created_at >= since, Vote.value == 1, Answer.author_id.is_not(None))
    solved = select(Answer.author_id).where(Answer.accepted_at >= since, Answer.author_id.is_not(None))
    if is_weekly(now):
        return union(voted, solved)
    daily = select(Preference.account_id).where(Preference.kind == "badge", Preference.frequency == "daily")
    return union(voted.where(Answer.author_id.in_(daily)), solved.where(Answer.author_id.in_(daily)))


def is_weekly(now: datetime) -> bool:
    return now.weekday() == WEEKLY_ON


def send_digest(session: Session, account_id: int, wanted: Mapping[str, str], now: datetime) -> int:
    """Queue the digest of one account, if there is something to say; how many mails that were."""
    kinds = [kind for kind, often in wanted.items() if often == "daily" or (often == "weekly" and is_weekly(now))]
    account = session.get(Account, account_id)
    if not kinds or account is None:
        return 0
    since = now - timedelta(days=1 if wanted["badge"] == "daily" else 7)
    with force_locale(letters.language_of(account)):
        digest = gather(session, account, kinds, since, now)
        letter = write(account, digest, now.date()) if digest.says_something else None
    session.rollback()
    with writing():
        queued = mail.queue_all(session, [letter], now) if letter else []
        if queued or not letter:
            service.note_mailed(session, digest.notification_ids, now)
        session.commit()
    return len(queued)


def write(account: Account, digest: Digest, day: date) -> Letter:
    """The mail, in the language that is in force."""
    said = subject(digest)
    facts = {
        "digest": digest,
        "line": said,
        **letters.frame(account, "digest"),
        "list_url": addresses.page_url("/notifications"),
    }
    headers = letters.common_headers(account.id, "digest")
    headers["Message-ID"] = f"<digest-{day:%Y%m%d}.{account.id}@{addresses.mail_host()}>"
    return Letter(
        account.email or "", said, letters.render("mail/digest.txt", **facts),
        letters.render("mail/digest.html", **facts), account.id, f"digest:{account.id}:{day}", headers,
    )  # fmt: skip


def subject(digest: Digest) -> str:
    """What is in it, the most personal first."""
    if happened := digest.own + digest.other:
        others = len(happened) + digest.left_out - 1
        if not others:
            return str(gettext("News on “%(title)s”", title=happened[0].title))
        return str(ngettext(
            "News on “%(title)s” and %(num)s other question", "News on “%(title)s” and %(num)s other questions",
            others, title=happened[0].title,
        ))  # fmt: skip
    if digest.open:
        return str(ngettext(
            "%(num)s question that you could answer", "%(num)s questions that you could answer", len(digest.open)
        ))  # fmt: skip
    if digest.votes or digest.solved:
        return str(gettext("Your answers helped"))
    return digest.rest[0].line
