"""Mail on its way: queued in the transaction that it tells of, delivered by the worker (mail_delivery.py).

A key says what a mail is about, and only one mail of each key is ever queued. A key that begins with `post:7:` is
about the words of post 7: it is not sent once that post was deleted. Nor is one that quotes a text that is gone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.inserting import insert_missing
from community.models import Account, Mail
from community.names import clean_line

LONGEST_SUBJECT = 300
LONGEST_TEXT = 200_000
QUOTED = "quoted texts"  # kept beside the headers and never sent: ids of the verbatims that a mail quotes


@dataclass(frozen=True)
class Letter:
    """A mail before it is queued."""

    to: str
    subject: str
    text: str
    html: str | None = None
    account_id: int | None = None
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def queue(
    session: Session, to: str, subject: str, text: str, now: datetime, *, html: str | None = None,
    account: Account | None = None, key: str | None = None, headers: dict[str, str] | None = None,
) -> Mail:  # fmt: skip
    """A mail that the worker will send; with a key that is known, the mail that was queued then."""
    letter = Letter(to, subject, text, html, account.id if account else None, key, headers or {})
    ids = queue_all(session, [letter], now)
    condition = Mail.id == ids[0] if ids else Mail.key == key
    return session.scalars(select(Mail).where(condition)).one()


def queue_all(session: Session, letters: Sequence[Letter], now: datetime) -> list[int]:
    """Queue those whose key is new; the ids of their mails."""
    return [row.id for row in insert_missing(session, Mail, [_row(letter, now) for letter in letters], Mail.id)]


def _row(letter: Letter, now: datetime) -> dict[str, Any]:
    return {
        "to": header_line(letter.to),
        "subject": header_line(letter.subject)[:LONGEST_SUBJECT],
        "text": letter.text.replace("\0", "")[:LONGEST_TEXT],
        "html": letter.html.replace("\0", "") if letter.html else None,
        "account_id": letter.account_id,
        "key": letter.key,
        "headers": {header_line(name): header_line(value) for name, value in letter.headers.items()},
        "created_at": now,
        "due_at": now,
        "attempts": 0,
    }


def header_line(text: str) -> str:
    """One line that can stand in a header: no line breaks, no control characters, no turning marks."""
    return clean_line(re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", " ", text))
