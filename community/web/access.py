"""Who may open a view. Strangers are sent to sign in; those without the role see what does not exist."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import abort
from flask_security import auth_required, current_user

P = ParamSpec("P")
R = TypeVar("R")

STAFF_OF_COMPLAINTS = ("agent", "admin")
READERS_OF_INSIGHTS = ("manager", "admin")
MODERATORS = ("moderator", "admin")


def roles_only(*names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Only signed-in people with one of these roles; for the others the page is not there."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not any(current_user.has_role(name) for name in names):
                abort(404)
            return view(*args, **kwargs)

        return auth_required("session")(guarded)  # type: ignore[no-any-return]

    return decorate
