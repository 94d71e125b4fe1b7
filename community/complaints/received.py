"""Mail to the complaints inbox that was refused: listed with the reason, kept as it came, tried again, put aside."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask, current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.complaints.changing import require_worker
from community.complaints.intake import REASONS
from community.errors import Invalid, NotFound
from community.models import Account, ReceivedMail

PAGE = 30
TAKEN = ("opened", "threaded")
Retake = Callable[[Session, ReceivedMail, datetime, bool], str]


def register(app: Flask, retake: Retake) -> None:
    """How a mail is taken again: where mail comes in the features are put together, so `app.py` hands it in."""
    app.extensions["earshot_retake"] = retake


def refused(session: Session, after: int | None) -> list[ReceivedMail]:
    """Mail that waits for somebody to look at it, newest first; one more than a page."""
    rows = select(ReceivedMail).where(ReceivedMail.original.is_not(None))
    if after:
        rows = rows.where(ReceivedMail.id < after)
    return list(session.scalars(rows.order_by(ReceivedMail.id.desc()).limit(PAGE + 1)))


def kept(session: Session, mail_id: int, for_update: bool = False) -> ReceivedMail:
    """Raises NotFound unless its original is kept. `for_update`: nobody else takes it meanwhile."""
    rows = select(ReceivedMail).where(ReceivedMail.id == mail_id, ReceivedMail.original.is_not(None))
    found = session.scalar(rows.with_for_update() if for_update else rows)
    if found is None:
        raise NotFound
    return found


def reason(mail: ReceivedMail) -> str:
    return str(REASONS.get(mail.outcome, mail.outcome))


def try_again(session: Session, mail: ReceivedMail, by: Account, now: datetime, is_forced: bool) -> str:
    """Take it once more, as a case whoever sent it if an agent says so; the outcome. Raises NotAllowed, Invalid."""
    require_worker(by)
    retake: Retake = current_app.extensions["earshot_retake"]
    outcome = retake(session, mail, now, is_forced)
    if outcome not in (*TAKEN, "cut"):
        raise Invalid(_("It was refused again: %(reason)s", reason=str(REASONS.get(outcome, outcome))))
    return outcome


def put_aside(session: Session, mail: ReceivedMail, by: Account) -> None:
    """Somebody has looked at it, and nothing follows: the original goes. Raises NotAllowed."""
    require_worker(by)
    mail.original = None
    session.flush()
