"""What agents do with one case, beside replying to it."""

from datetime import UTC, datetime

from flask import flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from community.complaints import bulk, case_queries, looking, merging, queries, sending, service
from community.complaints.blueprint import complaints, overtaken_page, seen_version, worked_by_current
from community.complaints.changing import Overtaken, labels_of, lock
from community.complaints.escalating import escalate
from community.db import db
from community.models import Complaint
from community.web.urls import row_number

Answer = Response | tuple[str, int]


def back(complaint_id: int, anchor: str | None = None) -> Response:
    db.session.commit()
    return redirect(url_for(".show", complaint_id=complaint_id, _anchor=anchor))


@complaints.post("/complaints/<int:complaint_id>/status")
@auth_required("session")
def move(complaint_id: int) -> Answer:
    found = worked_by_current(complaint_id)
    try:
        now = datetime.now(UTC)
        service.move(db.session(), found, request.form.get("status", ""), current_user, now, seen_version())
    except Overtaken as error:
        return overtaken_page(complaint_id, "", error)  # type: ignore[no-any-return]
    return back(complaint_id)


@complaints.post("/complaints/<int:complaint_id>/assignment")
@auth_required("session")
def assign(complaint_id: int) -> Answer:
    """Take the case, or give it back."""
    found = worked_by_current(complaint_id)
    assignee = None if request.form.get("undo") else current_user._get_current_object()
    try:
        service.assign(db.session(), found, assignee, current_user, datetime.now(UTC), seen_version())
    except Overtaken as error:
        return overtaken_page(complaint_id, "", error)  # type: ignore[no-any-return]
    return back(complaint_id)


@complaints.post("/complaints/<int:complaint_id>/facts")
@auth_required("session")
def change_facts(complaint_id: int) -> Answer:
    """What stands in the form beside the case, as far as it differs."""
    found = worked_by_current(complaint_id)
    try:
        change_what_differs(found, datetime.now(UTC))
    except Overtaken as error:
        return overtaken_page(complaint_id, "", error)  # type: ignore[no-any-return]
    flash(_("Saved."), "success")
    return back(complaint_id)


def change_what_differs(found: Complaint, now: datetime) -> None:
    """Each as a row of the log; the version is compared once, for the first of them changes it."""
    own, form = db.session(), request.form
    by = current_user
    lock(own, found, seen_version())
    if (priority := form.get("priority", found.priority)) != found.priority:
        service.prioritise(own, found, priority, by, now)
    if "product" in form:
        product = queries.product(own, form["product"]) if form["product"] else None
        if (product.id if product else None) != found.product_id:
            service.sort_to(own, found, product, by, now)
    if "labels" in form:
        labels = form["labels"].replace("，", ",").split(",")
        if service.checked_labels(labels) != labels_of(own, found):
            service.label(own, found, labels, by, now)
    if "assignee" in form:
        assignee = bulk.agent_of(own, form["assignee"])
        if (assignee.id if assignee else None) != found.assignee_id:
            service.assign(own, found, assignee, by, now, reason=form.get("reason", ""))
            if words := form.get("reason", "").strip():
                service.note(own, found, words, by, now)
    if (status := form.get("status", found.status)) != found.status:
        service.move(own, found, status, by, now)


@complaints.post("/complaints/<int:complaint_id>/snooze")
@auth_required("session")
def snooze(complaint_id: int) -> Answer:
    found, now = worked_by_current(complaint_id), datetime.now(UTC)
    until = bulk.until(request.form.get("snooze", ""), now)
    try:
        service.snooze(db.session(), found, until, current_user, now, seen_version())
    except Overtaken as error:
        return overtaken_page(complaint_id, "", error)  # type: ignore[no-any-return]
    return back(complaint_id)


@complaints.post("/complaints/<int:complaint_id>/notes")
@auth_required("session")
def note(complaint_id: int) -> Response:
    """A note overwrites nothing, so it needs no version."""
    found = worked_by_current(complaint_id)
    service.note(db.session(), found, request.form.get("note", ""), current_user, datetime.now(UTC))
    return back(complaint_id, "notes")


@complaints.post("/complaints/<int:complaint_id>/escalation")
@auth_required("session")
def hand_over(complaint_id: int) -> Response:
    """To the moderators: they see why, and the case if they work cases too."""
    found = worked_by_current(complaint_id)
    escalate(db.session(), found, request.form.get("reason", ""), current_user, datetime.now(UTC))
    flash(_("The moderators have it in their queue."), "success")
    return back(complaint_id, "escalation")


@complaints.post("/complaints/<int:complaint_id>/messages/<int:message_id>/undo")
@auth_required("session")
def unsend(complaint_id: int, message_id: int) -> Response:
    found = worked_by_current(complaint_id)
    message = case_queries.message_of(db.session(), found, message_id)
    sending.unsend(db.session(), found, message, current_user, datetime.now(UTC))
    flash(_("Taken back. Words and files are in the form below."), "success")
    return back(complaint_id, "reply")


@complaints.post("/complaints/<int:complaint_id>/looking")
@auth_required("session")
def look(complaint_id: int) -> Response:
    """For a script: I look still; who else does, and what version is there by now."""
    found, now = worked_by_current(complaint_id), datetime.now(UTC)
    others, version = looking.others(db.session(), found.id, current_user, now), found.version
    shape = {"others": [one.name for one in others], "version": version}
    if looking.is_due(db.session(), found.id, current_user, now):
        looking.look(db.session(), found.id, current_user, now)
        db.session.commit()
    return jsonify(shape)


@complaints.post("/complaints/<int:complaint_id>/merge")
@auth_required("session")
def merge(complaint_id: int) -> Answer:
    """This case goes into the other, which shows both from then on."""
    found = worked_by_current(complaint_id)
    into = case_queries.complaint(db.session(), row_number(request.form.get("into")) or 0)
    try:
        merging.merge(db.session(), found, into, current_user, datetime.now(UTC), seen_version())
    except Overtaken as error:
        return overtaken_page(complaint_id, "", error)  # type: ignore[no-any-return]
    flash(_("Merged. The merge can be undone on the page of either case."), "success")
    return back(into.id)


@complaints.post("/complaints/<int:complaint_id>/unmerge")
@auth_required("session")
def unmerge(complaint_id: int) -> Response:
    found = worked_by_current(complaint_id)
    merging.unmerge(db.session(), found, current_user, datetime.now(UTC))
    flash(_("The cases are two again."), "success")
    return back(complaint_id)
