"""Pages of insights, for product managers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from community.db import db
from community.errors import NotFound
from community.insights import (
    alerts,
    charts,
    gaps_views,  # noqa: F401  (its views belong to the blueprint)
    queries,
    rendering,
    service,
)
from community.insights.blueprint import insights
from community.models import THEME_STATUSES, Mention
from community.web.access import READERS_OF_INSIGHTS, roles_only
from community.web.languages import chosen_locale
from community.web.urls import same_site

__all__ = ["insights"]

PERIODS = (30, 90, 365)
MOODS = ("negative", "neutral", "positive")


@insights.get("/insights")
@roles_only(*READERS_OF_INSIGHTS)
def home() -> str:
    report = queries.latest_report(db.session())
    if report is None:
        return render_template("insights/empty.html")
    return render_template("insights/home.html", alerts=alerts.open_alerts(db.session()), **rendering.context(report))


@insights.get("/insights/themes/<int:theme_id>")
@roles_only(*READERS_OF_INSIGHTS)
def theme(theme_id: int) -> str | WerkzeugResponse:
    days = request.args.get("days", 90, type=int)
    if days not in PERIODS:
        raise NotFound
    end = datetime.now(UTC)
    start = end - timedelta(days=days)
    detail = queries.theme_detail(db.session(), theme_id, start, end, current_app.config["K_ANONYMITY"])
    if detail.theme.id != theme_id:
        return redirect(url_for(".theme", theme_id=detail.theme.id))
    return render_template(
        "insights/theme.html", detail=detail, theme=detail.theme, days=days, periods=PERIODS, statuses=THEME_STATUSES,
        chart=charts.chart_of(
            detail.by_day, detail.by_week, start.date() + timedelta(days=1), days, detail.mentions, MOODS
        ),
        quotes=[] if detail.is_too_small else queries.theme_quotes(db.session(), theme_id, start, end),
        history=queries.theme_history(db.session(), theme_id), others=queries.other_themes(db.session(), theme_id),
        products=queries.product_names(db.session()), moods=MOODS, intents=service.INTENTS,
        least=current_app.config["K_ANONYMITY"], **impact_facts(theme_id),
    )  # fmt: skip


def impact_facts(theme_id: int) -> dict[str, Any]:
    """What `insights/_impact.html` shows: the theme's entry in the latest report, if it has one, and its alerts."""
    report = queries.latest_report(db.session())
    entry = report.content["themes"].get(str(theme_id)) if report else None
    return {
        "weighed": entry if entry and "parts" in entry else None, "weighed_in": report,
        "alerts": alerts.of_theme(db.session(), theme_id), "interval_picture": charts.interval_picture,
    }  # fmt: skip


@insights.post("/insights/themes/<int:theme_id>/name")
@roles_only(*READERS_OF_INSIGHTS)
def rename(theme_id: int) -> WerkzeugResponse:
    found = queries.theme(db.session(), theme_id)
    service.rename(db.session(), found, request.form.get("name", ""), current_user, datetime.now(UTC))
    db.session.commit()
    flash(_("Renamed. The machine will keep this name."), "success")
    return redirect(url_for(".theme", theme_id=theme_id))


@insights.post("/insights/themes/<int:theme_id>/status")
@roles_only(*READERS_OF_INSIGHTS)
def set_status(theme_id: int) -> WerkzeugResponse:
    found = queries.theme(db.session(), theme_id)
    service.set_status(db.session(), found, request.form.get("status", ""), current_user, datetime.now(UTC))
    db.session.commit()
    return redirect(url_for(".theme", theme_id=theme_id))


@insights.post("/insights/themes/<int:theme_id>/merge")
@roles_only(*READERS_OF_INSIGHTS)
def merge(theme_id: int) -> WerkzeugResponse:
    found = queries.theme(db.session(), theme_id)
    into = queries.theme(db.session(), min(request.form.get("into", 0, type=int), 2**31 - 1))
    service.merge(db.session(), found, into, current_user, datetime.now(UTC))
    db.session.commit()
    flash(_("Merged. Later runs keep them together."), "success")
    return redirect(url_for(".theme", theme_id=into.id))


@insights.post("/insights/mentions/<int:mention_id>/correction")
@roles_only(*READERS_OF_INSIGHTS)
def correct(mention_id: int) -> WerkzeugResponse:
    mention = db.session.get(Mention, mention_id)
    if mention is None:
        raise NotFound
    service.correct(
        db.session(), mention, request.form.get("sentiment") or None, request.form.get("intent") or None, current_user,
        datetime.now(UTC),
    )  # fmt: skip
    db.session.commit()
    flash(_("Noted. Later runs keep your correction."), "success")
    return redirect(same_site(request.form.get("next")) or url_for(".home"))


@insights.get("/insights/reports")
@roles_only(*READERS_OF_INSIGHTS)
def reports() -> str:
    return render_template("insights/reports.html", reports=queries.reports(db.session()))


@insights.get("/insights/reports/<int:report_id>")
@roles_only(*READERS_OF_INSIGHTS)
def report(report_id: int) -> str:
    return render_template("insights/report.html", **rendering.context(queries.report(db.session(), report_id)))


TYPES = {"md": "text/markdown", "json": "application/json", "html": "text/html"}


@insights.get("/insights/reports/<int:report_id>.<any(md, json, html):form>")
@roles_only(*READERS_OF_INSIGHTS)
def download(report_id: int, form: str) -> Response:
    body = rendering.render(report_id, form, chosen_locale())
    response = Response(body, mimetype=TYPES[form])
    response.headers["Content-Disposition"] = f"attachment; filename=earshot-report-{report_id}.{form}"
    return response
