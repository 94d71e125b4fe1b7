"""New themes: enough customers speak of something that nobody spoke of before. Told once for each theme, ever."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Alert, Theme
from mining.alerts_raised import open_of, raise_
from mining.columns import first_spoken, micros, moment
from mining.trend import LEAST_WEEKS
from mining.voices import NOBODY
from mining.weighing import Listening

LEAST = 5  # customers
NEW_FOR = timedelta(days=14)  # since somebody first spoke of it; also stands in community/insights/alerts.py
SHOWN_FOR = timedelta(days=7)  # it stands on the first page


def keep(session: Session, listening: Listening, ignored: Collection[int], now: datetime) -> int:
    """Tell of themes that are new, and end what was told a week ago; how many are told now."""
    for alert in session.scalars(open_of("new")):
        if alert.theme_id in ignored or now - alert.first_seen_at > SHOWN_FOR:
            alert.ended_at = now
    wanted = [theme for theme in young(listening) if theme not in ignored and is_crowd(listening, theme)]
    told = set(session.scalars(select(Alert.theme_id).where(Alert.kind == "new", Alert.theme_id.in_(wanted))))
    there = set(session.scalars(select(Theme.id).where(Theme.id.in_(wanted), Theme.merged_into_id.is_(None))))
    begun = first_spoken(session, [theme for theme in wanted if theme in there - told])
    return sum(
        raise_(session, alert_of(listening, theme, now))
        for theme, at in sorted(begun.items())
        if at >= listening.end - NEW_FOR
    )


def still_new(session: Session) -> set[int]:
    return {alert.theme_id for alert in session.scalars(open_of("new")) if alert.theme_id}


def young(listening: Listening) -> list[int]:
    """Themes that nobody spoke of before, as far back as the report listens; none until there was time to listen."""
    said, texts = listening.corpus.said, listening.corpus.texts
    themes, row = np.unique(said.theme, return_inverse=True)
    first = np.full(len(themes), np.iinfo(np.int64).max)
    np.minimum.at(first, row, texts.at[said.text])
    since = listening.end - NEW_FOR
    listened = timedelta(weeks=LEAST_WEEKS)
    return [
        int(theme)
        for theme, at in zip(themes, first, strict=True)
        if at >= micros(since) and moment(int(at)).date() - listening.known_since >= listened
    ]


def is_crowd(listening: Listening, theme: int) -> bool:
    """Whether enough customers speak of it, without bursts of new accounts and copies."""
    return len(customers(listening, theme)) >= max(LEAST, listening.least)


def customers(listening: Listening, theme: int) -> set[int]:
    return listening.themes.get(theme, NOBODY).customers


def alert_of(listening: Listening, theme: int, now: datetime) -> Alert:
    """Nothing of it was to be expected."""
    day = listening.end.astimezone(UTC).date()
    return Alert(
        theme_id=theme, kind="new", about=f"theme:{theme}", day=day, last_day=day,
        count=len(customers(listening, theme)), expected=0.0, low=0.0, high=0.0, first_seen_at=now,
    )  # fmt: skip
