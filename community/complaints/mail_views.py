"""The page of mail that was refused: no mail is lost, and an agent decides what becomes of it."""

from datetime import UTC, datetime

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response

from community.complaints import received
from community.complaints.blueprint import complaints
from community.db import db
from community.web.access import STAFF_OF_COMPLAINTS, roles_only
from community.web.urls import row_number


@complaints.get("/inbox/mails")
@roles_only(*STAFF_OF_COMPLAINTS)
def mails() -> str:
    rows = received.refused(db.session(), row_number(request.args.get("after")))
    shown = rows[: received.PAGE]
    return render_template(
        "complaints/mails.html", rows=[(row, received.reason(row)) for row in shown],
        next_key=shown[-1].id if len(rows) > received.PAGE else None,
    )  # fmt: skip


@complaints.get("/inbox/mails/<int:mail_id>.eml")
@roles_only(*STAFF_OF_COMPLAINTS)
def original(mail_id: int) -> FlaskResponse:
    """As it came, to be saved."""
    found = received.kept(db.session(), mail_id)
    response = FlaskResponse(found.original, mimetype="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=f"mail-{found.id}.eml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@complaints.post("/inbox/mails/<int:mail_id>/retry")
@roles_only(*STAFF_OF_COMPLAINTS)
def retry_mail(mail_id: int) -> Response:
    """Once more, or as a case whoever sent it."""
    found = received.kept(db.session(), mail_id, for_update=True)
    is_forced = bool(request.form.get("force"))
    received.try_again(db.session(), found, current_user, datetime.now(UTC), is_forced)
    complaint_id = found.complaint_id
    db.session.commit()
    flash(_("The mail was taken."), "success")
    return redirect(url_for(".show", complaint_id=complaint_id) if complaint_id else url_for(".mails"))


@complaints.post("/inbox/mails/<int:mail_id>/deletion")
@roles_only(*STAFF_OF_COMPLAINTS)
def delete_mail(mail_id: int) -> Response:
    received.put_aside(db.session(), received.kept(db.session(), mail_id), current_user)
    db.session.commit()
    flash(_("The original was thrown away."), "success")
    return redirect(url_for(".mails"))
