"""What moderators do with a thread, on a page of its own; tags that become one; a merged question as it was asked."""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from community.db import db
from community.errors import Conflict, Invalid, NotFound
from community.models import LogEntry, Post, Question
from community.moderation import log, own_reasons
from community.moderation.reasons import action_name
from community.questions import curating, queries, revisions, tagging, thread
from community.questions.blueprint import questions
from community.web.access import MODERATORS, roles_only


@questions.get("/posts/<int:post_id>/curation")
@roles_only(*MODERATORS)
def curation(post_id: int) -> str:
    return curation_page(queries.post(db.session(), post_id))


def curation_page(post: Post) -> str:
    session = db.session()
    question = queries.bare_question(session, post.question_id or post.id)
    entries = session.scalars(
        select(LogEntry).where(LogEntry.post_id == post.id).order_by(LogEntry.id.desc()).limit(20)
    ).all()
    return render_template(
        "questions/curation.html", post=post, question=question, reasons=own_reasons.choices(session), sent=request.form, entries=entries,
        related=thread.related(session, post.id) if isinstance(post, Question) else [],
        undone={entry.undoes_id for entry in entries}, since=datetime.now(UTC) - log.UNDONE_WITHIN,
    )  # fmt: skip


@questions.post("/posts/<int:post_id>/curation")
@roles_only(*MODERATORS)
def curate(post_id: int) -> Response | tuple[str, int]:
    session, form = db.session(), request.form
    try:
        curating.require_in_place(session, post_id)
        post, action = queries.post(session, post_id), form.get("action", "")
        number = curating.question_number(form.get("target", ""))
        wish = curating.Wish(form.get("reason", ""), target_of(number), form.get("title", ""))
        entry = curating.curate(session, post, action, wish, current_user, datetime.now(UTC))
    except curating.Faster as error:
        session.rollback()
        flash(error.message, "warning")
        return redirect(url_for(".permalink", post_id=post_id), 303)
    except (Invalid, Conflict) as error:
        session.rollback()
        flash(error.message, "danger")
        return curation_page(queries.post(session, post_id)), error.status
    told: Any = {
        "text": _("Done: %(what)s.", what=action_name(action)), "url": url_for("moderation.undo"),
        "fields": {"entry": entry.id, "next": back(post)},
    }  # fmt: skip
    flash(told, "success")
    where = entry.details.get("into") or post.question_id or post.id
    session.commit()
    return redirect(url_for(".show", question_id=where), 303)


def target_of(number: int | None) -> Question | None:
    """Raises Invalid for a question that is not there."""
    if number is None:
        return None
    try:
        return queries.bare_question(db.session(), number)
    except NotFound as error:
        raise Invalid(_("There is no question with that number.")) from error


def back(post: Post) -> str:
    return url_for(".show", question_id=post.question_id or post.id)


@questions.post("/posts/<int:post_id>/revisions/<int:number>/removal")
@roles_only(*MODERATORS)
def remove_words(post_id: int, number: int) -> Response:
    session = db.session()
    revisions.remove_words(
        session, queries.post(session, post_id, current_user), number, current_user, datetime.now(UTC)
    )
    session.commit()
    flash(_("The words are gone from the history."), "success")
    return redirect(url_for(".history", post_id=post_id), 303)


@questions.get("/questions/<int:question_id>/original")
def original(question_id: int) -> str:
    return render_template("questions/original.html", question=queries.original(db.session(), question_id))


@questions.route("/moderation/tags", methods=["GET", "POST"])
@roles_only(*MODERATORS)
def tags() -> Response | str | tuple[str, int]:
    session, status = db.session(), 200
    if request.method == "POST":
        old, new = request.form.get("old", ""), request.form.get("new", "")
        try:
            tagging.merge_tags(session, old, new, current_user, datetime.now(UTC))
            session.commit()
            flash(_("Done. Whoever types the old word gets the tag."), "success")
            return redirect(url_for(".tags"), 303)
        except Invalid as error:
            session.rollback()
            flash(error.message, "danger")
            status = error.status
    page = render_template(
        "questions/tags.html", synonyms=tagging.synonyms(session), merges=tagging.merges(session), sent=request.form,
        since=datetime.now(UTC) - log.UNDONE_WITHIN,
    )  # fmt: skip
    return (page, status) if status != 200 else page
