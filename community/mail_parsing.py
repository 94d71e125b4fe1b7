"""A mail as it came: parsed, named, and whether a machine sent it. Nothing here knows what the mail is about."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from hashlib import sha256

from flask import current_app

from community import mail_addresses as addresses

SENT_TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
AUTOMATIC_SUBJECT = re.compile(
    r"^\s*(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|undeliver|delivery status"
    r"|自动回复|自動回覆|自动答复|外出)", re.IGNORECASE,
)  # fmt: skip
LONGEST_HEADERS = 100_000  # bytes, of a mail that is too large to be read


def parsed(raw: bytes) -> EmailMessage:
    """Of a mail that is too large only the beginning, for its headers and first words."""
    most = current_app.config["MAIL_RECEIVED_BYTES"]
    return message_from_bytes(raw if len(raw) <= most else raw[: min(most, LONGEST_HEADERS)], policy=policy.default)


def message_key(message: EmailMessage, raw: bytes) -> str:
    """What the mail is known by: its Message-ID, or a digest of it all when that is missing or no such thing."""
    named = header(message, "Message-ID").strip()
    return named if re.fullmatch(r"<[!-;=?-~]{3,250}>", named) else f"sha256:{sha256(raw).hexdigest()}"


def header(message: EmailMessage, name: str) -> str:
    """All headers of this name, as text; broken ones are read as far as that goes."""
    try:
        found = ", ".join(str(value) for value in message.get_all(name, []))
    except Exception:  # the standard parser raises many kinds on hostile headers
        found = ", ".join(str(value) for key, value in message.raw_items() if key.lower() == name.lower())
    return found.replace("\0", "")  # PostgreSQL keeps none


def senders(message: EmailMessage) -> list[tuple[str, str]]:
    """Names and addresses of those it says it is from."""
    return [(name, address) for name, address in getaddresses([header(message, "From")]) if "@" in address]


def is_automatic(message: EmailMessage) -> bool:
    """Whether a machine sent it: an absence note, a bounce, a list, or this site itself."""
    submitted = header(message, "Auto-Submitted").strip().lower()
    precedence = header(message, "Precedence").strip().lower()
    written_by = [address.lower() for _name, address in getaddresses([header(message, "From")])]
    return (
        submitted not in {"", "no"}
        or precedence in {"bulk", "junk", "list", "auto_reply"}
        or any(header(message, name) for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponse", "List-Id"))
        or header(message, "Return-Path").strip() == "<>"
        or is_bounce(message)
        or bool(AUTOMATIC_SUBJECT.match(header(message, "Subject")))
        or any(re.match(r"(?:mailer-daemon|postmaster|no-?reply)@", one) for one in written_by)
        or addresses.sender().lower() in written_by
        or header(message, "Message-ID").strip().endswith(f"@{addresses.mail_host()}>")
    )


def is_bounce(message: EmailMessage) -> bool:
    return message.get_content_type() in {"multipart/report", "message/delivery-status"}


def is_own(message: EmailMessage) -> bool:
    """Whether it comes from an address of this site: it would go in a circle."""
    config = current_app.config
    own = {addresses.sender().lower(), config["MAIL_COMPLAINTS"]}
    domain = config["MAIL_REPLY_DOMAIN"].lower()
    return any(
        address.lower() in own or (domain and address.lower().endswith(f"@{domain}"))
        for _name, address in senders(message)
    )


def is_sent_to(message: EmailMessage, address: str) -> bool:
    sent_to = getaddresses([header(message, name) for name in SENT_TO])
    return any(one.casefold() == address.casefold() for _name, one in sent_to)
