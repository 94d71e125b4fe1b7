"""Pages of complaints for customers: the form, their own cases, one case. What agents do has modules of its own."""

from datetime import UTC, datetime

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from community import drafts
from community.complaints import (
    attaching,
    beside,
    canned,
    case_queries,
    inbox_views,
    mail_views,
    publishing_views,
    queries,
    rating_views,
    service,
    work_views,
)
from community.complaints.blueprint import (
    case_page,
    complaints,
    is_own,
    kept_files,
    overtaken_page,
    seen_by_current,
    seen_version,
)
from community.complaints.changing import Overtaken
from community.complaints.forms import ComplaintForm, ReplyForm
from community.db import db
from community.errors import Invalid, NotAllowed
from community.recognition import customer_of
from community.web.extensions import limiter
from community.web.languages import local
from community.web.urls import row_number

__all__ = ["complaints", "inbox_views", "mail_views", "publishing_views", "rating_views", "work_views"]

Answer = Response | str | tuple[str, int]


@complaints.get("/complaints")
@auth_required("session")
def mine() -> str:
    rows = queries.own_complaints(db.session(), current_user.customer_id) if current_user.customer_id else []
    return render_template("complaints/mine.html", complaints=rows)


@complaints.route("/complaints/new", methods=["GET", "POST"])
@auth_required("session")
@limiter.limit(
    "10 per hour", key_func=lambda: f"account {current_user.get_id()}", methods=["POST"],
    exempt_when=lambda: "preview" in request.form,
)  # fmt: skip
def new() -> Answer:
    form = ComplaintForm()
    none = [("", _("None of these"))]
    form.product.choices = none + [(row.slug, local(row, "name")) for row in queries.products(db.session())]
    if "preview" in request.form:
        return render_template("complaints/new.html", form=form, preview=True)
    if not form.validate_on_submit():
        return render_template("complaints/new.html", form=form), 422 if form.is_submitted() else 200
    now = datetime.now(UTC)
    customer = customer_of(db.session(), current_user, now)
    if customer is None:
        raise NotAllowed(_("Staff accounts have no customer to complain for. Use a customer's account."))
    try:
        opened = service.open_complaint(
            db.session(), customer, form.subject.data, form.body.data,
            queries.product(db.session(), form.product.data) if form.product.data else None, current_user, now,
            files=attaching.chosen(form.files.data or []),
        )  # fmt: skip
    except Invalid as error:
        db.session.rollback()
        form.files.errors = [error.message]
        return render_template("complaints/new.html", form=form), 422
    where = url_for(".show", complaint_id=opened.id)
    db.session.commit()
    flash(_("Sent. Only you and the company's agents can read it."), "success")
    return redirect(where)


@complaints.get("/complaints/<int:complaint_id>")
@auth_required("session")
def show(complaint_id: int) -> Answer:
    found = seen_by_current(complaint_id)
    if found.merged_into_id and is_own(found):
        return redirect(url_for(".show", complaint_id=found.merged_into_id))
    return case_page(found)  # type: ignore[no-any-return]


@complaints.post("/complaints/<int:complaint_id>/replies")
@auth_required("session")
def reply(complaint_id: int) -> Answer:
    found = seen_by_current(complaint_id)
    form = ReplyForm()
    if "insert" in request.form and service.is_worker(current_user):
        row = canned.canned_reply(db.session(), row_number(request.form.get("canned")) or 0)
        text = canned.filled(db.session(), row, found, current_user)
        form.body.data = f"{(form.body.data or '').rstrip()}\n\n{text}".lstrip()
        return case_page(found, form)  # type: ignore[no-any-return]
    if "cite" in request.form and service.is_worker(current_user):
        form.body.data = (
            f"{(form.body.data or '').rstrip()}\n\n{beside.link_to(request.form['cite'], db.session())}".lstrip()
        )
        return case_page(found, form)  # type: ignore[no-any-return]
    if "preview" in request.form:
        return case_page(found, form, preview=True)  # type: ignore[no-any-return]
    if not form.validate_on_submit():
        return case_page(found, form, 422)  # type: ignore[no-any-return]
    then, place = request.form.get("then", "waiting"), f"case:{found.id}"
    draft, kept = drafts.draft_of(db.session(), current_user, place), kept_files()
    try:
        message = service.reply(
            db.session(), found, form.body.data, current_user, datetime.now(UTC), seen=seen_version(), then=then,
            files=attaching.chosen(form.files.data or [], len(kept)), draft=draft, kept=kept,
        )  # fmt: skip
    except Overtaken as error:
        return overtaken_page(complaint_id, form.body.data, error)  # type: ignore[no-any-return]
    except Invalid as error:
        db.session.rollback()
        form.files.errors = [error.message]
        return case_page(case_queries.complaint(db.session(), complaint_id), form, 422)  # type: ignore[no-any-return]
    drafts.take(db.session(), current_user, place)
    anchor = f"message-{message.id}"
    db.session.commit()
    return redirect(url_for(".show", complaint_id=complaint_id, _anchor=anchor))


@complaints.get("/complaints/<int:complaint_id>/attachments/<int:attachment_id>")
@auth_required("session")
def attachment(complaint_id: int, attachment_id: int) -> FlaskResponse:
    """To be saved, never shown: what strangers send must not act in anybody's browser."""
    cases = case_queries.family(db.session(), seen_by_current(complaint_id))
    found = attaching.attachment(db.session(), [one.id for one in cases], attachment_id, current_user)
    if found.message_id and not service.is_worker(current_user):
        case_queries.require_sent(db.session(), found.message_id, datetime.now(UTC))
    response = FlaskResponse(found.data, mimetype="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=found.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
