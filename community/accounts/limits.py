"""How often one may try: per account and address of the network, for everything that a robot would like to repeat."""

from collections.abc import Callable
from typing import Any

from flask import Flask, request, session
from flask_limiter.util import get_remote_address
from flask_security import current_user

from community.web.extensions import account_and_address, limiter


def by_address_asked() -> str:
    """Whose mailbox would get the mail."""
    return f"mail to {request.form.get('email', '').strip().casefold()[:255]}"


def by_whom_it_is() -> str:
    """Whose second step it is, whose account, or else from which address of the network."""
    if session.get("tf_user_id"):
        return f"account {session['tf_user_id']}"
    if current_user.is_authenticated:
        return f"account {current_user.fs_uniquifier}"
    return get_remote_address()


Key = Callable[[], str]
LIMITS: dict[str, tuple[tuple[str, Key], ...]] = {
    "login": (("10 per 5 minutes", account_and_address), ("300 per hour", get_remote_address)),
    "register": (("20 per hour", get_remote_address),),
    "forgot_password": (("3 per hour", by_address_asked), ("20 per hour", get_remote_address)),
    "send_confirmation": (("3 per hour", by_address_asked), ("20 per hour", get_remote_address)),
    "reset_password": (("20 per hour", get_remote_address),),
    "change_password": (("10 per 5 minutes", by_whom_it_is),),
    "change_email": (("5 per hour", by_whom_it_is),),
    "verify": (("10 per 5 minutes", by_whom_it_is),),
    "two_factor_token_validation": (("5 per 5 minutes", by_whom_it_is),),
    "two_factor_setup": (("20 per hour", by_whom_it_is),),
    "two_factor_setup_validate": (("20 per hour", by_whom_it_is),),
    "mf_recovery": (("5 per 5 minutes", by_whom_it_is),),
    "mf_recovery_codes": (("20 per hour", by_whom_it_is),),
    "tf_select": (("20 per 5 minutes", by_whom_it_is),),
    "wan_signin": (("60 per 5 minutes", get_remote_address),),
    "wan_signin_response": (("60 per 5 minutes", get_remote_address),),
    "wan_verify": (("20 per 5 minutes", by_whom_it_is),),
    "wan_verify_response": (("20 per 5 minutes", by_whom_it_is),),
    "wan_register": (("30 per hour", by_whom_it_is),),
    "wan_register_response": (("30 per hour", by_whom_it_is),),
}


def register(app: Flask) -> None:
    views: dict[str, Any] = app.view_functions
    for name, limits in LIMITS.items():
        for limit, key in limits:
            views[f"security.{name}"] = limiter.limit(limit, key_func=key, methods=["POST"])(views[f"security.{name}"])
