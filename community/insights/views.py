"""Pages of insights, for product managers. What they do to themes and mentions stands in the views beside."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from community.db import db
from community.errors import NotFound
from community.insights import (
    acting_views,
    alert_views,
    alerts,
    charts,
    gaps_views,
    history,
    history_views,
    home_views,
    mention_views,
    placing,
    queries,
    quoting,
    report_views,
    routing_views,
    service,
    subscription_views,
    theme_page,
    theme_views,
)
from community.insights.blueprint import insights
from community.models import THEME_STATUSES
from community.web.access import READERS_OF_INSIGHTS, roles_only
from community.web.languages import chosen_locale

__all__ = [
    "acting_views", "alert_views", "gaps_views", "history_views", "home_views", "insights", "mention_views", "report_views",
    "routing_views", "subscription_views", "theme_page", "theme_views",
]  # fmt: skip

PERIODS = (30, 90, 365)
MOODS = ("negative", "neutral", "positive")


@insights.get("/insights/themes/<int:theme_id>")
@roles_only(*READERS_OF_INSIGHTS)
def theme(theme_id: int) -> str | WerkzeugResponse:
    days = request.args.get("days", 90, type=int)
    if days not in PERIODS:
        raise NotFound
    end = queries.until(db.session(), datetime.now(UTC))
    start = end - timedelta(days=days)
    detail = queries.theme_detail(db.session(), theme_id, start, end, current_app.config["K_ANONYMITY"])
    if detail.theme.id != theme_id:
        return redirect(url_for(".theme", theme_id=detail.theme.id))
    facts, topics = impact_facts(theme_id), queries.living_topics(db.session(), theme_id)
    return render_template(
        "insights/theme.html", detail=detail, theme=detail.theme, days=days, until=end, periods=PERIODS, statuses=THEME_STATUSES,
        chart=charts.chart_of(
            detail.by_day, detail.by_week, start.date() + timedelta(days=1), days, detail.mentions, (*MOODS, queries.HIDDEN)
        ),
        quoted=None if detail.is_too_small else quoting.quoted(
            db.session(), theme_id, start, end, (facts["weighed"] or {}).get("quotes", ()), chosen_locale()
        ),
        history=history.page(db.session(), theme_id, None, None, 5).rows, others=queries.other_themes(db.session(), theme_id),
        products=queries.product_names(db.session()), moods=MOODS, intents=placing.INTENTS,
        least=current_app.config["K_ANONYMITY"], topics=topics,
        keywords=theme_page.keywords_of(topics),
        owners=service.owners(db.session()), **acting_views.act_facts(theme_id), **facts,
        **theme_page.theme_facts(detail, facts["weighed"], facts["alerts"], start, end),
    )  # fmt: skip


def impact_facts(theme_id: int) -> dict[str, Any]:
    """What `insights/_impact.html` shows: the theme's entry in the latest report, if it has one, and its alerts."""
    report = queries.latest_report(db.session())
    entry = report.content["themes"].get(str(theme_id)) if report else None
    return {
        "weighed": entry if entry and "parts" in entry else None, "weighed_in": report,
        "alerts": alerts.of_theme(db.session(), theme_id), "interval_picture": charts.interval_picture,
    }  # fmt: skip
