"""Pages of the forum."""

import re
from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from community.db import db
from community.errors import Invalid, NotFound
from community.models import Answer, Comment, Question
from community.questions import queries, service
from community.questions.forms import AnswerForm, CommentForm, QuestionForm
from community.questions.votes import vote as cast_vote
from community.web.extensions import limiter
from community.web.languages import local
from community.web.urls import parse_key

questions = Blueprint("questions", __name__)

writes = limiter.limit("60 per hour", key_func=lambda: f"account {current_user.get_id()}", methods=["POST"])


@questions.get("/")
def home() -> str:
    page = queries.question_list(db.session(), "newest")
    return render_template(
        "questions/home.html", page=page, counts=queries.counts(db.session()),
        products=queries.products(db.session()), tags=queries.tags(db.session()), order="newest",
    )  # fmt: skip


@questions.get("/questions", defaults={"order": "newest"})
@questions.get("/questions/<any(unanswered, unsolved):order>")
def listed(order: str) -> str:
    product = queries.product(db.session(), slug) if (slug := request.args.get("product")) else None
    tag = queries.tag(db.session(), slug) if (slug := request.args.get("tag")) else None
    page = queries.question_list(db.session(), order, product, tag, parse_key(request.args.get("after")))
    return render_template(
        "questions/list.html", page=page, order=order, product=product, tag=tag,
        products=queries.products(db.session()), tags=queries.tags(db.session()),
    )  # fmt: skip


@questions.get("/questions/<int:question_id>")
def show(question_id: int) -> str:
    reader = current_user if current_user.is_authenticated else None
    thread = queries.thread(db.session(), question_id, reader)
    return render_template(
        "questions/show.html", thread=thread, question=thread.question, form=AnswerForm(formdata=None)
    )


def question_form() -> QuestionForm:
    form = QuestionForm()
    none = [("", _("None of these"))]
    form.product.choices = none + [(row.slug, local(row, "name")) for row in queries.products(db.session())]
    return form


def split_tags(text: str) -> list[str]:
    return [name for name in re.split(r"[\s,，、]+", text) if name]


@questions.route("/ask", methods=["GET", "POST"])
@auth_required("session")
@writes
def ask() -> Response | str | tuple[str, int]:
    form = question_form()
    if request.method == "GET":
        form.title.data = request.args.get("title", "")[:200]
    if not form.validate_on_submit():
        return render_template("questions/ask.html", form=form), 422 if form.is_submitted() else 200
    product = queries.product(db.session(), form.product.data) if form.product.data else None
    try:
        asked = service.ask(
            db.session(), form.title.data, form.body.data, product, split_tags(form.tags.data or ""), current_user,
            datetime.now(UTC),
        )  # fmt: skip
    except Invalid as error:
        db.session.rollback()
        flash(error.message, "danger")
        return render_template("questions/ask.html", form=form), 422
    db.session.commit()
    return redirect(url_for(".show", question_id=asked.id))


@questions.post("/questions/<int:question_id>/answers")
@auth_required("session")
@writes
def answer(question_id: int) -> Response | tuple[str, int]:
    form = AnswerForm()
    if not form.validate_on_submit():
        thread = queries.thread(db.session(), question_id, current_user)
        return render_template("questions/show.html", thread=thread, question=thread.question, form=form), 422
    question = queries.question(db.session(), question_id)
    given = service.answer(db.session(), question, form.body.data, current_user, datetime.now(UTC))
    db.session.commit()
    return redirect(url_for(".show", question_id=question_id, _anchor=f"post-{given.id}"))


@questions.route("/posts/<int:post_id>/comments", methods=["GET", "POST"])
@auth_required("session")
@writes
def comment(post_id: int) -> Response | str | tuple[str, int]:
    parent = queries.post(db.session(), post_id)
    if isinstance(parent, Comment):
        raise NotFound
    form = CommentForm()
    if not form.validate_on_submit():
        page = render_template("questions/comment.html", form=form, parent=parent)
        return page, 422 if form.is_submitted() else 200
    written = service.comment(db.session(), parent, form.body.data, current_user, datetime.now(UTC))
    db.session.commit()
    return redirect(url_for(".show", question_id=written.question_id, _anchor=f"post-{written.id}"))


@questions.post("/posts/<int:post_id>/vote")
@auth_required("session")
def vote(post_id: int) -> Response:
    post = queries.post(db.session(), post_id)
    if isinstance(post, Comment):
        raise NotFound
    try:
        value = int(request.form.get("value", ""))
    except ValueError as error:
        raise Invalid(_("A vote is up, down, or none.")) from error
    cast_vote(db.session(), post, value, current_user, datetime.now(UTC))
    db.session.commit()
    return back_to(post)


@questions.post("/answers/<int:answer_id>/acceptance")
@auth_required("session")
def accept(answer_id: int) -> Response:
    given = queries.post(db.session(), answer_id)
    if not isinstance(given, Answer):
        raise NotFound
    question = queries.question(db.session(), given.question_id or 0)
    if request.form.get("undo"):
        service.unaccept(db.session(), question, current_user, datetime.now(UTC))
    else:
        service.accept(db.session(), question, given, current_user, datetime.now(UTC))
    db.session.commit()
    return back_to(given)


@questions.route("/posts/<int:post_id>/edit", methods=["GET", "POST"])
@auth_required("session")
@writes
def edit(post_id: int) -> Response | str | tuple[str, int]:
    post = queries.post(db.session(), post_id)
    service.require_author_or_moderator(post, current_user)
    form = edit_form(post)
    if not form.validate_on_submit():
        page = render_template("questions/edit.html", form=form, post=post)
        return page, 422 if form.is_submitted() else 200
    title = form.title.data if isinstance(post, Question) else None
    service.edit(db.session(), post, title, form.body.data, current_user, datetime.now(UTC))
    db.session.commit()
    return back_to(post)


def edit_form(post: Question | Answer | Comment) -> QuestionForm | AnswerForm | CommentForm:
    if isinstance(post, Question):
        form = QuestionForm(obj=None, title=post.title, body=post.body)
        del form.product, form.tags
    else:
        form = (AnswerForm if isinstance(post, Answer) else CommentForm)(body=post.body)
    form.submit.label.text = _("Save")
    return form


@questions.post("/posts/<int:post_id>/deletion")
@auth_required("session")
def remove(post_id: int) -> Response:
    post = queries.post(db.session(), post_id)
    service.remove(db.session(), post, current_user, datetime.now(UTC))
    db.session.commit()
    flash(_("Deleted."), "info")
    return redirect(url_for(".home")) if isinstance(post, Question) else back_to(post, anchor=False)


@questions.get("/posts/<int:post_id>/revisions")
def history(post_id: int) -> str:
    post = queries.post(db.session(), post_id)
    return render_template("questions/history.html", post=post, revisions=queries.revisions(db.session(), post_id))


def back_to(post: Question | Answer | Comment, anchor: bool = True) -> Response:
    question_id = post.id if isinstance(post, Question) else post.question_id
    return redirect(url_for(".show", question_id=question_id, _anchor=f"post-{post.id}" if anchor else None))
