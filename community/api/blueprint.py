"""The blueprint of the interface for programs, and how often it may be called."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response

from community.api import problems
from community.api.caller import caller, counted_as, refuse_bad_token
from community.web.errors import forget_reader
from community.web.extensions import csrf, limiter

api = Blueprint("api", __name__, url_prefix="/api/v1")
csrf.exempt(api)  # nothing here looks at a cookie, so there is nothing that another site could borrow
problems.register(api)
api.url_value_preprocessor(lambda _endpoint, _values: forget_reader())  # of the cookie, before anybody looks
api.before_request(refuse_bad_token)

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
reads: Decorator = limiter.shared_limit(
    lambda: "600 per minute" if caller() else "60 per minute", scope="api reads", key_func=counted_as
)
writes: Decorator = limiter.shared_limit("60 per hour", scope="api writes", key_func=counted_as)


@api.after_request
def vary(response: Response) -> Response:
    response.vary.add("Authorization")
    return response
