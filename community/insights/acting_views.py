"""Acting on a theme: the form on its page, the list of themes as work, and a theme taken along with its evidence."""

from datetime import UTC, datetime, timedelta

from flask import Response, current_app, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from community.db import db
from community.insights import acting, evidence, listing, outcomes, queries
from community.insights.blueprint import back, insights, now, told
from community.models import DEPARTMENTS, THEME_STATUSES, Correction
from community.web.access import READERS_OF_INSIGHTS, roles_only

EXPORT_DAYS = (30, 90, 365)
TYPES = {"md": "text/markdown", "csv": "text/csv", "json": "application/json"}


@insights.get("/insights/themes")
@roles_only(*READERS_OF_INSIGHTS)
def themes() -> str:
    what, today = listing.wanted(request.args), datetime.now(UTC).date()
    found = listing.page(db.session(), what, current_user, today, request.args.get("page", 1, type=int))
    return render_template(
        "insights/themes.html", page=found, what=what, statuses=THEME_STATUSES, departments=DEPARTMENTS,
        overdue=listing.overdue(db.session(), today), is_overdue=lambda theme: acting.is_overdue(theme, today),
    )  # fmt: skip


@insights.post("/insights/themes/<int:theme_id>/acting")
@roles_only(*READERS_OF_INSIGHTS)
def act(theme_id: int) -> WerkzeugResponse:
    """Department, day, note and ticket in one form: each that changed is a row of the history of its own."""
    session, form, moment = db.session(), request.form, now()
    found = queries.theme(session, theme_id)
    by = current_user
    done: list[Correction | None] = []
    if form.get("department") == "rules":
        done.append(acting.leave_to_rules(session, found, by, moment))
    elif "department" in form:
        done.append(acting.set_department(session, found, form["department"], by, moment))
    if "due_on" in form:
        done.append(acting.set_due(session, found, acting.day_of(form["due_on"]), by, moment))
    if "note" in form:
        done.append(acting.set_note(session, found, form["note"], by, moment))
    if "tracker_url" in form:
        done.append(acting.set_tracker(session, found, form["tracker_url"], by, moment))
    session.commit()
    changed = [one for one in done if one is not None]
    if len(changed) > 1:
        flash(_("Saved. Each change stands in the history, and can be undone there."), "success")
    else:
        told(changed[0] if changed else None, _("Saved."))
    return back(theme_id)


@insights.get("/insights/themes/<int:theme_id>/evidence.<any(md, csv, json):file_form>")
@roles_only(*READERS_OF_INSIGHTS)
def export(theme_id: int, file_form: str) -> Response:
    days = request.args.get("days", 90, type=int)
    days = days if days in EXPORT_DAYS else 90
    end = queries.until(db.session(), datetime.now(UTC))
    found = evidence.of_theme(
        db.session(), theme_id, end - timedelta(days=days), end, current_app.config["K_ANONYMITY"]
    )
    response = Response(evidence.FORMS[file_form](found), mimetype=TYPES[file_form])
    response.headers["Content-Disposition"] = f"attachment; filename=earshot-theme-{found.theme.id}.{file_form}"
    return response


def act_facts(theme_id: int) -> dict[str, object]:
    """What `insights/_act.html` shows besides the theme itself."""
    today = datetime.now(UTC).date()
    return {
        "outcomes": outcomes.of_theme(db.session(), theme_id, current_app.config["K_ANONYMITY"]), "departments": DEPARTMENTS, "is_overdue": lambda theme: acting.is_overdue(theme, today),
        "export_url": lambda form, days: url_for("insights.export", theme_id=theme_id, file_form=form, days=days),
    }  # fmt: skip
