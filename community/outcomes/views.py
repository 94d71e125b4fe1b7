"""Drafting, looking at and publishing what became of a theme: for product managers."""

from datetime import UTC, date, datetime

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.wrappers import Response

from community.anonymity import large_alone
from community.db import db
from community.errors import DomainError, Invalid
from community.insights import queries as themes
from community.insights.acting import ENDED, day_of
from community.insights.queries import Quote
from community.models import Outcome
from community.outcomes import public_views, queries, service, words
from community.outcomes.audience import Audience, audience
from community.outcomes.blueprint import outcomes
from community.web.access import READERS_OF_INSIGHTS, roles_only
from community.web.languages import LOCALES

__all__ = ["outcomes", "public_views"]

MOST_SHOWN = 200  # sentences
FIELDS = ("title", "title_zh", "body", "body_zh")


@outcomes.get("/insights/themes/<int:theme_id>/outcome")
@roles_only(*READERS_OF_INSIGHTS)
def edit(theme_id: int) -> str | Response:
    theme = themes.theme(db.session(), theme_id)
    if theme.id != theme_id:
        return redirect(url_for(".edit", theme_id=theme.id))
    return page(theme_id)


def page(theme_id: int, sent: dict[str, str] | None = None) -> str:
    """The form, filled as it was sent or as the draft is kept; below it what that would look like, and who would hear."""
    session, moment = db.session(), datetime.now(UTC)
    theme = themes.theme(session, theme_id)
    draft = service.draft_of(session, theme.id)
    people = audience(session, theme.id, moment)
    is_whole = draft is not None and bool(draft.title and draft.body)
    return render_template(
        "outcomes/edit.html", theme=theme, draft=draft, sent=sent or {}, today=moment.date().isoformat(),
        is_ended=theme.status in ENDED, is_whole=is_whole,
        previews=[words.preview(draft, locale) for locale in LOCALES] if draft and is_whole else [],
        counts=shown_counts(people), locales=LOCALES, said=said_by(people),
    )  # fmt: skip


def shown_counts(people: Audience) -> dict[str, dict[str, int | None]]:
    """By way, and by reason of those left out; None for groups that are too small to be numbered."""
    least = current_app.config["K_ANONYMITY"]
    return {part: large_alone(groups, least) for part, groups in people.counts().items()}


def said_by(people: Audience) -> list[Quote]:
    """The words by which those who hear were found, covered as on the theme's page: the machine may have erred."""
    if len(people.people) < current_app.config["K_ANONYMITY"]:
        return []
    ids = [one.raiser.mention_id for one in people.told][:MOST_SHOWN]
    found = themes.quotes(db.session(), ids)
    return [found[key] for key in ids if key in found]


@outcomes.post("/insights/themes/<int:theme_id>/outcome")
@roles_only(*READERS_OF_INSIGHTS)
def save(theme_id: int) -> Response | tuple[str, int]:
    session, moment = db.session(), datetime.now(UTC)
    sent = {name: request.form.get(name, "") for name in FIELDS}
    try:
        service.save(
            session, themes.theme(session, theme_id), sent, done_on(moment.date()), current_user, moment
        )  # fmt: skip
    except Invalid as error:
        session.rollback()
        flash(error.message, "danger")
        return page(theme_id, sent | {"done_on": request.form.get("done_on", "")}), error.status
    session.commit()
    flash(_("The draft is kept. Nobody has heard of it yet."), "success")
    return redirect(url_for(".edit", theme_id=theme_id) + "#preview")


def done_on(today: date) -> date:
    return day_of(request.form.get("done_on", "")) or today


@outcomes.post("/insights/outcomes/<int:outcome_id>/publication")
@roles_only(*READERS_OF_INSIGHTS)
def publish(outcome_id: int) -> Response:
    session, found = db.session(), queries.outcome(db.session(), outcome_id)
    theme_id = found.theme_id
    try:
        service.publish(session, found, current_user, datetime.now(UTC), request.form.get("seen", ""))
    except DomainError as error:
        session.rollback()
        flash(error.message, "danger")
        return redirect(url_for(".edit", theme_id=theme_id))
    session.commit()
    flash(_("Published. Those who raised it are being told."), "success")
    return to_theme(found)


@outcomes.post("/insights/outcomes/<int:outcome_id>/withdrawal")
@roles_only(*READERS_OF_INSIGHTS)
def withdraw(outcome_id: int) -> Response:
    found = queries.outcome(db.session(), outcome_id)
    service.withdraw(db.session(), found, current_user, datetime.now(UTC))
    db.session.commit()
    flash(_("Withdrawn: the page and the notes are gone. The history brings them back."), "success")
    return to_theme(found)


@outcomes.post("/insights/outcomes/<int:outcome_id>/deletion")
@roles_only(*READERS_OF_INSIGHTS)
def discard(outcome_id: int) -> Response:
    found = queries.outcome(db.session(), outcome_id)
    theme_id = found.theme_id
    service.discard(db.session(), found, current_user)
    db.session.commit()
    flash(_("The draft is gone."), "success")
    return redirect(url_for("insights.theme", theme_id=theme_id))


def to_theme(found: Outcome) -> Response:
    return redirect(url_for("insights.theme", theme_id=found.theme_id) + "#act")
