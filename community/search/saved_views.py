"""The page of one's saved searches."""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import lazy_gettext as _l
from flask_security import auth_required, current_user
from werkzeug.wrappers import Response

from community.db import db
from community.search import saving
from community.search.blueprint import search

OFTEN = {"now": _l("At once"), "daily": _l("Daily"), "weekly": _l("Weekly"), "never": _l("No mail")}
TOLD = {
    "now": _l("Saved. You hear of what is new within ten minutes."),
    "daily": _l("Saved. You hear of what is new once a day."),
    "weekly": _l("Saved. You hear of what is new once a week."),
    "never": _l("Saved. It stays in this list, and you hear of nothing."),
}
REMOVED = "removed_search"  # in the cookie, until the page has offered to bring it back


@search.get("/searches")
@auth_required("session")
def saved() -> str:
    removed: dict[str, Any] | None = session.pop(REMOVED, None)
    return render_template(
        "search/saved.html", searches=saving.saved_searches(db.session(), current_user), often=OFTEN, removed=removed
    )  # fmt: skip


@search.post("/searches")
@auth_required("session")
def save() -> Response:
    form = request.form
    made = saving.save(
        db.session(), form.get("q", ""), form.get("name", ""), form.get("frequency", "daily"), current_user,
        datetime.now(UTC),
    )  # fmt: skip
    flash(str(TOLD[made.frequency]), "success")
    db.session.commit()
    return redirect(url_for(".saved"), 303)


@search.post("/searches/<int:search_id>")
@auth_required("session")
def change(search_id: int) -> Response:
    name, frequency = request.form.get("name", ""), request.form.get("frequency", "daily")
    changed = saving.change(db.session(), search_id, name, frequency, current_user, datetime.now(UTC))
    flash(str(TOLD[changed.frequency]), "success")
    db.session.commit()
    return redirect(url_for(".saved"), 303)


@search.post("/searches/<int:search_id>/deletion")
@auth_required("session")
def remove(search_id: int) -> Response:
    gone = saving.remove(db.session(), search_id, current_user)
    session[REMOVED] = {"q": gone.query, "name": gone.name, "frequency": gone.frequency}
    db.session.commit()
    return redirect(url_for(".saved"), 303)
