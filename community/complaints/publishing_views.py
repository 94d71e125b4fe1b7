"""Publish as question: the agent's proposal, and the page on which the customer sees it and decides."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from community.complaints import publishing
from community.complaints.blueprint import complaints, worked_by_current
from community.db import db
from community.errors import Invalid, NotFound
from community.web.extensions import limiter


@complaints.route("/complaints/<int:complaint_id>/publication", methods=["GET", "POST"])
@auth_required("session")
def propose(complaint_id: int) -> Response | str | tuple[str, int]:
    """The text as it would be public, for the agent to look through before the customer is asked."""
    found, wrong = worked_by_current(complaint_id), ""
    if request.method == "GET":
        title, body = publishing.draft(db.session(), found)
    else:
        title, body = request.form.get("title", ""), request.form.get("body", "")
        try:
            publishing.propose(db.session(), found, title, body, current_user, datetime.now(UTC))
            db.session.commit()
            flash(_("The customer is asked. Nothing is public before they agree."), "success")
            return redirect(url_for(".show", complaint_id=complaint_id))
        except Invalid as error:
            db.session.rollback()
            wrong = str(error.message)
    page = render_template(
        "complaints/propose.html", complaint=worked_by_current(complaint_id), title=title, body=body, wrong=wrong
    )
    return page, 422 if wrong else 200


@complaints.post("/complaints/<int:complaint_id>/publication/withdrawal")
@auth_required("session")
def withdraw_proposal(complaint_id: int) -> Response:
    found = worked_by_current(complaint_id)
    there = publishing.current(db.session(), found.id)
    if there is None:
        raise NotFound
    publishing.withdraw(db.session(), there, current_user, datetime.now(UTC))
    db.session.commit()
    flash(_("The proposal was taken back."), "success")
    return redirect(url_for(".show", complaint_id=complaint_id))


@complaints.route("/publish/<publication_token>", methods=["GET", "POST"])
@limiter.limit("30 per hour", methods=["POST"])
def decide(publication_token: str) -> Response | str | tuple[str, int]:
    """Whoever holds the link of the mail, or of the page of the case, is the customer. Opening it decides nothing."""
    found = publishing.publication_of(db.session(), publication_token)
    wrong, sentence = "", request.form.get("sentence", "").replace("\r\n", "\n")
    if request.method == "POST":
        try:
            publishing.decide(db.session(), found, request.form.get("decision", ""), datetime.now(UTC), sentence)
            db.session.commit()
            return redirect(url_for(".decide", publication_token=publication_token))
        except Invalid as error:
            db.session.rollback()
            wrong = str(error.message)
    if found.state == "withdrawn":
        later = publishing.later(db.session(), found)
        return render_template("complaints/withdrawn.html", later=publishing.path_of(later) if later else None)
    facts = {
        "publication": found, "has_account": publishing.has_account(db.session(), found),
        "has_words": publishing.why_declined(db.session(), found) is not None,
        "wrong": wrong, "sentence": sentence, "longest": publishing.LONGEST_SENTENCE,
    }  # fmt: skip
    page = render_template("complaints/decide.html", publication_token=publication_token, **facts)
    return page, 422 if wrong else 200
