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
from mining import impact
from mining.impact import Tally
from mining.quotes import best_quotes
from mining.units import Units, alone

DAYS = 30
MOST_THEMES = 60  # of each kind
MOST_QUOTES = 5


def renew_report(units: Units, now: datetime, days: int = DAYS) -> int:
    """Compute the report of the last `days` days and store it in place of today's; its id."""
    least = config.settings()["K_ANONYMITY"]
    content = units.read(lambda session: content_of(session, now - timedelta(days=days), now, least))
    return units.write(lambda session: store_report(session, content, now, days))


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
    before = start - (end - start)
    now_tallies = tallies(session, start, end)
    old_tallies = tallies(session, before, start)
    ignored = set(session.scalars(select(Theme.id).where(Theme.is_ignored)))
    now_tallies = {key: tally for key, tally in now_tallies.items() if key not in ignored}
    shown = [key for key, tally in now_tallies.items() if tally.customers >= least]
    themes = {key: theme_entry(key, now_tallies[key], old_tallies.get(key, Tally())) for key in shown}
    describe(session, themes, start, end, least)
    ranked = {kind: ranked_ids(themes, kind) for kind in ("problem", "suggestion", "praise", "question")}
    kept = {key for ids in ranked.values() for key in ids}
    quotes = best_quotes(session, {key: themes[key]["kind"] for key in kept}, start, end, MOST_QUOTES)
    for key in kept:
        themes[key]["quotes"] = quotes.get(key, [])
    return {
        "days": round((end - start).total_seconds() / 86_400),
        "totals": totals(session, start, end),
        "totals_before": totals(session, before, start),
        "least_customers": least,
        "too_small": len(now_tallies) - len(shown),
        "ranked": ranked,
        "themes": {str(key): themes[key] for key in kept},
    }


def theme_entry(key: int, now: Tally, before: Tally) -> dict[str, Any]:
    return {
        "id": key,
        "kind": impact.kind(now),
        "impact": round(impact.impact(now, before), 2),
        "negativity": round(now.negativity, 3),
        "growth": round(impact.growth(now.customers, before.customers), 2),
        "score": round(now.score / now.mentions, 3),
        "now": {name: value for name, value in asdict(now).items() if name not in {"pain", "score"}},
        "before": {"mentions": before.mentions, "customers": before.customers},
    }


def ranked_ids(themes: dict[int, dict[str, Any]], kind: str) -> list[int]:
    """Ids of the themes of one kind: problems by impact, the others by customers touched and growth; pinned first."""

    def weight(entry: dict[str, Any]) -> tuple[bool, float, int]:
        weighs = entry["impact"] if kind == "problem" else entry["now"]["customers"] * entry["growth"]
        return (not entry.get("is_pinned"), -weighs, entry["id"])

    found = sorted((entry for entry in themes.values() if entry["kind"] == kind), key=weight)
    return [entry["id"] for entry in found[:MOST_THEMES]]


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
    for entry in themes.values():
        entry["by_day"] = [0] * max(1, round((end - start).total_seconds() / 86_400))
    for key, at in session.execute(mention_times(start, end)):
        if key in themes:
            days = themes[key]["by_day"]
            days[min(len(days) - 1, (at - start).days)] += 1


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


def mention_times(start: datetime, end: datetime):  # type: ignore[no-untyped-def]
    return (
        select(Topic.theme_id, Verbatim.said_at)
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(within(start, end))
        .execution_options(yield_per=5000)
    )


def totals(session: Session, start: datetime, end: datetime) -> dict[str, Any]:
    """Volume and mood of all verbatims of the period, with or without a theme."""
    row = session.execute(
        select(
            func.count(), func.count(Verbatim.customer_id.distinct()), func.avg(Verbatim.score),
            func.sum(case((Verbatim.leaving.is_(True), 1), else_=0)),
        ).where(within(start, end), Verbatim.score.is_not(None))
    ).one()  # fmt: skip
    moods: dict[str, int] = defaultdict(int)
    wishes: dict[str, int] = defaultdict(int)
    rows = session.execute(
        select(Verbatim.sentiment, Verbatim.intent, func.count())
        .where(within(start, end), Verbatim.score.is_not(None))
        .group_by(Verbatim.sentiment, Verbatim.intent)
    )
    for sentiment, intent, count in rows:
        moods[sentiment] += count
        wishes[intent] += count
    return {
        "verbatims": row[0], "customers": row[1], "score": round(float(row[2] or 0), 3), "leaving": int(row[3] or 0),
        "sentiments": dict(moods), "intents": dict(wishes),
    }  # fmt: skip
