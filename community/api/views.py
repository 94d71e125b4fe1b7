"""The forum for programs, version 1: JSON, by token. docs/api.md shows it to those who write such programs.

Complaints have a module of their own.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from flask import Response, current_app, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as WerkzeugResponse

from community.api import complaint_views, shapes
from community.api.blueprint import api, reads, writes
from community.api.caller import known_caller, writer
from community.api.openapi import document
from community.api.sent import sent, text, words
from community.db import db
from community.errors import Invalid, NotFound
from community.models import Comment, Product
from community.questions import queries, service
from community.questions.thread import SORTS, Thread, thread
from community.search import queries as search
from community.web.urls import absolute, parse_key, parse_number_key

__all__ = ["api", "complaint_views"]

SIZE = 20  # results of a page of the search
LAST_PAGE = 50


def fresh(shape: shapes.Shape) -> Response:
    """The shape as JSON, or 304 if the program has it already."""
    response = jsonify(shape)
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]


def made(shape: shapes.Shape, question_id: int | None) -> Response:
    """What was made, and where to read it again: with its question."""
    response = jsonify(shape)
    response.status_code = 201
    response.headers["Location"] = absolute(url_for(".show", question_id=question_id))
    return response


@api.get("/openapi.json")
@reads
def description() -> Response:
    return fresh(document())


@api.get("/questions")
@reads
def listed() -> Response:
    order = one_of("order", queries.ORDERS)
    product = queries.product(db.session(), slug) if (slug := request.args.get("product")) else None
    tag = queries.tag(db.session(), slug) if (slug := request.args.get("tag")) else None
    reader = known_caller().account if order == "watched" else None
    parse: Any = parse_number_key if order == "hot" else parse_key
    page = queries.question_list(db.session(), order, product, tag, parse(request.args.get("after")), reader)
    following = next_page("listed", after=page.next_key) if page.next_key else None
    return fresh({"questions": [shapes.listed(row) for row in page.rows], "next": following})


def one_of(name: str, choices: Iterable[str]) -> str:
    """The chosen one, or the first. Raises Invalid, naming them."""
    chosen = request.args.get(name) or next(iter(choices))
    if chosen not in choices:
        raise Invalid(_("%(name)s is one of %(choices)s.", name=name, choices=", ".join(choices)))
    return chosen


def next_page(endpoint: str, **changed: Any) -> str:
    """The address of what follows, asked for in the same way."""
    kept = {name: value for name, value in request.args.items() if name in {"order", "product", "tag", "sort"}}
    return absolute(url_for(f".{endpoint}", **kept | (request.view_args or {}) | changed))


@api.get("/questions/<int:question_id>")
@reads
def show(question_id: int) -> WerkzeugResponse:
    """A question that was merged leads to the one that has its answers now."""
    sort, number = one_of("sort", SORTS), request.args.get("page", 1, type=int) or 1
    try:
        return fresh(shape_of(thread(db.session(), question_id, None, sort, number)))
    except NotFound:
        if target := queries.merged_into(db.session(), question_id):
            return redirect(url_for(".show", question_id=target))
        raise


def shape_of(found: Thread) -> shapes.Shape:
    more = found.page < found.pages
    following = next_page("show", question_id=found.question.id, page=found.page + 1) if more else None
    return shapes.thread(found, following)


@api.get("/search")
@reads
def find() -> Response:
    query = request.args.get("q", "").strip()
    if not query:
        raise Invalid(_("Say what to look for: q."))
    page = max(1, min(request.args.get("page", 1, type=int) or 1, LAST_PAGE))
    found = search.find(current_app.config["SEARCH_INDEX_DIR"], query, session=db.session(), page=page, size=SIZE)
    return fresh(shapes.search(query, page, found, search.visible(db.session(), found.hits)))


@api.get("/me")
@reads
def me() -> Response:
    return fresh(shapes.me(known_caller()))


@api.post("/questions")
@writes
def ask() -> Response:
    by, found = writer(), sent("title", "body", "product", "tags")
    asked = service.ask(
        db.session(), text(found, "title"), text(found, "body"), chosen_product(found), words(found, "tags"), by,
        datetime.now(UTC),
    )  # fmt: skip
    db.session.commit()
    return made(shape_of(thread(db.session(), asked.id, by)), asked.id)


def chosen_product(found: dict[str, Any]) -> Product | None:
    """Raises Invalid for a product that is not there."""
    if not (slug := text(found, "product", "")):
        return None
    try:
        return queries.product(db.session(), slug)
    except NotFound as error:
        raise Invalid(_("There is no such product: %(slug)s.", slug=slug[:80])) from error


@api.post("/questions/<int:question_id>/answers")
@writes
def answer(question_id: int) -> Response:
    by, found = writer(), sent("body")
    question = queries.question(db.session(), question_id)
    given = service.answer(db.session(), question, text(found, "body"), by, datetime.now(UTC))
    db.session.commit()
    return made(shapes.answer(given, []), question_id)


@api.post("/posts/<int:post_id>/comments")
@writes
def comment(post_id: int) -> Response:
    by, found = writer(), sent("body")
    parent = queries.post(db.session(), post_id)
    if isinstance(parent, Comment):
        raise Invalid(_("Comments stand below a question or an answer."))
    said = service.comment(db.session(), parent, text(found, "body"), by, datetime.now(UTC))
    db.session.commit()
    return made(shapes.comment(said), said.question_id)
