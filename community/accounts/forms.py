"""Forms of the pages on which one sees to one's sign-ins."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import DataRequired, Length

LIFETIMES = (("30", _l("30 days")), ("90", _l("90 days")), ("365", _l("A year")), ("", _l("No end")))


class TokenForm(FlaskForm):  # type: ignore[misc]
    """A token for a program."""

    name = StringField(
        _l("What it is for"),
        validators=[DataRequired(_l("Say what the token is for, so that you know it again.")), Length(max=80)],
    )
    days = SelectField(_l("Good for"), choices=LIFETIMES, default="90")
    may_write = BooleanField(_l("May also write: ask, answer, comment and vote in my name"))
