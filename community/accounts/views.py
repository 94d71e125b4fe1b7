"""The reader's language; signing in, joining and the password are Flask-Security's views."""

from flask import Blueprint, redirect, request, session
from flask_security import current_user
from werkzeug.wrappers import Response

from community.db import db
from community.errors import NotFound
from community.web.languages import LOCALES
from community.web.urls import same_site

accounts = Blueprint("accounts", __name__)


@accounts.post("/language/<locale>")
def choose_language(locale: str) -> Response:
    if locale not in LOCALES:
        raise NotFound
    session["locale"] = locale
    if current_user.is_authenticated:
        current_user.locale = locale
        db.session.commit()
    return redirect(same_site(request.form.get("next")) or "/")
