"""New themes: enough customers speak of something that hardly anybody spoke of before. Told once for each theme, ever."""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Alert, Theme
from mining.alerts_raised import open_of, raise_
from mining.columns import distinct, micros
from mining.trend import LEAST_WEEKS
from mining.voices import NOBODY
from mining.weighing import Listening
from mining.young import begun, candidates

LEAST = 5  # customers
NEW_FOR = timedelta(days=14)  # since people began to speak of it; also stands in community/insights/alerts.py
SHOWN_FOR = timedelta(days=7)  # it stands on the first page


def keep(session: Session, listening: Listening, ignored: Collection[int], now: datetime) -> int:
    """Tell of themes that are new, and end what was told a week ago; how many are told now."""
    for alert in session.scalars(open_of("new")):
        if alert.theme_id in ignored or now - alert.first_seen_at > SHOWN_FOR:
            alert.ended_at = now
    since = max(listening.end - NEW_FOR, listened_by(listening))
    known = candidates(listening.corpus, since)
    wanted = [theme for theme in known if theme not in ignored and is_crowd(listening, theme, since)]
    told = set(session.scalars(select(Alert.theme_id).where(Alert.kind == "new", Alert.theme_id.in_(wanted))))
    there = set(session.scalars(select(Theme.id).where(Theme.id.in_(wanted), Theme.merged_into_id.is_(None))))
    new = begun(session, [theme for theme in wanted if theme in there - told])
    return sum(raise_(session, alert_of(listening, theme, now)) for theme, at in sorted(new.items()) if at >= since)


def still_new(session: Session) -> set[int]:
    return {alert.theme_id for alert in session.scalars(open_of("new")) if alert.theme_id}


def listened_by(listening: Listening) -> datetime:
    """When there had been time enough to listen: what was spoken of before then is not new."""
    return datetime.combine(listening.known_since + timedelta(weeks=LEAST_WEEKS), time(), UTC)


def is_crowd(listening: Listening, theme: int, since: datetime) -> bool:
    """Whether enough customers spoke of it since then, without bursts of new accounts and copies."""
    heard = listening.themes.get(theme, NOBODY)
    lately = heard.customer[~heard.in_burst & (heard.at >= micros(since))]
    return len(distinct(lately)) >= max(LEAST, listening.least)


def alert_of(listening: Listening, theme: int, now: datetime) -> Alert:
    """Nothing of it was to be expected. All who spoke of it are counted: without the strays, these could be told from it."""
    day = listening.end.astimezone(UTC).date()
    return Alert(
        theme_id=theme, kind="new", about=f"theme:{theme}", day=day, last_day=day,
        count=len(listening.themes[theme].customers), expected=0.0, low=0.0, high=0.0, first_seen_at=now,
    )  # fmt: skip
