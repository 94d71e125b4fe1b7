"""The mailbox of complaints on a mail server: fetched over IMAP, marked there, never deleted.

A mail counts as fetched once its row is committed here; only then it is marked. A death between the two fetches it
again, and its Message-ID says that it is known. Servers without keywords of our own have it marked as read.
"""

import imaplib
import logging
import re
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flask import current_app

from community.db import AWAY
from community.mail_inbox import TAKEN, take

log = logging.getLogger(__name__)

KEYWORD = "$EarshotFetched"
MOST = 200  # mails a run
Mailbox = imaplib.IMAP4


def fetch() -> dict[str, int]:
    """Take what is new in the mailbox; counts of taken and refused mails. Nothing where no server is set."""
    if not current_app.config["IMAP_HOST"]:
        return {}
    counts: Counter[str] = Counter()
    try:
        with mailbox() as (server, mark):
            for number in new_mails(server, mark):
                counts += fetch_one(server, mark, number)
    except (imaplib.IMAP4.error, OSError) as error:
        log.warning("mail in: the mailbox cannot be read: %s: %s", type(error).__name__, error)
        counts["mails_failed"] += 1
    except AWAY:
        log.warning("mail in: the database is busy or away, the mailbox waits", exc_info=True)
    return dict(counts)


def fetch_one(server: Mailbox, mark: str, number: bytes) -> Counter[str]:
    raw = body_of(server, number)
    if raw is None:  # another client deleted it meanwhile
        return Counter()
    try:
        outcome = take(raw, is_inbox=True)
    except AWAY:
        raise
    except Exception:
        log.exception("mail in: a mail of the mailbox could not be read, and stays there")
        outcome = "unreadable"
    server.uid("STORE", number.decode(), "+FLAGS.SILENT", f"({mark})")
    return Counter(["mails_taken" if outcome in TAKEN else "mails_refused"])


@contextmanager
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    """A connection that is encrypted and signed in as the settings say, and how mails are marked there."""
    config = current_app.config
    place, timeout = (config["IMAP_HOST"], config["IMAP_PORT"]), config["IMAP_TIMEOUT_SECONDS"]
    trusted = ssl.create_default_context()
    if config["IMAP_TLS"] == "ssl":
        server: Mailbox = imaplib.IMAP4_SSL(*place, ssl_context=trusted, timeout=timeout)
    else:
        server = imaplib.IMAP4(*place, timeout=timeout)
    try:
        if config["IMAP_TLS"] == "starttls":
            server.starttls(ssl_context=trusted)
        server.login(config["IMAP_USER"], config["IMAP_PASSWORD"])
        folder = '"' + re.sub(r'(["\\])', r"\\\1", config["IMAP_FOLDER"]) + '"'
        status, said = server.select(folder)
        if status != "OK":
            raise imaplib.IMAP4.error(f"no folder {folder}: {said!r}")
        yield server, mark_of(server)
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            server.logout()


def mark_of(server: Mailbox) -> str:
    """A keyword of our own where the server keeps such, so that people may read the mailbox too."""
    _, flags = server.response("PERMANENTFLAGS")
    return KEYWORD if flags and any(b"\\*" in one for one in flags if one) else "\\Seen"


def new_mails(server: Mailbox, mark: str) -> list[bytes]:
    """The numbers (UID) of those not yet marked, oldest first."""
    wanted = ("UNSEEN",) if mark == "\\Seen" else ("UNKEYWORD", KEYWORD)
    status, found = server.uid("SEARCH", *wanted, "UNDELETED")
    if status != "OK":
        raise imaplib.IMAP4.error(f"the server does not search: {found!r}")
    return (found[0] or b"").split()[:MOST]


def body_of(server: Mailbox, number: bytes) -> bytes | None:
    """The mail as it came, without marking it as read."""
    _, found = server.uid("FETCH", number.decode(), "(BODY.PEEK[])")
    return next((bytes(part[1]) for part in found if isinstance(part, tuple)), None)
