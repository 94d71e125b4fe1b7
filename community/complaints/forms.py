"""Forms of complaints."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import MultipleFileField, SelectField, StringField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from community.complaints.canned import LONGEST as LONGEST_CANNED
from community.complaints.service import LONGEST_BODY, LONGEST_SUBJECT


class ComplaintForm(FlaskForm):  # type: ignore[misc]
    """Complain in private."""

    subject = StringField(_l("What is it about?"), validators=[DataRequired(), Length(1, LONGEST_SUBJECT)])
    body = TextAreaField(
        _l("What happened, and what would put it right?"), validators=[DataRequired(), Length(1, LONGEST_BODY)]
    )
    product = SelectField(_l("Product"), validators=[Optional()], choices=[])
    files = MultipleFileField(_l("Files"))
    submit = SubmitField(_l("Send to the company"))


class ReplyForm(FlaskForm):  # type: ignore[misc]
    """A turn of the conversation."""

    body = TextAreaField(_l("Your reply"), validators=[DataRequired(), Length(1, LONGEST_BODY)])
    files = MultipleFileField(_l("Files"))
    submit = SubmitField(_l("Send the reply"))


class CannedForm(FlaskForm):  # type: ignore[misc]
    """A reply that is written often."""

    name = StringField(_l("Name, for agents"), validators=[DataRequired(), Length(1, 80)])
    body = TextAreaField(_l("Text"), validators=[DataRequired(), Length(1, LONGEST_CANNED)])
    body_zh = TextAreaField(_l("Text in Chinese"), validators=[Optional(), Length(0, LONGEST_CANNED)])
    submit = SubmitField(_l("Save"))
