"""Where a reader goes on: back to the page that asked for the sign-in, even when a button was pressed on it."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import abort, current_app, flash, redirect, request
from flask_babel import gettext as _
from flask_security import Security, url_for_security
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from community.web.urls import same_site


def register(security: Security) -> None:
    security.unauthn_handler(ask_to_sign_in)
    security.reauthn_handler(ask_again)
    security.want_json(lambda _request: False)  # pages only: programs have /api and its tokens


def ask_to_sign_in(_mechanisms: list[str], headers: Any = None) -> Response:
    """A script that fetches learns that nobody is signed in; a person is led to the page for it."""
    if request.headers.get("Sec-Fetch-Dest") == "empty":
        abort(401)
    if request.method == "POST":
        flash(_("You are not signed in any more, so it was not sent. Sign in and send it again."), "warning")
    else:
        flash(_("This page is for people who are signed in."), "info")
    return redirect(url_for_security("login", next=page_of_request()))


def ask_again(_within: timedelta, _grace: timedelta) -> Response:
    """The locks of an account are changed by who has just shown that it is theirs."""
    flash(_("Please show once more that it is you."), "info")
    return redirect(url_for_security("verify", next=page_of_request()))


def page_of_request() -> str:
    """The page that is asked for; after a button, the page that it stands on."""
    if request.method in {"GET", "HEAD"}:
        return _path(request.url)
    return page_of(_referring_path()) or page_of(_path(request.url)) or "/"


def _referring_path() -> str | None:
    """The path of the page of this site that sent the request, if the browser says so."""
    return _path(request.referrer) if request.referrer and urlsplit(request.referrer).netloc == request.host else None


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def page_of(target: str | None) -> str | None:
    """The page at this address of the site, or the nearest one above it: some addresses only take what is sent."""
    target = same_site(target)
    if target is None:
        return None
    path, _mark, _query = target.partition("?")
    if is_page(path):
        return target
    while path.rstrip("/"):
        path = path.rstrip("/").rpartition("/")[0]
        if path and is_page(path):
            return path
    return "/"


def is_page(path: str) -> bool:
    """Whether the address can be opened, which is not yet to say that something is there."""
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True
