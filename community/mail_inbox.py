"""The folder that replies are put into, one file each: read, taken, and moved to `done` or `refused`. None is lost.

A mail server or a program that fetches mail puts the files there, best under another name first and then renamed.
"""

import logging
import os
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from community.db import AWAY, db, writing
from community.incoming import receive
from community.mail_parsing import message_key, parsed
from community.models import ReceivedMail

log = logging.getLogger(__name__)

MOST_FILES = 200  # a run
SETTLED_SECONDS = 2  # a younger file may still be written to
TAKEN = {"posted", "stopped", "opened", "threaded", "cut"}


def read_inbox() -> dict[str, int]:
    """Take what lies in the folder, oldest name first; counts of posted, stopped and refused mails."""
    folder, counts = Path(current_app.config["MAIL_INBOX_DIR"]), Counter[str]()
    if not folder.is_dir():
        return {}
    for path in sorted(folder.glob("*.eml"))[:MOST_FILES]:
        try:
            if time.time() - path.stat().st_mtime < SETTLED_SECONDS or not path.is_file():
                continue
            outcome = take(path.read_bytes())
        except AWAY:
            log.warning("mail in: the database is busy or away, %s waits", path.name, exc_info=True)
            break
        except Exception:
            log.exception("mail in: %s could not be read", path.name)
            outcome = "unreadable"
        move(path, folder / ("done" if outcome in TAKEN else "refused"))
        counts[f"mails_{outcome}" if outcome in TAKEN else "mails_refused"] += 1
    return dict(counts)


def take(raw: bytes, is_inbox: bool = False) -> str:
    """One mail in a unit of work of its own; the outcome, of the first time when it was taken before.

    `is_inbox`: it comes from the mailbox of complaints.
    """
    session = db.session()
    session.rollback()
    with writing():
        try:
            outcome = receive(session, raw, datetime.now(UTC), is_inbox)
            if outcome == "again":
                known = select(ReceivedMail.outcome).where(ReceivedMail.message_id == message_key(parsed(raw), raw))
                outcome = session.scalar(known) or outcome
            session.commit()
        except BaseException:
            session.rollback()
            raise
    return outcome


def move(path: Path, folder: Path) -> None:
    """Under a name that is free there: no file is written over."""
    folder.mkdir(parents=True, exist_ok=True)
    target, number = folder / path.name, 1
    while target.exists():
        target, number = folder / f"{path.stem}-{number}{path.suffix}", number + 1
    os.replace(path, target)
