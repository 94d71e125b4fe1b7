"""Forms of the forum."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from community.questions.service import LONGEST_BODY, LONGEST_COMMENT, LONGEST_TITLE


class QuestionForm(FlaskForm):  # type: ignore[misc]
    """Ask, or edit a question."""

    title = StringField(_l("Title"), validators=[DataRequired(), Length(3, LONGEST_TITLE)])
    body = TextAreaField(
        _l("What happened? What have you tried?"), validators=[DataRequired(), Length(1, LONGEST_BODY)]
    )
    product = SelectField(_l("Product"), validators=[Optional()], choices=[])
    tags = StringField(_l("Tags, separated by spaces or commas"), validators=[Length(0, 300)])
    submit = SubmitField(_l("Post the question"))


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """Answer, or edit an answer."""

    body = TextAreaField(_l("Your answer"), validators=[DataRequired(), Length(1, LONGEST_BODY)])
    submit = SubmitField(_l("Post the answer"))


class CommentForm(FlaskForm):  # type: ignore[misc]
    """Comment, or edit a comment."""

    body = TextAreaField(_l("Your comment"), validators=[DataRequired(), Length(1, LONGEST_COMMENT)])
    submit = SubmitField(_l("Post the comment"))
