"""A theme taken along with its evidence: its figures and its quotes, under the same rules as its page.

Personal data is covered as on the page, private texts have no link, and under K_ANONYMITY customers there are no quotes.
"""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.insights import queries
from community.insights.queries import Quote, ThemeDetail
from community.models import Account, Mention, Theme, Topic, Verbatim
from community.tables import safe_cell
from community.web.urls import absolute

MOST_QUOTES = 1_000  # the newest
COLUMNS = ("said_at", "channel", "language", "sentiment", "score", "intent", "quote", "link")
BOM = "\ufeff"  # spreadsheets take a file for UTF-8 by it


@dataclass(frozen=True)
class Evidence:
    """A theme with what its customers said in a period, newest first."""

    theme: Theme
    owner: str | None
    start: datetime
    end: datetime
    least: int
    detail: ThemeDetail
    quotes: list[Quote]


def of_theme(session: Session, theme_id: int, start: datetime, end: datetime, least: int) -> Evidence:
    """Raises NotFound."""
    detail = queries.theme_detail(session, theme_id, start, end, least)
    owner = session.get(Account, detail.theme.owner_id) if detail.theme.owner_id else None
    quotes = [] if detail.is_too_small else newest(session, detail.theme.id, start, end)
    return Evidence(detail.theme, owner.name if owner else None, start, end, least, detail, quotes)


def newest(session: Session, theme_id: int, start: datetime, end: datetime) -> list[Quote]:
    rows = (
        select(Mention.id)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(Topic.theme_id == theme_id, Verbatim.said_at >= start, Verbatim.said_at < end)
        .order_by(Verbatim.said_at.desc(), Mention.id.desc())
        .limit(MOST_QUOTES)
    )
    ids = list(session.scalars(rows))
    found: dict[int, Quote] = {}
    for first in range(0, len(ids), 500):
        found |= queries.quotes(session, ids[first : first + 500])
    return [found[key] for key in ids if key in found]


def link_of(quote: Quote) -> str:
    """Where it can be read; nothing for a private one."""
    return absolute(f"/posts/{quote.post_id}") if quote.post_id else ""


def facts(found: Evidence) -> dict[str, Any]:
    theme, detail = found.theme, found.detail
    return {
        "id": theme.id, "name": theme.name, "name_zh": theme.name_zh, "status": theme.status,
        "department": theme.department, "owner": found.owner,
        "due_on": theme.due_on.isoformat() if theme.due_on else None, "note": theme.note,
        "tracker_url": theme.tracker_url, "starts_at": found.start.isoformat(), "ends_at": found.end.isoformat(),
        "least_customers": found.least, "is_too_small": detail.is_too_small,
        "customers": None if detail.is_too_small else detail.customers,
        "mentions": None if detail.is_too_small else detail.mentions,
        **{
            name: dict(getattr(detail, name).most_common())
            for name in ("sentiments", "intents", "languages", "channels", "products")
        },
    }  # fmt: skip


def row(quote: Quote) -> dict[str, Any]:
    return {
        "said_at": quote.said_at.isoformat(timespec="minutes"), "channel": quote.channel, "language": quote.language,
        "sentiment": quote.sentiment, "score": round(quote.score, 3), "intent": quote.intent, "quote": quote.text,
        "link": link_of(quote),
    }  # fmt: skip


def as_json(found: Evidence) -> str:
    return json.dumps(facts(found) | {"quotes": [row(one) for one in found.quotes]}, ensure_ascii=False, indent=1)


def as_csv(found: Evidence) -> str:
    """One row a quote; nothing in it runs in a spreadsheet."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for one in found.quotes:
        table.writerow([safe_cell(value) for value in row(one).values()])
    return BOM + file.getvalue()


def as_markdown(found: Evidence) -> str:
    return render_template("insights/evidence.md.j2", found=found, facts=facts(found), link_of=link_of)


FORMS: dict[str, Callable[[Evidence], str]] = {"md": as_markdown, "csv": as_csv, "json": as_json}
