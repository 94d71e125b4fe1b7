"""Pages of complaints: the form, a customer's own cases, the agents' inbox, one case."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from community.complaints import queries, service
from community.complaints.forms import ComplaintForm, ReplyForm
from community.db import db
from community.errors import NotAllowed, NotFound
from community.models import STATUSES, Complaint
from community.recognition import customer_of
from community.web.access import STAFF_OF_COMPLAINTS, roles_only
from community.web.extensions import limiter
from community.web.languages import local
from community.web.urls import parse_key

complaints = Blueprint("complaints", __name__)


@complaints.get("/complaints")
@auth_required("session")
def mine() -> str:
    rows = queries.own_complaints(db.session(), current_user.customer_id) if current_user.customer_id else []
    return render_template("complaints/mine.html", complaints=rows)


@complaints.route("/complaints/new", methods=["GET", "POST"])
@auth_required("session")
@limiter.limit("10 per hour", key_func=lambda: f"account {current_user.get_id()}", methods=["POST"])
def new() -> Response | str | tuple[str, int]:
    form = ComplaintForm()
    none = [("", _("None of these"))]
    form.product.choices = none + [(row.slug, local(row, "name")) for row in queries.products(db.session())]
    if not form.validate_on_submit():
        return render_template("complaints/new.html", form=form), 422 if form.is_submitted() else 200
    now = datetime.now(UTC)
    customer = customer_of(db.session(), current_user, now)
    if customer is None:
        raise NotAllowed(_("Staff accounts have no customer to complain for. Use a customer's account."))
    opened = service.open_complaint(
        db.session(), customer, form.subject.data, form.body.data,
        queries.product(db.session(), form.product.data) if form.product.data else None, current_user, now,
    )  # fmt: skip
    db.session.commit()
    flash(_("Sent. Only you and the company's agents can read it."), "success")
    return redirect(url_for(".show", complaint_id=opened.id))


@complaints.get("/inbox")
@roles_only(*STAFF_OF_COMPLAINTS)
def inbox() -> str:
    status = request.args.get("status", "unresolved")
    assignee = current_user if request.args.get("mine") else None
    page = queries.inbox(db.session(), status, assignee, parse_key(request.args.get("after")))
    return render_template(
        "complaints/inbox.html", inbox=page, status=status, filters=queries.FILTERS, assignee=assignee
    )


def seen_by_current(complaint_id: int) -> Complaint:
    """The case, if the reader is its customer or works complaints; for all others it does not exist."""
    found = queries.complaint(db.session(), complaint_id)
    is_own = current_user.customer_id is not None and current_user.customer_id == found.customer_id
    if not is_own and not service.is_worker(current_user):
        raise NotFound
    return found


@complaints.get("/complaints/<int:complaint_id>")
@auth_required("session")
def show(complaint_id: int) -> str:
    found = seen_by_current(complaint_id)
    return render_template(
        "complaints/show.html", complaint=found, form=ReplyForm(formdata=None), statuses=STATUSES,
        is_worker=service.is_worker(current_user),
    )  # fmt: skip


@complaints.post("/complaints/<int:complaint_id>/replies")
@auth_required("session")
def reply(complaint_id: int) -> Response | tuple[str, int]:
    found = seen_by_current(complaint_id)
    form = ReplyForm()
    if not form.validate_on_submit():
        page = render_template(
            "complaints/show.html", complaint=found, form=form, statuses=STATUSES,
            is_worker=service.is_worker(current_user),
        )  # fmt: skip
        return page, 422
    service.reply(db.session(), found, form.body.data, current_user, datetime.now(UTC))
    db.session.commit()
    return redirect(url_for(".show", complaint_id=complaint_id, _anchor="reply"))


@complaints.post("/complaints/<int:complaint_id>/status")
@auth_required("session")
def move(complaint_id: int) -> Response:
    found = seen_by_current(complaint_id)
    service.move(db.session(), found, request.form.get("status", ""), current_user, datetime.now(UTC))
    db.session.commit()
    return redirect(url_for(".show", complaint_id=complaint_id))


@complaints.post("/complaints/<int:complaint_id>/assignment")
@auth_required("session")
def assign(complaint_id: int) -> Response:
    found = seen_by_current(complaint_id)
    service.assign(db.session(), found, None if request.form.get("undo") else current_user, current_user)
    db.session.commit()
    return redirect(url_for(".show", complaint_id=complaint_id))
