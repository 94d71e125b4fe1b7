"""Rating a case, with or without signing in, and the page of figures."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from community.complaints import figures as counting
from community.complaints import rating
from community.complaints.blueprint import complaints, is_own, seen_by_current
from community.db import db
from community.errors import Invalid, NotAllowed
from community.models import Complaint
from community.web.access import STAFF_OF_COMPLAINTS, roles_only
from community.web.extensions import limiter


@complaints.route("/rate/<rating_token>", methods=["GET", "POST"])
@limiter.limit("30 per hour", methods=["POST"])
def rate_by_link(rating_token: str) -> str | tuple[str, int]:
    """Whoever holds the link of the mail answers it, once. Opening it changes nothing: machines open links too."""
    found = rating.rating_of(db.session(), rating_token)
    subject = db.session().get_one(Complaint, found.complaint_id).subject
    wrong, status, sentence = "", 200, request.form.get("sentence", "")
    if request.method == "POST" and found.rated_at is None:
        try:
            score = request.form.get("score", type=int)
            rating.rate(db.session(), found, score, sentence, None, datetime.now(UTC))
            db.session.commit()
        except Invalid as error:
            wrong, status = str(error.message), 422
    return render_template(
        "complaints/rate.html", rating_token=rating_token, subject=subject, is_rated=found.rated_at is not None,
        scores=rating.SCORES, wrong=wrong, sentence=sentence,
    ), status  # fmt: skip


@complaints.post("/complaints/<int:complaint_id>/rating")
@auth_required("session")
def rate(complaint_id: int) -> Response:
    found = seen_by_current(complaint_id)
    if not is_own(found):
        raise NotAllowed(_("Only the customer can say how it went."))
    score, sentence = request.form.get("score", type=int), request.form.get("sentence", "")
    rating.rate_case(db.session(), found, score, sentence, current_user, datetime.now(UTC))
    db.session.commit()
    flash(_("Thank you. What you say is read."), "success")
    return redirect(url_for(".show", complaint_id=complaint_id))


@complaints.get("/inbox/figures")
@roles_only(*STAFF_OF_COMPLAINTS)
def figures() -> str:
    days = request.args.get("days", 30, type=int)
    days = days if days in counting.PERIODS else 30
    found = counting.figures(db.session(), days, datetime.now(UTC))
    return render_template(
        "complaints/figures.html", figures=found, days=days, periods=counting.PERIODS, width=counting.WIDTH,
        height=counting.HEIGHT,
    )  # fmt: skip
