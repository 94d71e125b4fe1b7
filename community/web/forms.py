"""Forms shared by views: one with nothing but its CSRF token, and a way to say what is wrong."""

from flask_wtf import FlaskForm


class Nothing(FlaskForm):  # type: ignore[misc]
    """A button: only the CSRF token."""
