"""The addresses that stand in mails: of pages, of replies, of threads. What they say is signed, so nobody can make one.

A reply's address has at most 64 characters before the @ and no capitals, as mail servers want it: account, post and
last day are packed, signed with 80 bits and written in base32.
"""

import hmac
import struct
from base64 import b32decode, b32encode
from binascii import Error
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parseaddr

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

HERE = "http://localhost:8000"  # until SITE_URL is set, the site is tried on this machine
REPLIES_LAST = timedelta(days=90)
SIGNATURE_BYTES = 10
FIRST_DAY = date(2020, 1, 1)
STOPPABLE = (  # what an unsubscribing address names, by its place: only ever add at the end
    "reply", "mention", "accepted", "needs information", "watched", "saved search", "badge", "digest", "all", "alert",
    "decision", "report", "outcome",
)  # fmt: skip


@dataclass(frozen=True)
class ReplyTo:
    """Who may reply by an address, to which post, and until when."""

    account_id: int
    post_id: int
    last_day: date


def page_url(path: str) -> str:
    """The public address of a page of this site, whatever host a request claims to be for."""
    return f"{current_app.config['SITE_URL'] or HERE}{path}"


def sender() -> str:
    """The address that mails come from."""
    return parseaddr(current_app.config["MAIL_FROM"])[1]


def mail_host() -> str:
    """The right side of message ids."""
    return sender().rpartition("@")[2] or "localhost"


def thread_id(question_id: int) -> str:
    """The message id that all mails about a question refer to."""
    return f"<question-{question_id}@{mail_host()}>"


def reply_address(account_id: int, post_id: int, now: datetime) -> str | None:
    """Where this account may reply to this post by mail; None when the site takes no replies."""
    last_day = (now + REPLIES_LAST).astimezone(UTC).date()
    facts = struct.pack(">IIH", account_id, post_id, (last_day - FIRST_DAY).days)
    return _address("reply", facts)


def read_reply(code: str) -> ReplyTo | None:
    """What a reply's address says, None when it is not one of ours. Whether its time is over is for the caller."""
    facts = _verified("reply", code, 10)
    if facts is None:
        return None
    account_id, post_id, days = struct.unpack(">IIH", facts)
    return ReplyTo(account_id, post_id, FIRST_DAY + timedelta(days=days))


def case_thread_id(complaint_id: int) -> str:
    """The message id that all mails about a complaint refer to."""
    return f"<case-{complaint_id}@{mail_host()}>"


def case_message_id(complaint_id: int, message_id: int) -> str:
    return f"<case-{complaint_id}.{message_id}@{mail_host()}>"


def case_address(complaint_id: int) -> str | None:
    """Where a customer replies to a complaint by mail; it does not end, for a case can come back after years."""
    return _address("case", struct.pack(">QH", complaint_id, 0))  # so long that no padding is needed


def read_case(code: str) -> int | None:
    """The complaint that the address of a reply names; None when it is not one of ours."""
    facts = _verified("case", code, 10)
    return int(struct.unpack(">QH", facts)[0]) if facts else None


def case_token(use: str, row_id: int) -> str:
    """Stands in the address of a page that one customer may open without signing in; `use`: rating or publication."""
    return str(_serializer(f"case {use}").dumps(row_id))


def read_case_token(use: str, token: str) -> int | None:
    try:
        row_id = _serializer(f"case {use}").loads(token)
    except (BadData, ValueError, TypeError):
        return None
    return row_id if isinstance(row_id, int) and 0 < row_id < 2**31 else None


def stop_address(account_id: int, kind: str) -> str | None:
    """Where a mail of any content stops mails of this kind."""
    return _address("stop", struct.pack(">IB", account_id, STOPPABLE.index(kind)))


def read_stop(code: str) -> tuple[int, str] | None:
    """The account and the kind of a stopping address."""
    facts = _verified("stop", code, 5)
    if facts is None:
        return None
    account_id, number = struct.unpack(">IB", facts)
    return (account_id, STOPPABLE[number]) if number < len(STOPPABLE) else None


def stop_token(account_id: int, kind: str) -> str:
    """The same for the address of a page."""
    return str(_serializer("stop mails").dumps([account_id, kind]))


def read_stop_token(token: str) -> tuple[int, str] | None:
    try:
        account_id, kind = _serializer("stop mails").loads(token)
    except (BadData, ValueError, TypeError):
        return None
    return account_id, kind


def _serializer(use: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=use)


def _address(use: str, facts: bytes) -> str | None:
    domain = current_app.config["MAIL_REPLY_DOMAIN"]
    code = b32encode(facts + _signature(use, facts)).decode("ascii").lower()
    return f"{use}+{code}@{domain}" if domain else None


def _verified(use: str, code: str, length: int) -> bytes | None:
    try:
        raw = b32decode(code.encode("ascii"), casefold=True)
    except (Error, ValueError):
        return None
    facts, signature = raw[:length], raw[length:]
    return facts if hmac.compare_digest(signature, _signature(use, facts)) else None


def _signature(use: str, facts: bytes) -> bytes:
    key = f"address of a mail: {use}: {current_app.config['SECRET_KEY']}".encode()
    return hmac.digest(key, facts, "sha256")[:SIGNATURE_BYTES]
