"""Drafts that somebody began."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.drafts import save, words
from community.models import Account, Draft
from tests.conftest import NOW


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Draft)) or 0


def begun(session: Session, by: Account, place: str = "ask", **typed: str) -> Draft:
    draft = save(session, by, place, words(**(typed or {"title": "Lamp", "body": "It *hums*."})), None, NOW)
    session.commit()
    assert draft is not None
    return draft
