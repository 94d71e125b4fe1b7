"""Forms shared by views: one with nothing but its CSRF token, a way to say what is wrong, and since when one is open."""

from flask import current_app, request
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, TimestampSigner
from markupsafe import Markup

LONGEST_OPEN = 86_400  # seconds; a form that was open for longer says nothing


class Nothing(FlaskForm):  # type: ignore[misc]
    """A button: only the CSRF token."""


def began_field() -> Markup:
    """A hidden field that says, signed, when the form was opened: what is written faster than anybody types is odd."""
    return Markup('<input type="hidden" name="began" value="{}">').format(_signer().sign("b").decode())


def took_s() -> float | None:
    """Seconds since the form that was sent was opened; None when it does not say, or not credibly."""
    try:
        _, began = _signer().unsign(request.form.get("began", ""), max_age=LONGEST_OPEN, return_timestamp=True)
    except BadSignature:
        return None
    return max(1.0, _signer().get_timestamp() - began.timestamp())


def _signer() -> TimestampSigner:
    return TimestampSigner(current_app.config["SECRET_KEY"], salt="began")
