"""What the page of a theme shows besides its counts, and all its quotes on a page of their own."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app, render_template, request
from flask_security import current_user

from community.db import db
from community.errors import NotFound
from community.insights import around, courses, heat_maps, placing, queries, quote_lists
from community.insights.blueprint import insights
from community.models import CHANNELS, Alert, Topic
from community.web.access import READERS_OF_INSIGHTS, STAFF_OF_COMPLAINTS, roles_only
from community.web.languages import is_chinese

PERIODS = (30, 90, 365)
OF_TOPIC, OF_THEME = 5, 24  # keywords shown, in each language of a topic and in all


def theme_facts(
    detail: queries.ThemeDetail,
    entry: Mapping[str, Any] | None,
    alerts: Sequence[Alert],
    start: datetime,
    end: datetime,
) -> dict[str, Any]:
    """For `_course.html`, `_heat.html`, `_around.html` and the filter of quotes; `entry` is of the latest report."""
    session, least, theme_id = db.session(), current_app.config["K_ANONYMITY"], detail.theme.id
    maps = None if detail.is_too_small else heat_maps.heat_maps(session, theme_id, start, end, least)
    return {
        "since": courses.since_of(entry), "course": courses.picture_of(entry, alerts), "heat": maps,
        "related": around.related(session, entry), "tried": around.tried(session, theme_id),
        "sees_customers": any(current_user.has_role(name) for name in STAFF_OF_COMPLAINTS),
        "chosen": quote_lists.Chosen(),
        "filters": {
            "channel": list(detail.channels), "product": list(detail.products), "sentiment": quote_lists.SENTIMENTS,
            "language": list(detail.languages),
        },
    }  # fmt: skip


def keywords_of(topics: Sequence[Topic]) -> list[str]:
    """The words that tell it from other themes, each once, those of the reader's language first."""
    rows = [(code, words[:OF_TOPIC]) for topic in topics for code, words in topic.keywords.items()]
    rows.sort(key=lambda row: row[0].startswith("zh") != is_chinese())
    once: dict[str, str] = {}
    for _, words in rows:
        for word in words:
            once.setdefault(word.casefold(), word)
    return list(once.values())[:OF_THEME]


@insights.get("/insights/themes/<int:theme_id>/quotes")
@roles_only(*READERS_OF_INSIGHTS)
def quotes_of_theme(theme_id: int) -> str:
    session, days = db.session(), request.args.get("days", 90, type=int)
    if days not in PERIODS:
        raise NotFound
    found, end = queries.theme(session, theme_id), queries.until(session, datetime.now(UTC))
    chosen, products = quote_lists.Chosen.of(request.args), queries.product_names(session)
    page = quote_lists.page(
        session, found.id, end - timedelta(days=days), end, chosen, current_app.config["K_ANONYMITY"],
        request.args.get("after", ""),
    )  # fmt: skip
    filters = {
        "channel": CHANNELS, "product": list(products), "sentiment": quote_lists.SENTIMENTS,
        "language": quote_lists.LANGUAGES,
    }  # fmt: skip
    return render_template(
        "insights/quotes.html", theme=found, page=page, days=days, chosen=chosen, filters=filters, products=products,
        moods=placing.SENTIMENTS, intents=placing.INTENTS, least=current_app.config["K_ANONYMITY"],
    )  # fmt: skip
