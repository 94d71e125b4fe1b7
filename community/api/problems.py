"""What went wrong, as RFC 9457 problem details; the pages' words for it stand in `web/errors.py`."""

import json
import logging
import secrets
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, Unauthorized

from community.db import db, is_busy
from community.errors import DomainError
from community.web.errors import messages_of_status

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


def register(api: Blueprint) -> None:
    api.register_error_handler(DomainError, on_domain_error)
    api.register_error_handler(UnicodeError, on_undecodable)
    api.register_error_handler(OperationalError, on_database_error)
    api.register_error_handler(IntegrityError, on_collision)
    for known_by_status in (HTTPException, RateLimitExceeded, RequestEntityTooLarge, Unauthorized):
        api.register_error_handler(known_by_status, on_http_error)
    api.register_error_handler(Exception, on_crash)
    api.after_app_request(turn_page_into_problem)


def problem(status: int, detail: str = "", **more: str) -> Response:
    """`type` is left out, so it is about:blank and the title is the status's own."""
    known = {"title": HTTPStatus(status).phrase, "status": status, "detail": str(detail), **more}
    body = {name: value for name, value in known.items() if value}
    return Response(json.dumps(body, ensure_ascii=False), status, content_type=MEDIA_TYPE)


def on_domain_error(error: DomainError) -> Response:
    db.session.rollback()
    response = problem(error.status, error.message or messages_of_status().get(error.status, ""))
    if (seconds := getattr(error, "retry_after_s", None)) is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def on_undecodable(_error: UnicodeError) -> Response:
    return problem(400, _("The text is not valid UTF-8. Please send it again."))


def on_database_error(error: OperationalError) -> Response:
    if not is_busy(error):
        return on_crash(error)
    db.session.rollback()
    response = problem(503, _("Many people are writing just now. Please send it again in a few seconds."))
    response.headers["Retry-After"] = "3"
    return response


def on_collision(error: IntegrityError) -> Response:
    if "unique" not in str(error.orig).lower():
        return on_crash(error)
    db.session.rollback()
    return problem(409, messages_of_status()[409])


def on_http_error(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    db.session.rollback()
    details = {429: _("Too many requests. Please wait as long as Retry-After says."), 404: messages_of_status()[404]}
    response = problem(status, details.get(status, error.description or ""))
    response.headers.extend((name, value) for name, value in error.get_headers() if name != "Content-Type")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if _sent_one() else "Bearer"
    return response


def _sent_one() -> bool:
    return "Authorization" in request.headers


def on_crash(error: Exception) -> Response:
    number = secrets.token_hex(4)
    log.error("error %s at %s %s", number, request.method, request.path, exc_info=error)
    db.session.rollback()
    return problem(500, _("It is our fault, and it was written down. Please try again later."), number=number)


def turn_page_into_problem(response: Response) -> Response:
    """What was refused before a view was chosen, such as an address that does not exist, came as a page."""
    if response.status_code < 400 or not request.path.startswith("/api/") or response.mimetype != "text/html":
        return response
    answer = problem(response.status_code, messages_of_status().get(response.status_code, ""))
    kept = ((name, value) for name, value in response.headers if name not in {"Content-Type", "Content-Length"})
    for name, value in kept:
        answer.headers[name] = value
    return answer
