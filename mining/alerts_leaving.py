"""Bursts of leaving: in seven days more customers say that they are going than the weeks before led to expect.

Of each product, and of all together where no single product explains it. One alert an episode, as for themes.
"""

from datetime import UTC, date, datetime, timedelta

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Alert, Product
from mining import trend
from mining.alerts_raised import open_of, raise_
from mining.columns import DAY, EPOCH, Bools, distinct, pairs
from mining.weighing import Listening

LEAST = 5  # customers of the seven days
DAYS = 7  # who leaves is rare: a single day says little; also stands in community/insights/alerts.py
STILL_AN_EPISODE = timedelta(days=28)  # so long its days stay out of what is expected
ALL = "all"


def keep(session: Session, listening: Listening, now: datetime) -> int:
    """Raise, go on with and end these alerts; how many are new."""
    texts, raised = listening.corpus.texts, 0
    open_ = {alert.about: alert for alert in session.scalars(open_of("leaving"))}
    products = dict(
        session.execute(select(Product.slug, Product.id).where(Product.slug.in_(texts.product.words))).tuples().all()
    )
    groups = [
        (f"product:{products[slug]}", products[slug], texts.leaving & (texts.product.codes == code))
        for code, slug in enumerate(texts.product.words)
        if slug in products
    ]
    for about, product_id, rows in [*groups, (ALL, None, texts.leaving)]:
        alert = open_.pop(about, None)
        found = beyond(listening, about, product_id, rows, alert, now)
        is_explained = about == ALL and any_goes_on(session)
        if found and alert:
            alert.last_day = found.last_day
        elif found and not is_explained:
            raised += raise_(session, found)
        elif alert and not found:
            alert.ended_at = now
    for alert in open_.values():  # of a product that nobody speaks of any more
        alert.ended_at = now
    return raised


def any_goes_on(session: Session) -> bool:
    """Whether an alert of a single product does."""
    return session.scalar(open_of("leaving").where(Alert.about != ALL).with_only_columns(Alert.id).limit(1)) is not None


def beyond(
    listening: Listening, about: str, product_id: int | None, rows: Bools, alert: Alert | None, now: datetime
) -> Alert | None:
    """What an alert would say, if the last seven days with today are beyond their interval; not stored."""
    today = listening.end.astimezone(UTC).date()
    first = today - timedelta(DAYS - 1)
    days, customers = pairs(listening.corpus.texts.at[rows] // DAY, listening.corpus.texts.customer[rows])
    lately = days >= number(first)
    if len(distinct(customers[lately])) < max(LEAST, listening.least):
        return None
    until = alert.day - timedelta(DAYS - 1) if alert and today - alert.day <= STILL_AN_EPISODE else first
    until -= timedelta((until - first).days % 7)  # whole weeks before, so that the weekdays are the same
    before = days < number(until)
    is_known = len(distinct(customers[before])) >= listening.least  # so few are not shown, nor inferred
    past = trend.history(by_day(days[before]) if is_known else {}, listening.known_since, until)
    found, count = trend.expected(past, DAYS), int(lately.sum())
    if found is None or count <= found.high:
        return None
    return Alert(
        kind="leaving", about=about, product_id=product_id, day=today, last_day=today, count=count,
        expected=round(found.count, 1), low=round(found.low, 1), high=round(found.high, 1), first_seen_at=now,
    )  # fmt: skip


def number(day: date) -> int:
    """Days since 1970."""
    return (day - EPOCH.date()).days


def by_day(days: np.ndarray) -> dict[date, int]:
    """Customers a day."""
    found, counts = np.unique(days, return_counts=True)
    return {EPOCH.date() + timedelta(int(day)): int(count) for day, count in zip(found, counts, strict=True)}
