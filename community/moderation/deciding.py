"""Deciding about an item: the transition, what follows from it, and the row of the log, in one transaction."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Invalid, NotAllowed
from community.models import Account, Flag, LogEntry, Post, QueueItem
from community.moderation import log, own_reasons, queue
from community.moderation.changes import Changes
from community.moderation.outcomes import EFFECTS, settle_flags


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
    _take(changes, item, outcome, by)
    post = session.get(Post, item.post_id, populate_existing=True) if item.post_id else None
    tells = effect(session, item, post, changes, by)
    session.refresh(item)
    return log.write(
        session, outcome, by, now, item=item, reason=reason or item.reason, note=note.strip(), changes=changes,
        details={"kind": item.kind}, tells=tells or bool(note.strip()),
    )  # fmt: skip


def _take(changes: Changes, item: QueueItem, outcome: str, by: Account) -> None:
    """The transition, kept with what follows from it. Raises Conflict when another was faster."""
    values = queue.OPEN | {"state": "decided", "decided_by_id": by.id, "decided_at": changes.now, "outcome": outcome}
    before = queue.move(changes.session, item, by, changes.now, values)
    changes.note("queue_item", [item.id], before, values)


def flagged_as(session: Session, post: Post, reason: str, by: Account) -> QueueItem | None:
    """The item that waits about the post, locked, if all its flags say the same and `by` may decide it."""
    rows = select(QueueItem).where(
        QueueItem.kind == "flag", QueueItem.post_id == post.id, QueueItem.state != "decided"
    )  # locked before the post is, as by whoever decides
    found = session.scalar(rows.with_for_update(of=QueueItem).execution_options(populate_existing=True))
    if found is None or found.account_id == by.id or "signals" in found.details:
        return None
    said = session.scalars(select(Flag.reason).where(Flag.item_id == found.id, Flag.outcome.is_(None)))
    return found if set(said) == {reason} else None


def settle(changes: Changes, item: QueueItem, outcome: str, by: Account) -> None:
    """What was done with the post decides the item too: its flags were right. Raises Conflict when another holds it."""
    _take(changes, item, outcome, by)
    settle_flags(changes, item, "upheld")
    changes.session.refresh(item)
