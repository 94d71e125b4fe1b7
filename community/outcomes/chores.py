"""What the worker does for outcomes besides telling."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from community.db import db, writing
from community.models import Outcome, OutcomeNote
from community.outcomes import service


def note_questions() -> dict[str, int]:
    """Questions that were asked after an outcome, on its theme, get its note too; how many did."""
    session = db.session()
    any_ = session.scalar(select(Outcome.id).where(Outcome.state == "published").limit(1))
    session.rollback()
    if not any_:
        return {}
    with writing():
        before = session.scalar(select(func.count()).select_from(OutcomeNote)) or 0
        service.note_later(session, datetime.now(UTC))
        after = session.scalar(select(func.count()).select_from(OutcomeNote)) or 0
        session.commit()
    return {"questions": after - before} if after > before else {}
