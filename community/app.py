"""Builds the web application: wiring only."""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Flask, request
from flask_bootstrap import Bootstrap5
from werkzeug.middleware.proxy_fix import ProxyFix

import community.models  # noqa: F401  (every table must be known to the metadata)
import config
from community import cli, incoming
from community.accounts import security
from community.accounts.views import accounts
from community.api.views import api
from community.complaints import beside, received
from community.complaints.views import complaints
from community.customers import queries as customer_queries
from community.customers.views import customers
from community.db import begin_to_write, db, will_write
from community.insights.views import insights
from community.moderation.views import moderation
from community.notifications.views import notifications
from community.outcomes.views import outcomes
from community.people.views import people
from community.privacy import searches, visits
from community.privacy.views import privacy
from community.questions.views import questions
from community.runs.views import runs
from community.search.queries import questions_found
from community.search.views import search
from community.web import errors, headers, languages, templating
from community.web.again import Application
from community.web.extensions import csrf, limiter, migrate
from community.web.urls import RowId
from community.writing.views import writing

BLUEPRINTS = (
    questions, accounts, people, writing, notifications, privacy, search, api, complaints, customers, insights, runs,
    moderation, outcomes,
)  # fmt: skip

LATER = {
    "security.login", "security.register", "writing.preview", "questions.ask", "questions.answer", "questions.comment",
    "questions.vote",
}  # fmt: skip


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """The application, with settings from the environment and then from `overrides`."""
    app = Application("community", root_path=str(config.ROOT), instance_path=str(config.INSTANCE))
    app.config.from_mapping(config.settings())
    app.config.from_mapping(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,  # the sign-in on the server says how long it lasts
        PERMANENT_SESSION_LIFETIME=timedelta(days=app.config["SIGN_IN_DAYS"]),
        BOOTSTRAP_SERVE_LOCAL=True,
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True},  # a failing statement must not log a customer's words
        RATELIMIT_STRATEGY="fixed-window",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        MAX_FORM_PARTS=200,
    )
    app.config.from_mapping(overrides or {})
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it would log two lines a second
    if app.config["TRUSTED_PROXIES"]:
        hops = app.config["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.before_request(begin_to_read)
    app.url_map.converters["int"] = RowId
    db.init_app(app)
    migrate.init_app(app, db, directory=str(config.ROOT / "migrations"), render_as_batch=True)
    csrf.init_app(app)
    limiter.init_app(app)
    Bootstrap5(app)
    errors.register(app)
    languages.register(app)
    security.register(app)
    headers.register(app)
    templating.register(app)
    visits.register(app)
    searches.register(app)
    beside.register(
        app, beside.Sources(customer_queries.timeline, customer_queries.signals, partial(questions_found, app))
    )
    received.register(app, incoming.retake)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    cli.register(app)
    app.before_request(choose_unit_of_work)  # the last: who it is was read by then
    return app


def begin_to_read() -> None:
    will_write(False)  # whatever this thread did for the request before


def choose_unit_of_work() -> None:
    """Requests that change something take the writer's place when their next transaction begins: the view's.

    Not so those that begin to write by themselves, once they have read and computed what they can; nor a preview.
    """
    if request.method not in {"GET", "HEAD", "OPTIONS"} and request.endpoint not in LATER:
        begin_to_write()
