"""One's own pages: the private home, and what others see of oneself."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_security import auth_required, current_user
from limits import parse
from werkzeug.wrappers import Response

from community import drafts
from community.db import db
from community.errors import NotFound
from community.people import home as reads
from community.people import service
from community.people.blueprint import people
from community.people.forms import ProfileForm
from community.web.extensions import limiter
from community.web.urls import parse_key

# All posts are looked through for calls of the old handle, and others' words change.
NEW_HANDLES = parse("3 per day")


@people.get("/home")
@auth_required("session")
def home() -> str:
    name = request.args.get("tab", reads.TABS[0])
    if name not in reads.TABS:
        raise NotFound
    page = reads.tab(db.session(), current_user, name, parse_key(request.args.get("after")))
    rows = [row[0] for row in page.rows]
    return render_template(
        "people/home.html", tab=name, page=page, overview=reads.overview(db.session(), current_user),
        news=reads.news(db.session(), current_user, rows) if name == "questions" else {},
        titles=drafts.titles(db.session(), rows) if name == "drafts" else {},
    )  # fmt: skip


@people.route("/settings/profile", methods=["GET", "POST"])
@auth_required("session")
@limiter.limit("30 per hour", key_func=lambda: f"account {current_user.get_id()}", methods=["POST"])
def settings() -> Response | str | tuple[str, int]:
    form = ProfileForm(
        name=current_user.name, handle=current_user.handle, about=current_user.about, locale=current_user.locale or ""
    )
    if not form.validate_on_submit():
        page = render_template("people/settings.html", form=form, longest=service.LONGEST_ABOUT)
        return page, 422 if form.is_submitted() else 200
    before, whose = current_user.handle, f"account {current_user.id}"
    if limiter.enabled and form.handle.data != before and not limiter.limiter.test(NEW_HANDLES, "handle", whose):
        form.handle.errors = [_("You changed it three times in a day. Please try again tomorrow.")]
        return render_template("people/settings.html", form=form, longest=service.LONGEST_ABOUT), 422
    try:
        service.save_profile(
            db.session(), current_user, form.name.data, form.handle.data, form.about.data or "", form.locale.data,
            datetime.now(UTC),
        )  # fmt: skip
    except service.Refused as error:
        db.session.rollback()
        for field, message in error.wrong.items():
            form[field].errors = [message]
        return render_template("people/settings.html", form=form, longest=service.LONGEST_ABOUT), 422
    db.session.commit()
    if limiter.enabled and current_user.handle != before:
        limiter.limiter.hit(NEW_HANDLES, "handle", whose)
    remember_language(form.locale.data)
    flash(_("Saved. Others see it from now on."), "success")
    return redirect(url_for(".settings"), 303)


def remember_language(locale: str) -> None:
    """In this browser too, which may have chosen another one."""
    if locale:
        session["locale"] = locale
    else:
        session.pop("locale", None)
