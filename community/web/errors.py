"""Domain errors and HTTP errors become pages once, here. Nothing is swallowed: 5xx are logged with a number."""

import logging
import secrets
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from flask import Flask, current_app, g, render_template, request
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response

from community.db import db, is_busy
from community.errors import DomainError

log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    app.register_error_handler(DomainError, on_domain_error)
    app.register_error_handler(RateLimitExceeded, on_rate_limit)
    app.register_error_handler(RequestEntityTooLarge, on_too_large)
    app.register_error_handler(UnicodeError, on_undecodable)
    app.register_error_handler(OperationalError, on_database_error)
    app.register_error_handler(IntegrityError, on_collision)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_crash)
    app.before_request(refuse_undecodable)


def page(status: int, title: str, message: str, number: str = "") -> tuple[str, int]:
    return render_template("error.html", status=status, title=title, message=message, number=number), status


def refuse_undecodable() -> tuple[str, int] | None:
    """Bytes that are no UTF-8, in the address or the form, and NUL, which no database takes, are the sender's mistake."""
    values = [request.path, unquote(request.query_string.decode("utf-8", "replace"))]
    if request.mimetype == "application/x-www-form-urlencoded":  # Werkzeug would leave bad bytes as they were sent
        sent = unquote_to_bytes(request.get_data(parse_form_data=False).replace(b"+", b" "))
        values.append(sent.decode("utf-8", "replace"))
    if request.mimetype in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        values += [text for pair in request.form.items(multi=True) for text in pair]
    values += [text for pair in request.args.items(multi=True) for text in pair]
    if any("\ufffd" in text or "\0" in text or _has_surrogate(text) for text in values):
        return page(400, _("That could not be read"), _("The text is not valid UTF-8. Please send it again."))
    return None


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def on_domain_error(error: DomainError) -> tuple[str, int]:
    db.session.rollback()
    titles = {
        404: _("Not found"),
        403: _("Not allowed"),
        409: _("Somebody was faster"),
        422: _("Something is missing"),
    }
    return page(
        error.status,
        titles.get(error.status, _("That did not work")),
        str(error.message or messages_of_status().get(error.status, "")),
    )


def messages_of_status() -> dict[int, str]:
    return {
        403: _("You may not do this."),
        404: _("There is nothing here, or nothing that you may see."),
        409: _("Somebody else changed it in the meantime. Reload the page and look again."),
        422: _("Please check what you filled in."),
    }


def on_rate_limit(error: RateLimitExceeded) -> Any:
    return page(429, _("Too many tries"), _("Please wait a little and try again. Nothing was lost."))


def on_too_large(_error: RequestEntityTooLarge) -> tuple[str, int]:
    return page(413, _("Too large"), _("What you sent is larger than this site takes. Please shorten it."))


def on_undecodable(_error: UnicodeError) -> tuple[str, int]:
    return page(400, _("That could not be read"), _("The text is not valid UTF-8. Please send it again."))


def on_database_error(error: OperationalError) -> Any:
    forget_reader()
    db.session.rollback()
    if not is_busy(error):
        return on_crash(error)
    body, status = page(503, _("Busy"), _("Many people are writing just now. Please send it again in a few seconds."))
    return body, status, {"Retry-After": "3"}


def on_collision(error: IntegrityError) -> Any:
    """Two requests made the same thing at the same moment, or one took away what the other needs: the second is told so."""
    db.session.rollback()
    if not any(words in str(error.orig).lower() for words in ("unique", "foreign key")):
        return on_crash(error)
    return page(409, _("Somebody was faster"), messages_of_status()[409])


def on_http_error(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400 or (error.response is not None and status != 429):
        return error
    db.session.rollback()
    messages = {
        400: (_("That did not work"), _("The page may have been open for too long. Go back, reload it and try again.")),
        401: (_("Please sign in"), _("This page is for people who are signed in.")),
        403: (_("Not allowed"), _("You may not do this.")),
        404: (_("Not found"), _("There is nothing here, or nothing that you may see.")),
        405: (_("That did not work"), _("This address does not take that kind of request.")),
    }
    title, message = messages.get(status, (error.name, error.description or ""))
    body, status = page(status, title, message)
    return body, status, [header for header in error.get_headers() if header[0] != "Content-Type"]


def on_crash(error: Exception) -> tuple[str, int] | Response:
    forget_reader()
    number = secrets.token_hex(4)
    log.error("error %s at %s %s", number, request.method, request.path, exc_info=error)
    db.session.rollback()
    return page(
        500, _("Something broke"), _("It is our fault, and it was written down. Please try again later."), number
    )


def forget_reader() -> None:
    """Let the page be anybody's: what broke may be the database that knows the account."""
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]
