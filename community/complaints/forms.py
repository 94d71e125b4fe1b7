"""Forms of complaints."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from community.complaints.service import LONGEST_BODY, LONGEST_SUBJECT


class ComplaintForm(FlaskForm):  # type: ignore[misc]
    """Complain in private."""

    subject = StringField(_l("What is it about?"), validators=[DataRequired(), Length(1, LONGEST_SUBJECT)])
    body = TextAreaField(
        _l("What happened, and what would put it right?"), validators=[DataRequired(), Length(1, LONGEST_BODY)]
    )
    product = SelectField(_l("Product"), validators=[Optional()], choices=[])
    submit = SubmitField(_l("Send to the company"))


class ReplyForm(FlaskForm):  # type: ignore[misc]
    """A turn of the conversation."""

    body = TextAreaField(_l("Your reply"), validators=[DataRequired(), Length(1, LONGEST_BODY)])
    submit = SubmitField(_l("Send the reply"))
