"""The insight report of a period: themes by impact with their evidence, and what customers praise and propose.

Counts are read from the mentions themselves, never kept beside them. Groups under K_ANONYMITY customers are left out.
"""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

import config
from community.models import Profile, Report, Theme, Topic
from mining import alerts, echoes
from mining.columns import Corpus
from mining.comparing import compared, crowd
from mining.counting import by_week, by_word, tallies, totals
from mining.course import course
from mining.impact import Tally
from mining.impact import kind as kind_of
from mining.knowledge import knowledge
from mining.quotes import best_quotes
from mining.relating import related
from mining.units import Units, alone
from mining.voices import NOBODY
from mining.weighing import Listening, history_from, listen, weigh
from mining.weighing import ranked as ranked_ids

DAYS = 30
MOST_THEMES = 60  # of each kind
MOST_QUOTES = 5
KINDS = ("problem", "suggestion", "praise", "question")


def renew_report(units: Units, now: datetime, days: int = DAYS) -> int:
    """Compute the report of the last `days` days and store it in place of today's; its id.

    That of the usual length raises and ends alerts, in the same transaction.
    """
    least, start = config.settings()["K_ANONYMITY"], now - timedelta(days=days)
    echoes.keep(units, history_from(start, now), now)
    listening, content = units.read(lambda session: heard_and_told(session, start, now, least))

    def store(session: Session) -> int:
        key = store_report(session, content, now, days)
        if days == DAYS:
            alerts.keep(session, listening, now)
        return key

    return units.write(store)


def is_behind(session: Session) -> bool:
    """Whether profiles were renewed since the last report: a run that was killed between the two leaves it so."""
    renewed = session.scalar(select(func.max(Profile.computed_at)))
    made = session.scalar(select(func.max(Report.created_at)))
    return renewed is not None and (made is None or made < renewed)


def store_report(session: Session, content: dict[str, Any], now: datetime, days: int) -> int:
    alone(session, "report")
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for old in session.scalars(select(Report).where(Report.ends_at >= midnight)).all():
        if abs((old.ends_at - old.starts_at) - timedelta(days=days)) < timedelta(hours=1):
            session.execute(delete(Report).where(Report.id == old.id))
    report = Report(starts_at=now - timedelta(days=days), ends_at=now, created_at=now, content=content)
    session.add(report)
    session.flush()
    return report.id


def content_of(session: Session, start: datetime, end: datetime, least: int) -> dict[str, Any]:
    """The report's content, ready to be stored as JSON; `least` is the smallest group that is shown."""
    return heard_and_told(session, start, end, least)[1]


def heard_and_told(session: Session, start: datetime, end: datetime, least: int) -> tuple[Listening, dict[str, Any]]:
    """Who spoke of each theme, and the report made of it."""
    before = start - (end - start)
    listening = listen(session, start, end, least)
    ignored = set(session.scalars(select(Theme.id).where(Theme.is_ignored)))
    said = listening.corpus.between(start, end).without(ignored)
    now_tallies, old_tallies = tallies(said), tallies(listening.corpus.between(before, start))
    shown = [key for key, tally in now_tallies.items() if tally.customers >= least]
    themes = {
        key: theme_entry(key, now_tallies[key], old_tallies.get(key, Tally()), least) | weigh(listening, key)
        for key in shown
    }
    describe(session, said, themes, start, end, least)
    ranked = {kind: ranked_ids(list(themes.values()), kind, MOST_THEMES) for kind in KINDS}
    kept = {key for ids in ranked.values() for key in ids}
    quotes = best_quotes(session, said, {key: themes[key]["kind"] for key in kept}, MOST_QUOTES)
    everyone = crowd(session, start, end)
    beside = related(session, {key: listening.mentioned(key) for key in kept}, kept, least)
    for key in kept:
        themes[key] |= {"quotes": quotes.get(key, []), "loyalty": compared(everyone, listening.mentioned(key), least)}
        themes[key] |= course(listening.themes.get(key, NOBODY), listening.known_since, end, least)
        themes[key]["related"] = beside[key]
    texts = listening.corpus.texts
    return listening, {
        "days": round((end - start).total_seconds() / 86_400),
        "totals": totals(texts, start, end, least),
        "totals_before": totals(texts, before, start, least),
        "least_customers": least,
        "too_small": len(now_tallies) - len(shown),
        "ranked": ranked,
        "themes": {str(key): themes[key] for key in kept},
        "knowledge": knowledge(session, kept, end, least),
    }


def theme_entry(key: int, now: Tally, before: Tally, least: int) -> dict[str, Any]:
    is_shown = before.customers == 0 or before.customers >= least
    return {
        "id": key,
        "kind": kind_of(now),
        "score": round(now.score / now.mentions, 3),
        "now": {name: value for name, value in asdict(now).items() if name not in {"pain", "score"}},
        "before": {
            "mentions": before.mentions if is_shown else None, "customers": before.customers if is_shown else None,
        },
    }  # fmt: skip


def describe(
    session: Session, said: Corpus, themes: dict[int, dict[str, Any]], start: datetime, end: datetime, least: int
) -> None:
    """Add names, keywords, weeks, and the languages, products and channels of at least `least` customers."""
    for theme in session.scalars(select(Theme).where(Theme.id.in_(themes))):
        themes[theme.id] |= {
            "name": theme.name,
            "name_zh": theme.name_zh,
            "status": theme.status,
            "is_pinned": theme.is_pinned,
        }
    for topic in session.scalars(select(Topic).where(Topic.theme_id.in_(themes)).order_by(Topic.id)):
        words = themes[topic.theme_id].setdefault("keywords", {})
        for language, found in topic.keywords.items():
            words[language] = list(dict.fromkeys([*words.get(language, []), *found]))[:8]
    texts = said.texts
    columns = {"languages": texts.language, "channels": texts.channel, "products": texts.product}
    for name, column in columns.items():
        counts = by_word(said, column, least)
        for key, entry in themes.items():
            entry[name] = counts.get(key, {})
    weeks = by_week(said, start, end, least)
    for key in themes:
        themes[key]["by_week"] = weeks[key]
