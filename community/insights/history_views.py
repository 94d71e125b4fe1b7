"""The history of the taxonomy: who corrected what, and the way back. What the machine learned from it stands below."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response

from community.db import db
from community.insights import corrections, history, queries
from community.insights.blueprint import insights, now
from community.web.access import READERS_OF_INSIGHTS, roles_only
from community.web.urls import same_site

MOST_ID = 2**31 - 1


@insights.get("/insights/history")
@roles_only(*READERS_OF_INSIGHTS)
def history_page() -> str:
    session = db.session()
    theme, person, after = (
        min(request.args.get(name, 0, type=int), MOST_ID) or None for name in ("theme", "person", "after")
    )
    page = history.page(session, theme, person, after)
    return render_template(
        "insights/history.html", page=page, theme_id=theme, person_id=person, people=history.people(session),
        themes=queries.other_themes(session, 0), learned=history.learned(session),
        chosen={name: key for name, key in (("theme", theme), ("person", person)) if key},
    )  # fmt: skip


@insights.post("/insights/corrections/<int:correction_id>/undoing")
@roles_only(*READERS_OF_INSIGHTS)
def undo(correction_id: int) -> Response:
    done = corrections.undo(db.session(), correction_id, current_user, now())
    db.session.commit()
    flash(_("Undone."), "success")
    home = url_for(".theme", theme_id=done.theme_id) if done.theme_id else url_for(".history_page")
    return redirect(same_site(request.form.get("next")) or home)
