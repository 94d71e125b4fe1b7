"""A complaint on its way to a public question: proposed by an agent, agreed to by the customer, word for word."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Publication


def current(session: Session, complaint_id: int) -> Publication | None:
    """The latest that was proposed."""
    rows = select(Publication).where(Publication.complaint_id == complaint_id).order_by(Publication.id.desc())
    return session.scalar(rows.limit(1))
