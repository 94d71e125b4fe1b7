"""Mails as customers send them, and what became of them."""

import time
from datetime import UTC, datetime
from email.message import EmailMessage

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.mail_addresses import reply_address
from community.models import Account, Post


def letter(
    account: Account, post: Post, body: str = "It is X1.", when: datetime | None = None, **headers: str
) -> bytes:
    """A reply as a mailbox sends it; a header that is empty is left out."""
    made = EmailMessage()
    known = {
        "From": f"Mia <{account.email}>", "To": reply_address(account.id, post.id, when or datetime.now(UTC)) or "",
        "Subject": "Re: lamp", "Message-ID": f"<{time.monotonic_ns()}@mail.example.org>",
    }  # fmt: skip
    for name, value in (known | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        if value:
            made[name] = value
    made.set_content(body)
    return made.as_bytes()


def posts(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Post)) or 0
