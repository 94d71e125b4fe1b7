"""Figures counted in Python from the rows of one plain statement."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from community.models import Verbatim
from mining.units import Units


@dataclass
class Row:
    """A mention with all that it is counted by."""

    theme: int
    customer: int
    sentiment: str
    intent: str
    score: float
    language: str
    channel: str
    product: str | None
    said_at: datetime
    week: int | None = None


def plain_rows(units: Units, start: datetime, end: datetime) -> list[Row]:
    """Every mention of the period, from one plain statement; all counting is done here, in Python."""
    statement = text(
        "SELECT t.theme_id, v.customer_id, m.sentiment, m.intent, m.score, v.language, v.channel, p.slug, v.id"
        " FROM mention m JOIN verbatim v ON v.id = m.verbatim_id JOIN topic t ON t.id = m.topic_id"
        " LEFT JOIN product p ON p.id = v.product_id"
    )
    times = units.read(lambda session: dict(session.execute(select(Verbatim.id, Verbatim.said_at)).tuples().all()))
    rows = units.read(lambda session: [(Row(*row[:8], times[row[8]])) for row in session.execute(statement)])
    return [row for row in rows if start <= row.said_at < end]


def grouped(rows: list[Row]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.theme].append(row)
    return groups


def people(rows: list[Any]) -> int:
    return len({getattr(row, "customer", None) or row.customer_id for row in rows})


def shown_groups(rows: list[Any], column: str) -> dict[Any, int | None]:
    """Value -> how many; None when fewer than five stand behind it, or when it would give such a group away."""
    parts = {value: [row for row in rows if getattr(row, column) == value] for value in column_values(rows, column)}
    hidden = [value for value, part in parts.items() if value is None or people(part) < 5]
    shown = sorted(parts.keys() - set(hidden), key=lambda value: (people(parts[value]), len(parts[value])))
    if hidden and max(people(parts[value]) for value in hidden) < 5:
        hidden += sorted(shown, key=lambda value: (len(parts[value]), people(parts[value])))[:1]
    return {value: None if value in hidden else len(part) for value, part in parts.items() if value is not None}


def large_groups(rows: list[Any], column: str) -> dict[str, int]:
    return {value: count for value, count in shown_groups(rows, column).items() if count is not None}


def column_values(rows: Any, column: str) -> set[str]:
    return {getattr(row, column) for row in rows}
