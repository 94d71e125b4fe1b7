"""The search page, and what is suggested while somebody types a title. Saved searches have a module of their own."""

from typing import Any

from flask import jsonify, render_template, request, url_for
from flask_security import current_user
from sqlalchemy import Row, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from community.db import db
from community.models import Product, Question
from community.search import (
    saved_views,  # noqa: F401  (its views belong to the blueprint)
    saving,
    showing,
)
from community.search.blueprint import search
from community.search.commands import commands
from community.search.operators import examples_for
from community.search.understanding import understood
from community.search.whoosh_index import current_index

__all__ = ["search"]

search.cli.add_command(commands)

SIZE = 20
LAST_PAGE = 50
MOST_SUGGESTED = 6
FOR_PRODUCT = 0.1  # what the same product adds to likeness


@search.get("/search")
def find() -> str:
    text, page = request.args.get("q", "").strip(), request.args.get("page", 1, type=int) or 1
    page, is_by_day = max(1, min(page, LAST_PAGE)), request.args.get("order") == "newest"
    ask, session = understood(text), db.session()
    if not ask:
        return render_template("search/find.html", text=text, found=None, ask=ask)
    found = current_index().find(
        text, session=session, page=page, size=SIZE, with_facets=True, is_by_day=is_by_day
    )  # fmt: skip
    slugs = {slug for slug, _ in found.facets.get("product", ())} | set(ask.values("product"))
    names, order = showing.product_names(session, slugs), "newest" if is_by_day else None
    return render_template(
        "search/find.html", text=text, found=found, ask=ask, page=page, is_by_day=is_by_day,
        rows=showing.shown(session, found.hits), pages=min(LAST_PAGE, max(1, -(-found.total // SIZE))),
        chips=showing.chips(ask, names, order), facets=showing.facet_links(ask, found, names, order),
        examples_for=examples_for,
        saved=saving.saved_as(session, current_user, text) if current_user.is_authenticated else None,
    )  # fmt: skip


@search.get("/search/suggest")
def suggest() -> Response:
    """Similar questions as JSON, or as a piece of a page for those who ask for one."""
    title, product = request.args.get("q", "").strip(), request.args.get("product") or None
    rows = similar_questions(title, product, is_unfinished=True)
    if request.args.get("format") == "html" or request.accept_mimetypes.best == "text/html":
        response = Response(render_template("search/_similar.html", similar=rows), mimetype="text/html")
    else:
        response = jsonify(questions=[_shape(row) for row in rows])
    response.headers["Cache-Control"] = "private, max-age=30"
    return response


@search.app_template_global("similar_questions")
def similar_questions(title: str, product: str | None = None, is_unfinished: bool = False) -> list[Row[Any]]:
    """Questions with a title like this one as (id, title, solved_at, is_solved, answer_count), solved ones first."""
    found = {one.question_id: one.likeness for one in current_index().similar(title, is_unfinished=is_unfinished)}
    return _solved_first(db.session(), found, product) if found else []


def _solved_first(session: Session, likenesses: dict[int, float], product: str | None) -> list[Row[Any]]:
    """The likest of those that may be shown; of these, the solved ones first. One statement."""
    rows = session.execute(
        select(
            Question.id, Question.title, Question.solved_at, Question.solved_at.is_not(None).label("is_solved"),
            Question.answer_count, Product.slug.label("product"),
        )
        .outerjoin(Product, Product.id == Question.product_id)
        .where(Question.id.in_(likenesses), Question.deleted_at.is_(None), Question.erased_at.is_(None))
    ).all()  # fmt: skip

    def likeness(row: Row[Any]) -> float:
        return likenesses[row.id] + FOR_PRODUCT * (product is not None and row.product == product)

    likest = sorted(rows, key=lambda row: (-likeness(row), -row.id))[:MOST_SUGGESTED]
    return sorted(likest, key=lambda row: not row.is_solved)


def _shape(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id, "title": row.title, "url": url_for("questions.show", question_id=row.id),
        "is_solved": bool(row.is_solved), "answers": row.answer_count or 0,
    }  # fmt: skip
