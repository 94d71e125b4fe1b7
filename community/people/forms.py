"""Forms of people."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Length

from community.names import LONGEST_HANDLE, LONGEST_NAME
from community.people.service import LONGEST_ABOUT
from community.web.languages import LOCALES


class ProfileForm(FlaskForm):  # type: ignore[misc]
    """What others see of oneself, and the language one reads."""

    name = StringField(_l("Name, as others see it"), validators=[DataRequired(), Length(max=LONGEST_NAME)])
    handle = StringField(_l("Handle"), validators=[DataRequired(), Length(max=LONGEST_HANDLE)])
    about = TextAreaField(_l("About you"), validators=[Length(max=LONGEST_ABOUT + 100)])  # line ends come as two
    locale = SelectField(_l("Language"), choices=[("", _l("As the browser asks")), *LOCALES.items()])
    submit = SubmitField(_l("Save"))
