"""Deciding about an item: the transition, what follows from it, and the row of the log, in one transaction."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from community.errors import Invalid, NotAllowed
from community.models import Account, LogEntry, Post, QueueItem
from community.moderation import log, own_reasons, queue
from community.moderation.changes import Changes
from community.moderation.outcomes import EFFECTS


def decide(
    session: Session, item: QueueItem, outcome: str, by: Account, now: datetime, reason: str = "", note: str = ""
) -> LogEntry:
    """Decide it, with what follows. Raises Invalid, NotAllowed for what is one's own, Conflict when another was faster."""
    effect = EFFECTS.get((item.kind, outcome))
    if effect is None or (reason and not own_reasons.is_choice(session, reason)):
        raise Invalid(_("Choose one of the decisions."))
    if len(note) > queue.LONGEST_NOTE:
        raise Invalid(_("The note is longer than %(most)s characters.", most=queue.LONGEST_NOTE))
    if item.account_id == by.id:
        raise NotAllowed(_("Somebody else decides about what is yours."))
    changes = Changes(session, now)
    values = queue.OPEN | {"state": "decided", "decided_by_id": by.id, "decided_at": now, "outcome": outcome}
    before = queue.move(session, item, by, now, values)
    changes.note("queue_item", [item.id], before, values)
    post = session.get(Post, item.post_id, populate_existing=True) if item.post_id else None
    tells = effect(session, item, post, changes, by)
    session.refresh(item)
    return log.write(
        session, outcome, by, now, item=item, reason=reason or item.reason, note=note.strip(), changes=changes,
        details={"kind": item.kind}, tells=tells or bool(note.strip()),
    )  # fmt: skip
