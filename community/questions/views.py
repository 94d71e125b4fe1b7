"""Pages of the forum: lists, the question's page, asking. What is done to a post stands in `post_views`."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from community import drafts, uploads
from community.db import begin_to_write, db, read_again
from community.errors import Invalid, Limited, NotFound
from community.models import Product, Question
from community.moderation.spam import Facts, weighed
from community.questions import curate_views, feed_views, post_views, queries, service
from community.questions.blueprint import questions, writes
from community.questions.forms import AnswerForm, QuestionForm, question_form
from community.questions.pages import ask_page, filled_form, question_page, reader
from community.questions.rules import split_tags
from community.web.forms import took_s
from community.web.urls import parse_key, parse_number_key

__all__ = ["curate_views", "feed_views", "post_views", "questions"]


def beside() -> dict[str, object]:
    """What stands beside every list."""
    return {"products": queries.products(db.session()), "tags": queries.tags(db.session())}


def with_pinned(page: queries.Page) -> queries.Page:
    """The list's first page, below what moderators pinned."""
    pinned = queries.pinned(db.session())
    ids = {row.id for row in pinned}
    return queries.Page(pinned + [row for row in page.rows if row.id not in ids], page.next_key)


@questions.get("/")
def home() -> str:
    page = with_pinned(queries.question_list(db.session(), "newest"))
    return render_template(
        "questions/home.html", page=page, counts=queries.counts(db.session()), order="newest", **beside()
    )


@questions.get("/questions", defaults={"order": "newest"})
@questions.get("/questions/<any(active, unanswered, unsolved, hot):order>")
def listed(order: str) -> str:
    product = queries.product(db.session(), slug) if (slug := request.args.get("product")) else None
    tag = queries.tag(db.session(), slug) if (slug := request.args.get("tag")) else None
    after = (parse_number_key if order == "hot" else parse_key)(request.args.get("after"))
    page = queries.question_list(db.session(), order, product, tag, after)
    if order == "newest" and not (after or product or tag):
        page = with_pinned(page)
    what = product or tag
    level = queries.watch_level(db.session(), what, reader()) if what else "none"
    return render_template(
        "questions/list.html", page=page, order=order, product=product, tag=tag, level=level, **beside()
    )


@questions.get("/tags")
def all_tags() -> str:
    typed = "-".join(request.args.get("q", "").split())[:50]
    page = queries.tag_page(db.session(), typed, request.args.get("after", "")[:50])
    return render_template("questions/all_tags.html", page=page, typed=typed)


@questions.get("/questions/watched")
@auth_required("session")
def watched() -> str:
    page = queries.question_list(
        db.session(), "watched", after=parse_key(request.args.get("after")), reader=current_user
    )
    return render_template(
        "questions/list.html", page=page, order="watched", product=None, tag=None, level="none",
        feed_key=feed_views.feed_key(current_user), **beside(),
    )  # fmt: skip


@questions.get("/questions/<int:question_id>")
def show(question_id: int) -> Response | str | tuple[str, int]:
    draft = drafts.draft_of(db.session(), current_user, f"answer:{question_id}") if reader() else None
    form = AnswerForm(formdata=None, body=draft.body if draft else "")
    try:
        return question_page(question_id, form, draft=draft)
    except NotFound:
        if target := queries.merged_into(db.session(), question_id):
            return redirect(url_for(".show", question_id=target))
        raise


@questions.route("/ask", methods=["GET", "POST"])
@auth_required("session")
@writes
def ask() -> Response | str | tuple[str, int]:
    session = db.session()
    if request.method == "GET":
        return ask_page(filled_form())
    form = question_form(session)
    uploads.keep_chosen(session, form, current_user, datetime.now(UTC))
    product = queries.product(session, form.product.data) if form.product.data else None
    if "preview" in request.form or "similar" in request.form:
        return ask_page(form, preview="preview" in request.form)
    if not form.validate():
        return ask_page(form, 422)
    facts = weighed(session, current_user, datetime.now(UTC), form.body.data, form.title.data, took_s())
    begin_to_write()
    try:
        asked = posted(form, product, facts)
    except (Invalid, Limited) as error:
        read_again()
        flash(error.message, "danger")
        return ask_page(form, error.status)
    where = url_for(".show", question_id=asked.id)
    session.commit()
    return redirect(where)


def posted(form: QuestionForm, product: Product | None, facts: Facts | None) -> Question:
    """The question; its draft is gone."""
    session, now = db.session(), datetime.now(UTC)
    tags = split_tags(form.tags.data or "")
    asked = service.ask(session, form.title.data, form.body.data, product, tags, current_user, now, facts)
    drafts.take(session, current_user, "ask")
    return asked
