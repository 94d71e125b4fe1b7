"""Pages of alerts: all of them, and one with what its customers said."""

from flask import current_app, render_template

from community.db import db
from community.insights import alerts, charts
from community.insights.blueprint import after_key, insights
from community.web.access import READERS_OF_INSIGHTS, roles_only

A_PAGE = 30


@insights.get("/insights/alerts")
@roles_only(*READERS_OF_INSIGHTS)
def alert_list() -> str:
    rows = alerts.listed(db.session(), after_key(), A_PAGE + 1)
    next_key = rows[A_PAGE - 1].id if len(rows) > A_PAGE else None
    return render_template("insights/alerts.html", alerts=rows[:A_PAGE], next_key=next_key)


@insights.get("/insights/alerts/<int:alert_id>")
@roles_only(*READERS_OF_INSIGHTS)
def alert(alert_id: int) -> str:
    found = alerts.alert(db.session(), alert_id)
    least = current_app.config["K_ANONYMITY"]
    return render_template(
        "insights/alert.html", alert=found, quotes=alerts.quotes_of(db.session(), found, least), least=least,
        interval_picture=charts.interval_picture,
    )  # fmt: skip
