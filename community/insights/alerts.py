"""Reads of alerts: those that go on, for the first page; all of one theme, for its page; one with its quotes."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from community.errors import NotFound
from community.insights.queries import Quote, quotes
from community.insights.quoting import folded
from community.models import Alert, Mention, Theme, Topic, Verbatim

MOST_OPEN = 20
MOST_OF_THEME = 10
MOST_QUOTES = 4
CANDIDATES = 40  # looked at for the quotes of one alert
SHORTEST = 8  # characters
LEAVING_DAYS = 7  # that an alert of leaving counts, as mining does
NEW_DAYS = 14  # in which a new theme was first spoken of, as mining says


def listed(session: Session, after: int | None, most: int) -> Sequence[Alert]:
    """The newest first, with what they are about; `after` the one of this id."""
    rows = select(Alert).options(joinedload(Alert.theme), joinedload(Alert.product)).order_by(Alert.id.desc())
    return session.scalars((rows.where(Alert.id < after) if after else rows).limit(most)).all()


def open_alerts(session: Session) -> Sequence[Alert]:
    """Newest first, with what they are about."""
    is_shown = Theme.merged_into_id.is_(None) & Theme.is_ignored.is_(False)
    rows = (
        select(Alert)
        .join(Theme, Theme.id == Alert.theme_id, isouter=True)
        .where(Alert.ended_at.is_(None), or_(Alert.theme_id.is_(None), is_shown))
        .options(contains_eager(Alert.theme), joinedload(Alert.product))
        .order_by(Alert.day.desc(), Alert.count.desc(), Alert.id)
        .limit(MOST_OPEN)
    )
    return session.scalars(rows).all()


def of_theme(session: Session, theme_id: int) -> Sequence[Alert]:
    """Newest first."""
    rows = select(Alert).where(Alert.theme_id == theme_id).order_by(Alert.day.desc(), Alert.id.desc())
    return session.scalars(rows.limit(MOST_OF_THEME)).all()


def alert(session: Session, alert_id: int) -> Alert:
    """Raises NotFound."""
    rows = select(Alert).where(Alert.id == alert_id).options(joinedload(Alert.theme), joinedload(Alert.product))
    found = session.scalar(rows)
    if found is None:
        raise NotFound
    return found


def period_of(alert: Alert) -> tuple[datetime, datetime]:
    """When that was said which the alert is about."""
    days = {"more": 1, "leaving": LEAVING_DAYS, "new": NEW_DAYS}[alert.kind]
    end = datetime.combine(alert.last_day + timedelta(1), time(), UTC)
    return datetime.combine(alert.day - timedelta(days - 1), time(), UTC), end


def quotes_of(session: Session, alert: Alert, least: int, most: int = MOST_QUOTES) -> list[Quote]:
    """What its customers said, the strongest words first and each customer once; nothing if fewer than `least` are left."""
    start, end = period_of(alert)
    conditions: list[ColumnElement[bool]] = [
        Verbatim.said_at >= start,
        Verbatim.said_at < end,
        Mention.end - Mention.start >= SHORTEST,
    ]
    if alert.kind == "leaving":
        conditions += [
            Mention.leaving.is_(True),
            *([Verbatim.product_id == alert.product_id] if alert.product_id else []),
        ]
    else:
        conditions.append(Topic.theme_id == alert.theme_id)
    said = (
        select(Mention.id, Verbatim.customer_id)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id, isouter=True)
        .where(*conditions)
    )
    people = session.scalar(select(func.count(said.subquery().c.customer_id.distinct()))) or 0
    if people < least:
        return []
    ids = list(session.scalars(said.order_by(func.abs(Mention.score).desc(), Mention.id).limit(CANDIDATES)))
    found = quotes(session, ids)
    return folded([found[key] for key in ids if key in found], most)
