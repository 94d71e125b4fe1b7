"""The forum for programs that read along: an Atom feed of each list (RFC 4287), the sitemap, robots.txt."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, current_app, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import func, select

from community.db import db
from community.errors import NotFound
from community.models import Account, Question
from community.questions import queries
from community.questions.blueprint import questions
from community.web.feeds import atom_response
from community.web.urls import absolute

A_SITEMAP = 10_000  # ids of posts; the protocol allows 50,000 addresses
MOST_SITEMAPS = 5_000


@questions.get("/questions.atom", defaults={"order": "newest"})
@questions.get("/questions/<any(active, unanswered, unsolved, hot):order>.atom")
def feed(order: str) -> Response:
    product = queries.product(db.session(), slug) if (slug := request.args.get("product")) else None
    tag = queries.tag(db.session(), slug) if (slug := request.args.get("tag")) else None
    page = queries.question_list(db.session(), order, product, tag)
    slugs: dict[str, Any] = {"product": product.slug if product else None, "tag": tag.slug if tag else None}
    return atom(page.rows, order, absolute(url_for(".listed", order=order if order != "newest" else None, **slugs)))


@questions.get("/feeds/watched/<key>.atom")
def watched_feed(key: str) -> Response:
    """One's own list, for a reader that cannot sign in: the address is the secret, and ends with the password."""
    account = account_of_key(key)
    page = queries.question_list(db.session(), "watched", reader=account)
    response = atom(page.rows, "watched", absolute(url_for(".watched")))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def feed_key(account: Account) -> str:
    signed = serializer().dumps([account.id, account.fs_uniquifier[:16]])
    return signed if isinstance(signed, str) else signed.decode()


def account_of_key(key: str) -> Account:
    """Raises NotFound for a key that is not ours, or not any more."""
    try:
        account_id, mark = serializer().loads(key)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound from error
    account = db.session.get(Account, account_id)
    if account is None or not account.active or account.fs_uniquifier[:16] != mark:
        raise NotFound
    return account


def serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="watched feed")


def atom(rows: list[Question], order: str, page_url: str) -> Response:
    """The feed, or 304 for a reader that has it already."""
    updated = max((row.active_at or row.created_at for row in rows), default=datetime.fromtimestamp(0, UTC))
    text = render_template("questions/feed.xml", rows=rows, order=order, page_url=page_url, updated=updated)
    return atom_response(text, updated)


@questions.get("/sitemap.xml")
def sitemap_index() -> Response:
    """One sitemap for every so many ids, of those that have a question."""
    page = (Question.id // A_SITEMAP).label("page")
    rows = db.session.execute(
        select(page, func.max(Question.active_at).label("active_at"))
        .where(Question.deleted_at.is_(None), Question.erased_at.is_(None))
        .group_by(page)
        .order_by(page)
        .limit(MOST_SITEMAPS)
    ).all()
    return xml(render_template("questions/sitemap_index.xml", rows=rows))


@questions.get("/sitemaps/questions-<int:page>.xml")
def sitemap(page: int) -> Response:
    first = page * A_SITEMAP
    rows = db.session.execute(
        select(Question.id, Question.active_at)
        .where(Question.id >= first, Question.id < first + A_SITEMAP)
        .where(Question.deleted_at.is_(None), Question.erased_at.is_(None))
        .order_by(Question.id)
        .limit(A_SITEMAP)
    ).all()
    if not rows:
        raise NotFound
    return xml(render_template("questions/sitemap.xml", rows=rows))


def xml(text: str) -> Response:
    return Response(text, content_type="application/xml; charset=utf-8")


@questions.get("/robots.txt")
def robots() -> Response:
    """Lists by every key and what only people with an account see are not worth a robot's time."""
    closed = [
        "/sign-in", "/join", "/settings", "/home", "/search", "/notifications", "/api/", "/moderation", "/standing",
        "/*/flag$", "/*?after=", "/*?sort=",
    ]  # fmt: skip
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), f"Sitemap: {absolute('/sitemap.xml')}"]
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
