"""Pages of notifications: the bell's count, the list, and how often mail comes."""

from datetime import UTC, datetime

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import auth_required, current_user
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from community.db import db, is_busy, writing
from community.errors import NotFound
from community.models import NOTIFICATIONS
from community.notifications import (
    preferences,
    queries,
    service,
    unsubscribing,  # noqa: F401  (its view belongs to the blueprint)
)
from community.notifications.blueprint import notifications
from community.notifications.paths import path_of
from community.notifications.wording import HINTS, LABELS, OF_SEARCHES, OFTEN, UNMAILED, labels_for, line
from community.web.templating import may_read_insights
from community.web.urls import parse_key, row_number, same_site

notifications.add_app_template_global(line, "notification_line")

__all__ = ["notifications"]


@notifications.app_template_global("unread_notifications")
def unread_notifications() -> str:
    """For the bell: "" for none, "7", "99+"; asked once a request."""
    if "unread_notifications" not in g:
        g.unread_notifications = queries.unread_count(db.session(), current_user.id)
    return str(g.unread_notifications)


@notifications.get("/notifications")
@auth_required("session")
def listed() -> str:
    kind, only_unread = request.args.get("kind") or None, request.args.get("unread") == "1"
    page = queries.listed(db.session(), current_user, kind, only_unread, parse_key(request.args.get("after")))
    return render_template(
        "notifications/list.html", page=page, kind=kind, only_unread=only_unread, labels=labels_for(may_read_insights())
    )


@notifications.get("/notifications/<int:notification_id>/open")
@auth_required("session")
def open_one(notification_id: int) -> Response:
    """Lead to what it is about, and mark it read when a person went there: not for a prefetch, nor from elsewhere."""
    target = path_of(queries.own(db.session(), current_user, notification_id), current_user)
    if is_navigation():
        reader = current_user._get_current_object()
        db.session.rollback()  # ends the read: it could not become a write
        try:
            with writing():
                service.mark(db.session(), reader, notification_id, True, datetime.now(UTC))
                db.session.commit()
        except OperationalError as error:  # many are writing: then it stays unread, and the page opens all the same
            db.session.rollback()
            if not is_busy(error):
                raise
    return redirect(target)


def is_navigation() -> bool:
    """Whether somebody followed a link of this site; browsers that do not say so are believed."""
    headers = request.headers
    return (
        headers.get("Sec-Fetch-Site", "same-origin") in {"same-origin", "none"}
        and headers.get("Sec-Fetch-Dest", "document") == "document"
        and "prefetch" not in f"{headers.get('Sec-Purpose', '')} {headers.get('Purpose', '')}"
    )


@notifications.post("/notifications/<int:notification_id>/read")
@auth_required("session")
def mark(notification_id: int) -> Response:
    is_read = request.form.get("undo") != "1"
    if not service.mark(db.session(), current_user, notification_id, is_read, datetime.now(UTC)):
        raise NotFound
    db.session.commit()
    return back_to_list()


@notifications.post("/notifications/read")
@auth_required("session")
def mark_all() -> Response:
    last_id, kind = request.form.get("last_id", 0, type=int), request.form.get("kind") or None
    service.mark_all(db.session(), current_user, min(last_id, 2**31 - 1), kind, datetime.now(UTC))
    db.session.commit()
    return back_to_list()


@notifications.post("/notifications/seen")
@auth_required("session")
def seen() -> Response:
    """A script says that a question's or a complaint's page is open: what was told about it is read. How many are left."""
    if complaint_id := row_number(request.form.get("complaint_id")):
        service.mark_complaint(db.session(), current_user, complaint_id, datetime.now(UTC))
        db.session.commit()
        return jsonify(unread=queries.unread_count(db.session(), current_user.id))
    question_id = request.form.get("question_id", 0, type=int)
    if not 0 < question_id < 2**31 or not queries.has_question(db.session(), question_id):
        raise NotFound
    service.mark_question(db.session(), current_user, question_id, datetime.now(UTC))
    db.session.commit()
    return jsonify(unread=queries.unread_count(db.session(), current_user.id))


def back_to_list() -> Response:
    return redirect(same_site(request.form.get("next")) or url_for(".listed"), 303)


@notifications.route("/settings/notifications", methods=["GET", "POST"])
@auth_required("session")
def settings() -> Response | str:
    if request.method == "POST":
        wanted = {kind: request.form[kind] for kind in NOTIFICATIONS if kind in request.form}
        preferences.save(db.session(), current_user.id, wanted, request.form.get("paused") == "1")
        db.session.commit()
        flash(_("Saved."), "success")
        return redirect(url_for(".settings"), 303)
    chosen, is_paused = preferences.own(db.session(), current_user)
    if chosen["saved search"] != "never":
        chosen["saved search"] = "daily"
    return render_template(
        "notifications/settings.html",
        chosen=chosen,
        is_paused=is_paused,
        labels={kind: label for kind, label in labels_for(may_read_insights()).items() if kind not in UNMAILED},
        hints=HINTS,
        choices={kind: OF_SEARCHES if kind == "saved search" else OFTEN for kind in LABELS},
    )
