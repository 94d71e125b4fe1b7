"""The page of the rules that say which department a theme is for, with what they would route."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from community.db import db
from community.errors import NotFound
from community.insights import routing
from community.insights.blueprint import insights, now
from community.models import CHANNELS, DEPARTMENTS, Product, RoutingRule
from community.web.access import READERS_OF_INSIGHTS, roles_only


@insights.get("/insights/routing")
@roles_only(*READERS_OF_INSIGHTS)
def routing_page() -> str:
    session = db.session()
    return render_template(
        "insights/routing.html", rules=routing.rules(session), routed=routing.routed(session),
        products={row.id: row for row in session.scalars(select(Product).order_by(Product.name).limit(500))},
        departments=DEPARTMENTS, intents=routing.INTENTS, channels=CHANNELS,
    )  # fmt: skip


@insights.post("/insights/routing")
@roles_only(*READERS_OF_INSIGHTS)
def add_rule() -> Response:
    return saved(None)


@insights.post("/insights/routing/<int:rule_id>")
@roles_only(*READERS_OF_INSIGHTS)
def change_rule(rule_id: int) -> Response:
    return saved(rule_of(rule_id))


@insights.post("/insights/routing/<int:rule_id>/place")
@roles_only(*READERS_OF_INSIGHTS)
def raise_rule(rule_id: int) -> Response:
    routing.raise_rule(db.session(), rule_of(rule_id), current_user)
    return applied(_("It is asked earlier now."))


@insights.post("/insights/routing/<int:rule_id>/deletion")
@roles_only(*READERS_OF_INSIGHTS)
def drop_rule(rule_id: int) -> Response:
    routing.drop_rule(db.session(), rule_of(rule_id), current_user)
    return applied(_("The rule is gone."))


def saved(rule: RoutingRule | None) -> Response:
    session, form = db.session(), request.form
    slug = form.get("product", "")
    product = session.scalar(select(Product).where(Product.slug == slug)) if slug else None
    if slug and product is None:
        raise NotFound
    routing.save_rule(
        session, rule, form.get("words", ""), product, form.get("intent", ""), form.get("channel", ""),
        form.get("department", ""), current_user, now(),
    )  # fmt: skip
    return applied(_("The rule is saved."))


def applied(said: str) -> Response:
    """Route by the rules as they are now, and say so."""
    routing.apply(db.session())
    db.session.commit()
    flash(said, "success")
    return redirect(url_for(".routing_page"))


def rule_of(rule_id: int) -> RoutingRule:
    found = db.session.get(RoutingRule, rule_id)
    if found is None:
        raise NotFound
    return found
