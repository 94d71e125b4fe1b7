"""The insight report of a period: themes by impact with their evidence, and what customers praise and propose.

Figures are counted from what was said, row by row or as it is kept of each day. Groups under K_ANONYMITY customers are
left out.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

import config
from community.models import Outcome, Profile, Report, Run, Theme, Topic
from mining import alerts, effects, overview
from mining.columns import Corpus
from mining.comparing import compared, crowd
from mining.counting import by_code, by_week, by_word, tallies, totals
from mining.course import course
from mining.impact import Tally
from mining.impact import kind as kind_of
from mining.knowledge import knowledge
from mining.labels import INTENTS, SENTIMENTS
from mining.quotes import best_quotes
from mining.relating import related
from mining.units import Units, alone
from mining.voices import NOBODY
from mining.weighing import Listening, keep_days, listen, weigh
from mining.weighing import ranked as ranked_ids

DAYS = 30
MOST_THEMES = 60  # of each kind
MOST_QUOTES = 5
KINDS = ("problem", "suggestion", "praise", "question")


def renew_report(units: Units, now: datetime, days: int = DAYS) -> int:
    """Compute the report of the last `days` days and store it in place of today's; its id.

    That of the usual length raises and ends alerts and renews the first page, in the same transaction. With it,
    outcomes are measured anew.
    """
    least, start = config.settings()["K_ANONYMITY"], now - timedelta(days=days)
    keep_days(units, start, now)

    def read(session: Session) -> tuple[Listening, dict[str, Any], overview.Made]:
        listening, content = heard_and_told(session, start, now, least)
        return listening, content, overview.made(session, listening) if days == DAYS else {}

    listening, content, first_page = units.read(read)

    def store(session: Session) -> int:
        key = store_report(session, content, now, days)
        if days == DAYS:
            alerts.keep(session, listening, now)
            overview.store(session, first_page, now)
        return key

    key = units.write(store)
    effects.keep(units, now)
    if days == DAYS:
        overview.renew_long(units, now)
    return key


def is_behind(session: Session) -> bool:
    """Whether profiles were renewed since the last report, or an outcome was published.

    A run that was killed between profiles and report leaves it so.
    """
    renewed = session.scalar(select(func.max(Profile.computed_at)))
    made = session.scalar(select(func.max(Report.created_at)).where(Report.kind == "rolling"))
    unmeasured = select(Outcome.id).where(Outcome.state == "published", Outcome.measured_at.is_(None))
    if session.scalar(unmeasured.limit(1)):
        return True
    return renewed is not None and (made is None or made < renewed)


def is_left_behind(session: Session) -> bool:
    """Whether a run died between the profiles and their report. Profiles renewed by the day alone await the night's."""
    rows = select(Run.status).where(Run.job == "mining", Run.status != "running").order_by(Run.id.desc()).limit(1)
    return session.scalar(rows) == "failed" and is_behind(session)


def store_report(session: Session, content: dict[str, Any], now: datetime, days: int) -> int:
    alone(session, "report")
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    of_today = (Report.kind == "rolling", Report.days == days, Report.ends_at >= midnight)
    session.execute(delete(Report).where(*of_today))
    report = Report(starts_at=now - timedelta(days=days), ends_at=now, created_at=now, content=content)
    session.add(report)
    session.flush()
    return report.id


def content_of(session: Session, start: datetime, end: datetime, least: int) -> dict[str, Any]:
    """The report's content, ready to be stored as JSON; `least` is the smallest group that is shown."""
    return heard_and_told(session, start, end, least)[1]


def heard_and_told(
    session: Session, start: datetime, end: datetime, least: int, product: str | None = None,
    hidden: frozenset[int] = frozenset(),
) -> tuple[Listening, dict[str, Any]]:  # fmt: skip
    """Who spoke of each theme, about one product or all, and the report made of it; `hidden` themes are left out."""
    before = start - (end - start)
    listening = listen(session, start, end, least, product)
    hidden |= listening.hidden
    ignored = set(session.scalars(select(Theme.id).where(Theme.is_ignored)))
    said = listening.corpus.between(start, end).without(ignored)
    now_tallies, old_tallies = tallies(said), tallies(listening.corpus.between(before, start))
    shown = [key for key, tally in now_tallies.items() if tally.customers >= least and key not in hidden]
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
        "too_small": sum(tally.customers < least for tally in now_tallies.values()),
        "hidden": sum(tally.customers >= least and key in hidden for key, tally in now_tallies.items()),
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
        "now": {"mentions": now.mentions, "customers": now.customers},
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
            "department": theme.department,
            "due_on": theme.due_on.isoformat() if theme.due_on else None,
        }
    for topic in session.scalars(select(Topic).where(Topic.theme_id.in_(themes)).order_by(Topic.id)):
        words = themes[topic.theme_id].setdefault("keywords", {})
        for language, found in topic.keywords.items():
            words[language] = list(dict.fromkeys([*words.get(language, []), *found]))[:8]
    for name, counts in breakdowns(said, least).items():
        for key, entry in themes.items():
            entry[name] = counts.get(key, {})
    for entry in themes.values():
        entry["now"] |= {name: entry.pop(name) for name in ("sentiments", "intents")}
    weeks = by_week(said, start, end, least)
    for key in themes:
        themes[key]["by_week"] = weeks[key]


def breakdowns(said: Corpus, least: int) -> dict[str, dict[int, dict[str, int]]]:
    """Name -> theme id -> word -> mentions, as far as they may be shown."""
    texts = said.texts
    words = {"languages": texts.language, "channels": texts.channel, "products": texts.product}
    return {name: by_word(said, column, least) for name, column in words.items()} | {
        "sentiments": by_code(said, said.said.sentiment, SENTIMENTS, least),
        "intents": by_code(said, said.said.intent, INTENTS, least),
    }
