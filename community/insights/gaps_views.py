"""The page of what customers know and do not. A part of the blueprint of insights."""

from flask import render_template

from community.db import db
from community.insights import queries, rendering
from community.insights.blueprint import insights
from community.web.access import READERS_OF_INSIGHTS, roles_only


@insights.get("/insights/gaps")
@roles_only(*READERS_OF_INSIGHTS)
def gaps() -> str:
    report = queries.latest_report(db.session())
    if report is None:
        return render_template("insights/empty.html")
    return render_template("insights/gaps.html", **rendering.context(report))
