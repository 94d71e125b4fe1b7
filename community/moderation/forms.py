"""Forms of moderation."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Length

from community.moderation.flags import LONGEST_TEXT
from community.moderation.own_reasons import LONGEST_NAME
from community.moderation.own_reasons import LONGEST_TEXT as LONGEST_REASON
from community.moderation.reasons import REASONS


class FlagForm(FlaskForm):  # type: ignore[misc]
    """What is wrong with a post."""

    reason = RadioField(
        _l("What is wrong with it?"), choices=[(key, one.name) for key, one in REASONS.items()],
        validators=[DataRequired(_l("Choose what is wrong with it."))],
    )  # fmt: skip
    text = TextAreaField(_l("More about it"), validators=[Length(0, LONGEST_TEXT)])
    submit = SubmitField(_l("Send the flag"))


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """A reason that moderators write for themselves."""

    name = StringField(_l("Name"), validators=[DataRequired(), Length(1, LONGEST_NAME)])
    text = TextAreaField(_l("What the author reads"), validators=[DataRequired(), Length(1, LONGEST_REASON)])
    name_zh = StringField(_l("Name in Chinese"), validators=[Length(0, LONGEST_NAME)])
    text_zh = TextAreaField(_l("Text in Chinese"), validators=[Length(0, LONGEST_REASON)])
    submit = SubmitField(_l("Save"))
