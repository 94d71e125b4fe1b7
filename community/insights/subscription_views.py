"""The page of one's own subscriptions, and the buttons on other pages that subscribe."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from community.db import db
from community.insights import ordering, subscribing
from community.insights.blueprint import insights, now
from community.models import DEPARTMENTS
from community.web.access import READERS_OF_INSIGHTS, roles_only
from community.web.urls import same_site


@insights.route("/insights/subscriptions", methods=["GET", "POST"])
@roles_only(*READERS_OF_INSIGHTS)
def subscriptions() -> str | WerkzeugResponse:
    if request.method == "POST":
        subscribing.subscribe(
            db.session(), request.form.get("what", ""), request.form.get("of", "all"), current_user, now()
        )
        db.session.commit()
        flash(_("You are subscribed."), "success")
        return back()
    rows = subscribing.own(db.session(), current_user)
    return render_template(
        "insights/subscriptions.html", rows=rows, themes=subscribing.themes_of(db.session(), rows),
        departments=DEPARTMENTS, products=ordering.products(db.session()),
    )  # fmt: skip


@insights.post("/insights/subscriptions/<int:subscription_id>/deletion")
@roles_only(*READERS_OF_INSIGHTS)
def unsubscribe(subscription_id: int) -> WerkzeugResponse:
    subscribing.stop(db.session(), subscription_id, current_user)
    return stopped()


@insights.post("/insights/subscriptions/refusal")
@roles_only(*READERS_OF_INSIGHTS)
def refuse_alerts() -> WerkzeugResponse:
    """Alerts of everything come to managers unasked; here they say no."""
    subscribing.refuse_alerts(db.session(), current_user, now())
    return stopped()


def stopped() -> WerkzeugResponse:
    db.session.commit()
    flash(_("Stopped."), "success")
    return back()


def back() -> Response | WerkzeugResponse:
    return redirect(same_site(request.form.get("next")) or url_for(".subscriptions"), 303)
