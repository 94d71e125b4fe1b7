"""The first page of insights, and the page that says what its figures mean."""

from flask import current_app, render_template, request

from community.db import db
from community.errors import NotFound
from community.insights import alerts, queries
from community.insights import home as pages
from community.insights.blueprint import insights
from community.metrics import METRICS, PERIODS, USUAL
from community.web.access import READERS_OF_INSIGHTS, roles_only


@insights.get("/insights")
@roles_only(*READERS_OF_INSIGHTS)
def home() -> str:
    session = db.session()
    report = queries.latest_report(session)
    if report is None:
        return render_template("insights/empty.html")
    days, slug = chosen_days(), request.args.get("product", "")
    products = queries.product_names(session)
    found = pages.home(session, days, slug, products, report)
    return render_template(
        "insights/home.html", alerts=alerts.open_alerts(session), home=found, days=days, slug=slug, periods=PERIODS,
        report=report, products=products, least=current_app.config["K_ANONYMITY"],
    )  # fmt: skip


def chosen_days() -> int:
    """The period that is asked for, or the usual one. Raises NotFound for what is no number."""
    text = request.args.get("days", str(USUAL))
    if not text.isascii() or not text.isdigit():
        raise NotFound
    return int(text[:6])


@insights.get("/insights/definitions")
@roles_only(*READERS_OF_INSIGHTS)
def definitions() -> str:
    return render_template("insights/definitions.html", metrics=METRICS, least=current_app.config["K_ANONYMITY"])
