"""The page of the reasons that moderators write for themselves."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response

from community.db import db
from community.errors import Conflict, Invalid
from community.moderation import log, own_reasons
from community.moderation.blueprint import moderation
from community.moderation.forms import ReasonForm
from community.web.access import MODERATORS, roles_only

TEXTS = ("name", "name_zh", "text", "text_zh")


@moderation.route("/moderation/reasons", methods=["GET", "POST"])
@roles_only(*MODERATORS)
def reasons() -> Response | tuple[str, int]:
    return edit_reason(None)


@moderation.route("/moderation/reasons/<int:reason_id>", methods=["GET", "POST"])
@roles_only(*MODERATORS)
def reason(reason_id: int) -> Response | tuple[str, int]:
    return edit_reason(reason_id)


def edit_reason(reason_id: int | None) -> Response | tuple[str, int]:
    """All of them, and the form of one or of a new one."""
    session, now = db.session(), datetime.now(UTC)
    row = own_reasons.own_reason(session, reason_id) if reason_id else None
    form = ReasonForm(obj=row)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            own_reasons.write(session, row, {name: form[name].data or "" for name in TEXTS}, current_user, now)
            session.commit()
            flash(_("Saved."), "success")
            return redirect(url_for(".reasons"), 303)
        except (Invalid, Conflict) as error:
            session.rollback()
            form.name.errors, status = [error.message], error.status
    entries = own_reasons.history(session)
    page = render_template(
        "moderation/reasons.html", form=form, rows=own_reasons.own_reasons(session), reason_id=reason_id,
        entries=entries, undone={entry.undoes_id for entry in entries}, since=now - log.UNDONE_WITHIN,
    )  # fmt: skip
    return page, status


@moderation.post("/moderation/reasons/<int:reason_id>/retirement")
@roles_only(*MODERATORS)
def retire_reason(reason_id: int) -> Response:
    row = own_reasons.own_reason(db.session(), reason_id)
    own_reasons.retire(db.session(), row, bool(request.form.get("undo")), current_user, datetime.now(UTC))
    db.session.commit()
    return redirect(url_for(".reasons"), 303)
