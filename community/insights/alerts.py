"""Reads of alerts: those that go on, for the first page; all of one theme, for its page."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from community.models import Alert, Theme

MOST_OPEN = 20
MOST_OF_THEME = 10


def open_alerts(session: Session) -> Sequence[Alert]:
    """Newest first, with their themes."""
    rows = (
        select(Alert)
        .join(Theme, Theme.id == Alert.theme_id)
        .where(Alert.ended_at.is_(None), Theme.merged_into_id.is_(None), Theme.is_ignored.is_(False))
        .options(selectinload(Alert.theme))
        .order_by(Alert.day.desc(), Alert.count.desc(), Alert.id)
        .limit(MOST_OPEN)
    )
    return session.scalars(rows).all()


def of_theme(session: Session, theme_id: int) -> Sequence[Alert]:
    """Newest first."""
    rows = select(Alert).where(Alert.theme_id == theme_id).order_by(Alert.day.desc(), Alert.id.desc())
    return session.scalars(rows.limit(MOST_OF_THEME)).all()
