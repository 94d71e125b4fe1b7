"""Flagging a post: a page of its own, so that the question's page needs no form for each post."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_security import auth_required, current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from community.db import db
from community.errors import DomainError, NotFound
from community.models import Post
from community.moderation import flags, queries, reasons
from community.moderation.blueprint import moderation, writes
from community.moderation.forms import FlagForm
from community.moderation.hiding import in_sight


@moderation.route("/posts/<int:post_id>/flag", methods=["GET", "POST"])
@auth_required("session")
@writes
def flag(post_id: int) -> Response | str | tuple[str, int]:
    post = post_of(post_id)
    form = FlagForm()
    if not form.validate_on_submit():
        return page(post, form, 422 if form.errors else 200)
    where = url_for("questions.permalink", post_id=post.id)
    try:
        flags.flag(db.session(), post, form.reason.data, form.text.data or "", current_user, datetime.now(UTC))
    except DomainError as error:
        db.session.rollback()
        flash(error.message, "danger")
        return page(post_of(post_id), form, error.status)
    still_there = post.deleted_at is None
    question = (
        url_for("questions.show", question_id=post.question_id) if post.question_id else url_for("questions.home")
    )
    db.session.commit()
    flash(_("Thank you. A moderator will look at it; “Your standing” shows what comes of it."), "success")
    return redirect(where if still_there else question, 303)


@moderation.post("/posts/<int:post_id>/flag/withdrawal")
@auth_required("session")
def withdraw(post_id: int) -> Response:
    flags.withdraw(db.session(), post_id, current_user, datetime.now(UTC))
    db.session.commit()
    flash(_("Your flag is taken back."), "success")
    return redirect(url_for("questions.permalink", post_id=post_id), 303)


def post_of(post_id: int) -> Post:
    """Raises NotFound for what this reader does not see; the flag of what was hidden meanwhile may be withdrawn."""
    found = db.session.scalar(select(Post).where(Post.id == post_id))
    if found is None or found.erased_at:
        raise NotFound
    seen = db.session.scalar(select(Post.id).where(Post.id == post_id, in_sight(current_user)))
    if seen is None and queries.own_flag(db.session(), post_id, current_user) is None:
        raise NotFound
    return found


def page(post: Post, form: FlagForm, status: int) -> tuple[str, int]:
    html = render_template(
        "moderation/flag.html", post=post, form=form, reasons=reasons.REASONS, is_own=post.author_id == current_user.id,
        own=queries.own_flag(db.session(), post.id, current_user),
    )  # fmt: skip
    return html, status
