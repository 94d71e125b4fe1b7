"""The blueprint of what helps while writing, and what its views share."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Blueprint, request
from flask_security import current_user
from werkzeug.wrappers import Response

from community.db import db
from community.errors import DomainError
from community.web.extensions import limiter

P = ParamSpec("P")
R = TypeVar("R")

writing = Blueprint("writing", __name__)

often = limiter.limit("120 per minute", key_func=lambda: f"account {current_user.get_id()}", methods=["POST"])


def wants_json() -> bool:
    """Whether a script asks; a browser without one wants a page."""
    return request.accept_mimetypes.best == "application/json"


def told_in_json(view: Callable[P, R]) -> Callable[P, R | tuple[dict[str, str], int]]:
    """When a rule says no, a script gets its words, not a page."""

    @wraps(view)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R | tuple[dict[str, str], int]:
        try:
            return view(*args, **kwargs)
        except DomainError as error:
            if not wants_json():
                raise
            db.session.rollback()
            return {"error": error.message}, error.status

    return asked


Answer = Response | str | dict[str, object] | tuple[dict[str, object] | str, int]
