"""Two cases of one person become one, and two again. No row moves, so the undoing is exact.

The case that is merged is closed and points to the other, whose page shows both conversations.
"""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import verbatims
from community.complaints.changing import changing, lock, require_worker, restore
from community.errors import Conflict, Invalid
from community.models import Account, Complaint, ComplaintChange


def merge(
    session: Session, merged: Complaint, into: Complaint, by: Account, now: datetime, seen: int | None = None
) -> None:
    """Raises NotAllowed, Overtaken, and Invalid unless both are cases of one person that nobody merged yet."""
    require_worker(by)
    for one in sorted((merged, into), key=lambda case: case.id):  # always in one order: nobody waits for another
        lock(session, one, seen if one is merged else None)
    if merged.id == into.id or merged.customer_id != into.customer_id:
        raise Invalid(_("Only two cases of the same person can be merged."))
    if merged.merged_into_id or into.merged_into_id:
        raise Invalid(_("One of them was merged already."))
    if session.scalar(select(Complaint.id).where(Complaint.merged_into_id == merged.id).limit(1)):
        raise Invalid(_("Other cases were merged into this one. Merge the other case into this one instead."))
    with changing(session, merged, "merged", by, now):
        merged.merged_into_id, merged.status = into.id, "closed"
        merged.resolved_at = merged.resolved_at or now
    verbatims.touch(session, merged.customer_id, now)


def unmerge(session: Session, merged: Complaint, by: Account, now: datetime) -> None:
    """It is as it was before. Raises NotAllowed, Conflict when it is not merged."""
    require_worker(by)
    lock(session, merged)
    if merged.merged_into_id is None:
        raise Conflict(_("This case is not merged."))
    rows = select(ComplaintChange).where(ComplaintChange.complaint_id == merged.id, ComplaintChange.kind == "merged")
    last = session.scalars(rows.order_by(ComplaintChange.id.desc()).limit(1)).one()
    with changing(session, merged, "unmerged", by, now):
        restore(merged, last.before)
    verbatims.touch(session, merged.customer_id, now)
