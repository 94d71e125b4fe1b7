"""The insight report of a period: themes by impact with their evidence, and what customers praise and propose.

Counts are read from the mentions themselves, never kept beside them. Groups under K_ANONYMITY customers are left out.
"""

from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, case, delete, func, select
from sqlalchemy.orm import Session

import config
from community.models import Mention, Product, Profile, Report, Theme, Topic, Verbatim
from mining import alerts
from mining.comparing import compared, crowd
from mining.impact import Tally
from mining.impact import kind as kind_of
from mining.knowledge import knowledge
from mining.quotes import best_quotes
from mining.units import Units, alone
from mining.weighing import Listening, listen, weigh
from mining.weighing import ranked as ranked_ids

DAYS = 30
MOST_THEMES = 60  # of each kind
MOST_QUOTES = 5
KINDS = ("problem", "suggestion", "praise", "question")


def renew_report(units: Units, now: datetime, days: int = DAYS) -> int:
    """Compute the report of the last `days` days and store it in place of today's; its id.

    That of the usual length raises and ends alerts, in the same transaction.
    """
    least = config.settings()["K_ANONYMITY"]
    listening, content = units.read(lambda session: heard_and_told(session, now - timedelta(days=days), now, least))

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
    now_tallies = tallies(session, start, end)
    old_tallies = tallies(session, before, start)
    ignored = set(session.scalars(select(Theme.id).where(Theme.is_ignored)))
    now_tallies = {key: tally for key, tally in now_tallies.items() if key not in ignored}
    shown = [key for key, tally in now_tallies.items() if tally.customers >= least]
    themes = {
        key: theme_entry(key, now_tallies[key], old_tallies.get(key, Tally()), least) | weigh(listening, key)
        for key in shown
    }
    describe(session, themes, start, end, least)
    ranked = {kind: ranked_ids(list(themes.values()), kind, MOST_THEMES) for kind in KINDS}
    kept = {key for ids in ranked.values() for key in ids}
    quotes = best_quotes(session, {key: themes[key]["kind"] for key in kept}, start, end, MOST_QUOTES)
    everyone = crowd(session, start, end)
    for key in kept:
        themes[key] |= {"quotes": quotes.get(key, []), "loyalty": compared(everyone, listening.mentioned(key), least)}
    return listening, {
        "days": round((end - start).total_seconds() / 86_400),
        "totals": totals(session, start, end, least),
        "totals_before": totals(session, before, start, least),
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


def within(start: datetime, end: datetime) -> ColumnElement[bool]:
    return (Verbatim.said_at >= start) & (Verbatim.said_at < end)


def tallies(session: Session, start: datetime, end: datetime) -> dict[int, Tally]:
    """Counts by theme, from two grouped statements."""
    pain = case((Mention.score < 0, -Mention.score), else_=0.0)
    rows = session.execute(
        select(
            Topic.theme_id, func.count(Mention.id), func.count(Verbatim.customer_id.distinct()),
            func.sum(pain), func.sum(Mention.score),
        )
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(within(start, end))
        .group_by(Topic.theme_id)
    )  # fmt: skip
    found = {
        key: Tally(mentions, customers, float(hurt), float(score)) for key, mentions, customers, hurt, score in rows
    }
    mixed = session.execute(
        select(Topic.theme_id, Mention.sentiment, Mention.intent, func.count())
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(within(start, end))
        .group_by(Topic.theme_id, Mention.sentiment, Mention.intent)
    )
    for key, sentiment, intent, count in mixed:
        tally = found[key]
        tally.sentiments[sentiment] = tally.sentiments.get(sentiment, 0) + count
        tally.intents[intent] = tally.intents.get(intent, 0) + count
    return found


def describe(session: Session, themes: dict[int, dict[str, Any]], start: datetime, end: datetime, least: int) -> None:
    """Add names, keywords, days, and the languages, products and channels of at least `least` customers."""
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
    columns = {"languages": Verbatim.language, "channels": Verbatim.channel, "products": Product.slug}
    for name, column in columns.items():
        for entry in themes.values():
            entry[name] = {}
        for key, value, mentions, customers in grouped(session, column, start, end):
            if key in themes and customers >= least and value is not None:
                themes[key][name][value] = mentions
    weeks = max(1, (end - start).days // 7)
    for key, counts in by_week(session, start, end, least).items():
        if key in themes:
            themes[key]["by_week"] = [counts.get(week, 0) for week in reversed(range(weeks))]


def grouped(session: Session, column: Any, start: datetime, end: datetime) -> list[Row[Any]]:
    rows = (
        select(Topic.theme_id, column, func.count(Mention.id), func.count(Verbatim.customer_id.distinct()))
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .join(Product, Product.id == Verbatim.product_id, isouter=True)
        .where(within(start, end))
        .group_by(Topic.theme_id, column)
        .order_by(func.count(Mention.id).desc())
    )
    return list(session.execute(rows))


def by_week(session: Session, start: datetime, end: datetime, least: int) -> dict[int, dict[int, int | None]]:
    """Theme id -> mentions by whole weeks before `end`, 0 the last; None where fewer than `least` customers spoke."""
    rows = (
        select(Topic.theme_id, Verbatim.said_at, Verbatim.customer_id)
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(within(start, end))
        .execution_options(yield_per=5000)
    )
    counts: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    people: dict[tuple[int, int], set[int]] = defaultdict(set)
    for key, at, customer in session.execute(rows):
        week = max(0, (end - at).days // 7)
        counts[key][week] += 1
        people[key, week].add(customer)
    return {
        key: {week: floored(count, len(people[key, week]), least) for week, count in weeks.items()}
        for key, weeks in counts.items()
    }


def totals(session: Session, start: datetime, end: datetime, least: int) -> dict[str, Any]:
    """Volume and mood of all verbatims of the period, with or without a theme.

    None in place of what fewer than `least` customers said.
    """
    read = (within(start, end), Verbatim.score.is_not(None))
    people = func.count(Verbatim.customer_id.distinct())
    verbatims, customers, score = session.execute(
        select(func.count(), people, func.avg(Verbatim.score)).where(*read)
    ).one()
    leaving = session.execute(select(func.count(), people).where(*read, Verbatim.leaving.is_(True))).one()
    is_shown = customers == 0 or customers >= least
    return {
        "verbatims": verbatims if is_shown else None,
        "customers": customers if is_shown else None,
        "score": round(float(score or 0), 3) if is_shown else None,
        "leaving": floored(leaving[0], leaving[1], least),
        "sentiments": totals_by(session, Verbatim.sentiment, start, end, least),
        "intents": totals_by(session, Verbatim.intent, start, end, least),
    }


def totals_by(session: Session, column: Any, start: datetime, end: datetime, least: int) -> dict[str, int | None]:
    rows = session.execute(
        select(column, func.count(), func.count(Verbatim.customer_id.distinct()))
        .where(within(start, end), Verbatim.score.is_not(None))
        .group_by(column)
    )
    return {value: floored(count, customers, least) for value, count, customers in rows}


def floored(count: int, customers: int, least: int) -> int | None:
    """The count, or None when fewer than `least` customers stand behind it: a group so small is not shown."""
    return count if customers == 0 or customers >= least else None
