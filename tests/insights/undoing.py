"""Corrections undone, and all that they touch as it stands."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.insights import corrections
from community.models import Account, Correction, Mention, Theme, Topic, Verbatim, Verdict
from tests.conftest import NOW


def standing(session: Session) -> dict[str, Any]:
    """All that corrections can change of the themes that are there, their topics and the mentions."""
    session.flush()
    session.expire_all()
    themes = {
        row.id: (
            row.name, row.name_zh, row.named_by_id, row.is_named_by_person, row.status, row.owner_id, row.is_pinned,
            row.is_ignored,
        )
        for row in session.scalars(select(Theme).where(Theme.merged_into_id.is_(None)))
    }  # fmt: skip
    topics = session.execute(select(Topic.id, Topic.theme_id).where(Topic.archived_at.is_(None)))
    mentions = session.scalars(select(Mention).order_by(Mention.id))
    texts = session.scalars(select(Verbatim).where(Verbatim.id.in_(select(Mention.verbatim_id))).order_by(Verbatim.id))
    verdicts = session.scalars(select(Verdict))
    decided = {
        (row.verbatim_id, row.start): (row.topic_id, row.rejected, row.sentiment, row.intent) for row in verdicts
    }
    return {
        "themes": themes,
        "topics": {row.id: row.theme_id for row in topics},
        "mentions": [(row.id, row.topic_id, row.considered, row.sentiment, row.score, row.intent) for row in mentions],
        "texts": [(row.id, row.sentiment, row.score, row.intent) for row in texts],
        "verdicts": {place: said for place, said in decided.items() if any(said)},
    }


def undo(session: Session, row: Correction | None, by: Account) -> None:
    assert row is not None
    corrections.undo(session, row.id, by, NOW)


Step = tuple[str, int, int]
