"""The agents' inbox: the list, changes of many cases, replies that are written often."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_security import current_user
from werkzeug.wrappers import Response

from community.complaints import bulk, canned, finding, queries, states
from community.complaints.blueprint import complaints
from community.complaints.forms import CannedForm
from community.db import db
from community.errors import Conflict, Invalid
from community.models import CHANNELS, PRIORITIES
from community.web.access import STAFF_OF_COMPLAINTS, roles_only
from community.web.urls import row_number, same_site

NARROWED = ("assignee", "priority", "product", "label", "channel", "words")


@complaints.get("/inbox")
@roles_only(*STAFF_OF_COMPLAINTS)
def inbox() -> str:
    status, now = request.args.get("status", "unresolved"), datetime.now(UTC)
    chosen = {name: value for name in NARROWED if (value := request.args.get(name, "").strip())}
    if request.args.get("mine"):
        chosen["assignee"] = str(current_user.id)
    page = queries.inbox(db.session(), status, narrowing(chosen), request.args.get("after"), now)
    return render_template(
        "complaints/inbox.html", inbox=page, status=status, filters=queries.FILTERS, chosen=chosen, now=now,
        agents=queries.agents(db.session()), products=queries.products(db.session()), channels=CHANNELS,
        label_names=queries.label_names(db.session()), priorities=PRIORITIES, snoozes=tuple(bulk.SNOOZES),
        longest=finding.LONGEST, statuses=[one for one in states.BY_HAND if one not in ("new", "reopened")],
    )  # fmt: skip


def narrowing(chosen: dict[str, str]) -> queries.Narrowing:
    assignee, product = chosen.get("assignee", ""), chosen.get("product", "")
    return queries.Narrowing(
        assignee_id=row_number(assignee),
        product_id=getattr(queries.product(db.session(), product), "id", -1) if product else None,
        priority=chosen.get("priority"), label=chosen.get("label"), channel=chosen.get("channel"),
        words=chosen.get("words", ""),
    )  # fmt: skip


@complaints.post("/inbox/changes")
@roles_only(*STAFF_OF_COMPLAINTS)
def change_many() -> Response:
    """One change for all that were ticked."""
    what = request.form.get("what", "")
    seen = bulk.seen_versions(request.form.getlist("case"))
    outcome = bulk.change(db.session(), seen, what, request.form.get(what, ""), current_user, datetime.now(UTC))
    db.session.commit()
    if outcome.changed:
        text = ngettext("%(num)s case was changed.", "%(num)s cases were changed.", len(outcome.changed))
        flash(text, "success")
    for number, reason in outcome.left.items():
        flash(_("Case %(number)s was left as it is: %(reason)s", number=number, reason=reason), "warning")
    return redirect(same_site(request.form.get("next")) or url_for(".inbox"))


@complaints.route("/inbox/canned", methods=["GET", "POST"])
@roles_only(*STAFF_OF_COMPLAINTS)
def canned_replies() -> Response | str | tuple[str, int]:
    return edit_canned(None)


@complaints.route("/inbox/canned/<int:canned_id>", methods=["GET", "POST"])
@roles_only(*STAFF_OF_COMPLAINTS)
def canned_reply(canned_id: int) -> Response | str | tuple[str, int]:
    return edit_canned(canned_id)


def edit_canned(canned_id: int | None) -> Response | str | tuple[str, int]:
    """All of them, and the form of one or of a new one."""
    row = canned.canned_reply(db.session(), canned_id) if canned_id else None
    form = CannedForm(obj=row)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            texts = (form.name.data, form.body.data, form.body_zh.data or "")
            canned.write(db.session(), row, *texts, current_user, datetime.now(UTC))
            db.session.commit()
            flash(_("Saved."), "success")
            return redirect(url_for(".canned_replies"))
        except (Invalid, Conflict) as error:
            db.session.rollback()
            form.name.errors, status = [error.message], error.status
    rows = canned.canned_replies(db.session())
    page = render_template("complaints/canned.html", form=form, rows=rows, canned_id=canned_id, fields=canned.FIELDS)
    return page, status


@complaints.post("/inbox/canned/<int:canned_id>/deletion")
@roles_only(*STAFF_OF_COMPLAINTS)
def delete_canned(canned_id: int) -> Response:
    canned.remove(db.session(), canned.canned_reply(db.session(), canned_id), current_user)
    db.session.commit()
    return redirect(url_for(".canned_replies"))
