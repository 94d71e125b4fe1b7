"""The blueprint of insights, and what its views share."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from community.models import Correction
from community.web.urls import same_site

insights = Blueprint("insights", __name__)


def now() -> datetime:
    return datetime.now(UTC)


def after_key() -> int | None:
    """The id behind which a list goes on; None on its first page, and for what is no id."""
    key = request.args.get("after", type=int)
    return key if key is not None and 0 < key < 2**31 else None


def told(done: Correction | None, text: str) -> None:
    """Say what was done, with a button that undoes it; or that there was nothing to do. After the commit."""
    if done is None:
        flash(_("It is so already."), "info")
    else:
        flash({"text": text, "undo": done.id}, "success")  # type: ignore[arg-type]


def back(theme_id: int | None = None) -> Response:
    """To the page that the form names, else to the theme, else to the reports."""
    own = url_for("insights.theme", theme_id=theme_id) if theme_id else url_for("insights.home")
    return redirect(same_site(request.form.get("next")) or own)
