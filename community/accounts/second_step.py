"""The second step: a code of an authenticator is good once, and a mistyped one does not begin the set-up anew."""

from collections.abc import Callable
from typing import Any

from flask import Flask, abort, current_app, flash, redirect, render_template, session, url_for
from flask_security import Totp, auth_required, current_user, url_for_security
from flask_security.forms import TwoFactorVerifyCodeForm
from flask_security.signals import tf_profile_changed
from flask_security.utils import check_and_get_token_status, get_message
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from werkzeug.wrappers import Response

from community.accounts.settings import FRESH
from community.db import db
from community.models import Account

USED = "used codes"
ONCE = parse("1 per 5 minutes")  # longer than any code is good


class SingleUse(Totp):  # type: ignore[misc]
    """RFC 6238, 5.2: a code that was accepted is not accepted again. Kept where the limits are counted."""

    def verify_totp(self, token: str, totp_secret: str, user: Account, window: int = 0) -> bool:
        digits = "".join(letter for letter in str(token) if letter.isdigit())
        if not super().verify_totp(digits, totp_secret, user, window):
            return False
        used: RateLimiter = current_app.extensions[USED]
        return used.hit(ONCE, str(user.id), digits)  # False from the second time on, for as long as it might be good


def register(app: Flask) -> None:
    app.extensions[USED] = FixedWindowRateLimiter(storage_from_string(app.config["RATELIMIT_STORAGE_URI"]))
    app.view_functions["security.two_factor_setup_validate"] = finish_setup
    app.view_functions["security.two_factor_rescue"] = no_rescue
    ask_code = app.view_functions["security.two_factor_token_validation"]
    app.view_functions["security.two_factor_token_validation"] = lambda: unless_signed_in(ask_code)


def unless_signed_in(view: Callable[[], Any]) -> Any:
    """The page that asks for the code signs those out who are past it; here they simply go on."""
    return redirect(url_for("questions.home")) if current_user.is_authenticated else view()


def no_rescue() -> Response:
    """Nobody is let in by asking nicely; recovery codes are the way."""
    abort(404)


@auth_required("session", within=lambda: FRESH, grace=lambda: current_app.config["SECURITY_FRESHNESS_GRACE_PERIOD"])
def finish_setup(token: str) -> Any:
    """The first code of a new authenticator; a wrong one is asked for again, with the same picture."""
    within = current_app.config["SECURITY_TWO_FACTOR_SETUP_WITHIN"]
    expired, invalid, state = check_and_get_token_status(token, "tf_setup", within)
    if expired or invalid:
        message, kind = (
            get_message("TWO_FACTOR_SETUP_EXPIRED", within="30 min") if expired else get_message("API_ERROR")
        )
        flash(message, kind)
        return redirect(url_for_security("two_factor_setup"))
    account = current_user._get_current_object()
    form = TwoFactorVerifyCodeForm()
    form.tf_totp_secret, form.primary_method, form.user, form.is_setup = (
        state["totp_secret"],
        state["method"],
        account,
        True,
    )
    if not form.validate_on_submit():
        return render_template("security/two_factor_setup.html", **picture(form, token, state, account))
    security = current_app.extensions["security"]
    security.datastore.tf_set(account, state["method"], state["totp_secret"])
    tf_profile_changed.send(current_app._get_current_object(), user=account, method=state["method"])  # type: ignore[attr-defined]
    for key in ("tf_state", "tf_totp_secret", "tf_primary_method"):
        session.pop(key, None)
    db.session.commit()
    flash(*get_message("TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL"))
    return redirect(
        url_for_security("mf_recovery_codes")
        if not account.mf_recovery_codes
        else current_app.config["SECURITY_TWO_FACTOR_POST_SETUP_VIEW"]
    )


def picture(form: TwoFactorVerifyCodeForm, token: str, state: dict[str, str], account: Account) -> dict[str, Any]:
    """What the page of the set-up shows: the picture for the authenticator, and its key as text."""
    values = current_app.extensions["security"].totp_factory.fetch_setup_values(state["totp_secret"], account)
    return {
        "two_factor_verify_code_form": form, "state_token": token, "chosen_method": state["method"],
        "authr_qrcode": values["image"], "authr_key": values["key"],
    }  # fmt: skip
