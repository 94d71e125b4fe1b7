"""Alerts: on a day more customers spoke of a theme than the weeks before led to expect. One for each episode.

New themes and bursts of leaving are told beside: `alerts_new.py`, `alerts_leaving.py`.

Kept in the transaction of the report, by one process at a time; the event beside a new one makes the community tell
people. A day stands for at most one alert of a theme, whoever computes it again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Alert, Theme
from mining import alerts_leaving, alerts_new, alerts_raised, trend
from mining.voices import NOBODY, Heard, Voice
from mining.weighing import Listening

LEAST = 5  # customers on the day
STILL_AN_EPISODE = timedelta(days=28)  # so long its days stay out of what is expected; then it is how things are


@dataclass(frozen=True)
class Beyond:
    """A day on which more customers spoke of a theme than were to be expected."""

    theme: int
    day: date
    count: int
    expected: float
    low: float
    high: float
    is_new_accounts: bool


def keep(session: Session, listening: Listening, now: datetime) -> int:
    """Raise, go on with and end alerts by what was heard today and yesterday; how many are new. One process at a time.

    What people ignore ends.
    """
    ignored = set(session.scalars(select(Theme.id).where(Theme.is_ignored)))
    raised = alerts_new.keep(session, listening, ignored, now) + alerts_leaving.keep(session, listening, now)
    quiet = ignored | alerts_new.still_new(session)  # what is new is more than usual, and was told
    open_ = {alert.theme_id: alert for alert in session.scalars(alerts_raised.open_of("more")) if alert.theme_id}
    for theme in sorted({*listening.themes, *open_}):
        alert = open_.get(theme)
        found = None if theme in quiet else beyond(listening, theme, alert)
        if found and alert:
            alert.last_day = found.day
        elif found:
            raised += raise_(session, found, now)
        elif alert:
            alert.ended_at = now
    session.flush()
    return raised


def raise_(session: Session, found: Beyond, now: datetime) -> bool:
    """Whether it is a new one: that of the same day goes on, and nobody is told again."""
    return alerts_raised.raise_(session, Alert(
        theme_id=found.theme, kind="more", about=f"theme:{found.theme}", day=found.day, last_day=found.day,
        count=found.count, expected=found.expected, low=found.low, high=found.high,
        is_new_accounts=found.is_new_accounts, first_seen_at=now,
    ))  # fmt: skip


def beyond(listening: Listening, theme: int, alert: Alert | None) -> Beyond | None:
    """The latest of today, as far as it has come, and yesterday that is beyond its interval, if any is."""
    everything = listening.themes.get(theme, NOBODY)
    today = listening.end.astimezone(UTC).date()
    days = (day_of(listening, theme, everything, day, alert) for day in (today, today - timedelta(1)))
    return next((found for found in days if found), None)


def day_of(listening: Listening, theme: int, everything: Heard, day: date, alert: Alert | None) -> Beyond | None:
    spoke = {one.customer_id: one for one in everything.on(day)}
    if len(spoke) < max(LEAST, listening.least):
        return None
    until = alert.day if alert and day - alert.day <= STILL_AN_EPISODE else day
    until -= timedelta((until - day).days % 7)  # whole weeks before the day, so that the weekday is the same
    past = trend.history(everything.by_day(listening.least, until), listening.known_since, until)
    found = trend.expected(past, 1)
    if found is None or len(spoke) <= found.high:
        return None
    return Beyond(
        theme,
        day,
        len(spoke),
        round(found.count, 1),
        round(found.low, 1),
        round(found.high, 1),
        mostly_new(spoke.values()),
    )


def mostly_new(voices: Collection[Voice]) -> bool:
    """Whether more than half came by new accounts."""
    return 2 * sum(one.is_new for one in voices) > len(voices)
