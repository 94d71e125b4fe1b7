"""Drafts: saved by a script or a button, listed, thrown away and brought back."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import auth_required, current_user
from markupsafe import Markup

from community import drafts, uploads
from community.db import db
from community.models import Draft
from community.writing import places
from community.writing.blueprint import Answer, often, told_in_json, wants_json, writing

FIELDS = ("title", "body", "product", "tags")


@writing.get("/drafts")
@auth_required("session")
def listed() -> str:
    own = drafts.drafts_of(db.session(), current_user)
    return render_template("writing/drafts.html", drafts=own, titles=drafts.titles(db.session(), own))


@writing.post("/drafts")
@auth_required("session")
@often
@told_in_json
def save_draft() -> Answer:
    """A script saves by itself and is told the version; a button says so on the page that it came from."""
    now, place = datetime.now(UTC), request.form.get("place", "")
    typed = {name: request.form.get(name, "") for name in FIELDS}
    wrong: list[str] = []
    if not wants_json():
        images = request.files.getlist("images")
        typed["body"], wrong = uploads.keep_all(db.session(), typed["body"], images, current_user, now)
    words, known = drafts.words(**typed), moment(request.form.get("saved_at", ""))
    try:
        draft = drafts.save(db.session(), current_user, place, words, known, now, wants_json())
    except drafts.Overtaken as error:
        return overtaken(error, place, words)
    saved_at = (
        draft.saved_at.isoformat() if draft else ""
    )  # read after the commit, it would take the writer's place again
    db.session.commit()
    if wants_json():
        return {"saved_at": saved_at}
    for message in wrong:
        flash(message, "danger")
    flash(_("The draft is saved.") if draft else _("There was nothing to save."), "success" if draft else "info")
    return redirect(places.page_of(place))


def overtaken(error: drafts.Overtaken, place: str, words: drafts.Words) -> Answer:
    """Both versions, for the person to choose. A button's draft is there, or it would have been saved."""
    other = error.draft
    if not wants_json():
        page = places.page_of(place)
        return render_template("writing/conflict.html", mine=words, other=other, place=place, page=page), 409
    shape = {name: getattr(other, name) for name in FIELDS} if other else None
    saved_at = other.saved_at.isoformat() if other else ""
    db.session.rollback()
    return {"error": error.message, "draft": shape, "saved_at": saved_at}, 409


def moment(text: str) -> datetime | None:
    """The version of a draft, as a page was told it."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


@writing.post("/drafts/<int:draft_id>/deletion")
@auth_required("session")
@often
def throw_away(draft_id: int) -> Answer:
    draft = drafts.throw_away(db.session(), current_user, draft_id, datetime.now(UTC))
    db.session.commit()
    flash(Markup(render_template("writing/thrown.html", draft=draft)), "info")  # noqa: S704  (our own template)
    return redirect(back_from(draft))


@writing.post("/drafts/<int:draft_id>/restoration")
@auth_required("session")
@often
def bring_back(draft_id: int) -> Answer:
    draft = drafts.bring_back(db.session(), current_user, draft_id, datetime.now(UTC))
    db.session.commit()
    flash(_("Your draft is back."), "success")
    return redirect(back_from(draft))


def back_from(draft: Draft) -> str:
    """To the list if one came from there, else to where the draft is written."""
    return url_for(".listed") if request.form.get("from") == "list" else places.page_of(draft.place)
