"""What people do to a question and to the posts below it."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from community import drafts, uploads
from community.db import begin_to_write, db, read_again, will_write
from community.errors import Conflict, Invalid, Limited, NotFound
from community.models import Answer, Comment, Post, Question
from community.moderation.spam import weighed
from community.questions import pages, queries, revisions, service, thread, watching
from community.questions.blueprint import questions, writes
from community.questions.forms import AnswerForm, CommentForm, InformationForm, edit_form
from community.questions.rules import split_tags
from community.questions.votes import vote as cast_vote
from community.web.forms import took_s
from community.web.urls import same_site

OwnPost = Question | Answer | Comment


def now() -> datetime:
    return datetime.now(UTC)


@questions.post("/questions/<int:question_id>/answers")
@auth_required("session")
@writes
def answer(question_id: int) -> Response | str | tuple[str, int]:
    form, session = AnswerForm(), db.session()
    uploads.keep_chosen(session, form, current_user, now())
    if "preview" in request.form:
        return pages.question_page(question_id, form, preview=True)
    if not form.validate_on_submit():
        return pages.question_page(question_id, form, 422)
    question = queries.bare_question(session, question_id)
    facts = weighed(session, current_user, now(), form.body.data, took_s=took_s())
    begin_to_write()
    try:
        is_solution = bool(form.is_solution.data)
        given = service.answer(session, question, form.body.data, current_user, now(), is_solution, facts)
    except (Conflict, Invalid, Limited) as error:
        read_again()
        flash(error.message, "danger")
        return pages.question_page(question_id, form, error.status)
    drafts.take(session, current_user, f"answer:{question_id}")
    return saved(given)


@questions.route("/posts/<int:post_id>/comments", methods=["GET", "POST"])
@auth_required("session")
@writes
def comment(post_id: int) -> Response | str | tuple[str, int]:
    parent = queries.post(db.session(), post_id)
    if isinstance(parent, Comment):
        raise NotFound
    if request.method == "GET":
        draft = drafts.draft_of(db.session(), current_user, f"comment:{post_id}")
        form = CommentForm(formdata=None, body=draft.body if draft else "")
        return render_template("questions/comment.html", form=form, parent=parent, draft=draft)
    form = CommentForm()
    if "preview" in request.form or not form.validate():
        html = render_template("questions/comment.html", form=form, parent=parent, preview="preview" in request.form)
        return html, 422 if form.errors else 200
    facts = weighed(db.session(), current_user, now(), form.body.data)
    begin_to_write()
    try:
        written = service.comment(db.session(), parent, form.body.data, current_user, now(), facts)
    except (Conflict, Invalid, Limited) as error:
        read_again()
        flash(error.message, "danger")
        return render_template("questions/comment.html", form=form, parent=parent), error.status
    drafts.take(db.session(), current_user, f"comment:{post_id}")
    return saved(written)


@questions.route("/questions/<int:question_id>/information", methods=["GET", "POST"])
@auth_required("session")
@writes
def information(question_id: int) -> Response | str | tuple[str, int]:
    """Ask the asker for details."""
    question = queries.bare_question(db.session(), question_id)
    form = InformationForm()
    if not form.validate_on_submit():
        page = render_template("questions/information.html", form=form, question=question)
        return page, 422 if form.errors else 200
    written = service.request_information(db.session(), question, form.body.data, current_user, now())
    where = saved(written)
    flash(_("They will hear of it. The question is back in the list when they reply."), "success")
    return where


@questions.post("/questions/<int:question_id>/information/withdrawal")
@auth_required("session")
def withdraw_information(question_id: int) -> Response:
    question = queries.bare_question(db.session(), question_id)
    service.withdraw_request(db.session(), question, current_user)
    return saved(question)


@questions.post("/questions/<int:question_id>/me-too")
@auth_required("session")
def me_too(question_id: int) -> Response:
    question = queries.bare_question(db.session(), question_id)
    watching.say_me_too(db.session(), question, not request.form.get("undo"), current_user, now())
    return saved(question)


@questions.post("/questions/<int:question_id>/watch")
@auth_required("session")
def watch(question_id: int) -> Response:
    question = queries.bare_question(db.session(), question_id)
    watching.watch(db.session(), question, request.form.get("level", ""), current_user, now())
    where = saved(question)
    return redirect(same_site(request.form.get("next")) or where.location)


@questions.post("/products/<slug>/watch")
@auth_required("session")
def watch_product(slug: str) -> Response:
    product = queries.product(db.session(), slug)
    watching.watch(db.session(), product, request.form.get("level", ""), current_user, now())
    db.session.commit()
    return redirect(same_site(request.form.get("next")) or url_for(".listed", product=slug))


@questions.post("/tags/<slug>/watch")
@auth_required("session")
def watch_tag(slug: str) -> Response:
    tag = queries.tag(db.session(), slug)
    watching.watch(db.session(), tag, request.form.get("level", ""), current_user, now())
    db.session.commit()
    return redirect(same_site(request.form.get("next")) or url_for(".listed", tag=slug))


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
    begin_to_write()
    cast_vote(db.session(), post, value, current_user, now())
    return saved(post)


@questions.post("/answers/<int:answer_id>/acceptance")
@auth_required("session")
def accept(answer_id: int) -> Response:
    given = answer_of(answer_id)
    question = queries.bare_question(db.session(), given.question_id or 0)
    if request.form.get("undo"):
        service.unaccept(db.session(), question, current_user, now())
    else:
        service.accept(db.session(), question, given, current_user, now())
    return saved(given)


@questions.post("/answers/<int:answer_id>/kind")
@auth_required("session")
def set_kind(answer_id: int) -> Response:
    """Say that it is an answer, or only talk."""
    given = answer_of(answer_id)
    service.set_reply(db.session(), given, request.form.get("kind") == "reply", current_user, now())
    return saved(given)


def answer_of(answer_id: int) -> Answer:
    given = queries.post(db.session(), answer_id)
    if not isinstance(given, Answer):
        raise NotFound
    return given


@questions.route("/posts/<int:post_id>/edit", methods=["GET", "POST"])
@auth_required("session")
@writes
def edit(post_id: int) -> Response | str | tuple[str, int]:
    session, post = db.session(), queries.editable_post(db.session(), post_id, current_user)
    service.require_author_or_moderator(post, current_user)
    form = edit_form(session, post)
    if request.method == "POST" and not isinstance(post, Comment):
        uploads.keep_chosen(session, form, current_user, now())
    if "preview" in request.form or not form.validate_on_submit():
        return edit_page(post, form, 422 if form.errors else 200, preview="preview" in request.form)
    try:
        save(post, form)
    except (Conflict, Invalid, Limited) as error:
        read_again()
        flash(error.message, "danger")
        return edit_page(queries.editable_post(session, post_id, current_user), form, error.status)
    return saved(post)


def save(post: OwnPost, form: object) -> None:
    """Title, product and tags are a question's alone."""
    session, values = db.session(), form.data  # type: ignore[attr-defined]
    labels = None
    if isinstance(post, Question):
        product = queries.product(session, values["product"]) if values.get("product") else None
        labels = product, split_tags(values.get("tags") or "")
    service.edit(session, post, values.get("title"), values["body"], current_user, now(), labels)


def edit_page(post: OwnPost, form: object, status: int, preview: bool = False) -> tuple[str, int]:
    return render_template("questions/edit.html", form=form, post=post, preview=preview), status


@questions.post("/posts/<int:post_id>/deletion")
@auth_required("session")
def remove(post_id: int) -> Response:
    post = queries.post(db.session(), post_id)
    service.remove(db.session(), post, current_user, now())
    db.session.commit()
    flash(_("Deleted."), "info")
    return redirect(url_for(".home")) if isinstance(post, Question) else back_to(post, anchor=False)


@questions.get("/posts/<int:post_id>")
def permalink(post_id: int) -> Response:
    """The lasting address of one post, wherever it stands by now."""
    if target := queries.merged_into(db.session(), post_id):
        is_question = db.session.get(Question, target) is not None
        return redirect(url_for(".show", question_id=target) if is_question else url_for(".permalink", post_id=target))
    post = queries.post(db.session(), post_id, pages.reader())
    queries.bare_question(db.session(), post.question_id or post.id, pages.reader())
    return back_to(post)


@questions.get("/posts/<int:post_id>/revisions")
def history(post_id: int) -> str:
    post = queries.post(db.session(), post_id, pages.reader())
    service.require_words(post)
    return render_template("questions/history.html", post=post, versions=revisions.versions(db.session(), post))


@questions.post("/posts/<int:post_id>/revisions/<int:number>/restoration")
@auth_required("session")
@writes
def restore(post_id: int, number: int) -> Response:
    post = queries.editable_post(db.session(), post_id, current_user)
    service.restore(db.session(), post, number, current_user, now())
    where = saved(post)
    flash(_("It reads as it did before. What it said until now is kept in its history."), "success")
    return where


def saved(post: Post) -> Response:
    """Commit, and lead to the post. On which page it stands is looked up afterwards: others wait for the writer's place."""
    db.session.commit()
    will_write(False)
    return back_to(post)


def back_to(post: Post, anchor: bool = True) -> Response:
    """The question's page, at this post."""
    question_id = post.id if isinstance(post, Question) else post.question_id
    page = page_of(post)
    return redirect(
        url_for(
            ".show", question_id=question_id, page=page if page > 1 else None,
            _anchor=f"post-{post.id}" if anchor else None,
        )
    )  # fmt: skip


def page_of(post: Post) -> int:
    parent: Post | None = post
    if isinstance(post, Comment):
        parent = db.session.get(Post, post.parent_id)
    return thread.page_of(db.session(), parent) if isinstance(parent, Answer) else 1
