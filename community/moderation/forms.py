"""Forms of moderation."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Length

from community.moderation.flags import LONGEST_TEXT
from community.moderation.reasons import REASONS


class FlagForm(FlaskForm):  # type: ignore[misc]
    """What is wrong with a post."""

    reason = RadioField(
        _l("What is wrong with it?"), choices=[(key, one.name) for key, one in REASONS.items()],
        validators=[DataRequired(_l("Choose what is wrong with it."))],
    )  # fmt: skip
    text = TextAreaField(_l("More about it"), validators=[Length(0, LONGEST_TEXT)])
    submit = SubmitField(_l("Send the flag"))
