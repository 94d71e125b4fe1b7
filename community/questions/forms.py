"""Forms of the forum."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import BooleanField, MultipleFileField, SelectField, StringField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from community.drafts import LONGEST_BODY
from community.models import Answer, Comment, Question
from community.questions import queries
from community.questions.rules import LONGEST_COMMENT, LONGEST_TITLE
from community.web.languages import local


class QuestionForm(FlaskForm):  # type: ignore[misc]
    """Ask, or edit a question."""

    title = StringField(_l("Title"), validators=[DataRequired(), Length(3, LONGEST_TITLE)])
    body = TextAreaField(
        _l("What happened? What have you tried?"), validators=[DataRequired(), Length(1, LONGEST_BODY)]
    )
    product = SelectField(_l("Product"), validators=[Optional()], choices=[])
    tags = StringField(_l("Tags, separated by spaces or commas"), validators=[Length(0, 300)])
    images = MultipleFileField(_l("Images"))
    submit = SubmitField(_l("Post the question"))


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """Answer, or edit an answer."""

    body = TextAreaField(_l("Your answer"), validators=[DataRequired(), Length(1, LONGEST_BODY)])
    images = MultipleFileField(_l("Images"))
    is_solution = BooleanField(_l("I found the solution myself: this answers my question"))
    submit = SubmitField(_l("Post the answer"))


class CommentForm(FlaskForm):  # type: ignore[misc]
    """Comment, or edit a comment."""

    body = TextAreaField(_l("Your comment"), validators=[DataRequired(), Length(1, LONGEST_COMMENT)])
    submit = SubmitField(_l("Post the comment"))


class InformationForm(FlaskForm):  # type: ignore[misc]
    """Ask the asker for details."""

    body = TextAreaField(_l("What do you need to know?"), validators=[DataRequired(), Length(1, LONGEST_COMMENT)])
    submit = SubmitField(_l("Ask for details"))


def question_form(session: Session, **values: str) -> QuestionForm:
    """The form with the products to choose from; `values` where nothing was sent."""
    form = QuestionForm(**values)
    none = [("", _("None of these"))]
    form.product.choices = none + [(row.slug, local(row, "name")) for row in queries.products(session)]
    return form


def edit_form(session: Session, post: Question | Answer | Comment) -> QuestionForm | AnswerForm | CommentForm:
    """The form of the post's kind, filled with what it says now."""
    form: QuestionForm | AnswerForm | CommentForm
    if isinstance(post, Question):
        asked = queries.question(session, post.id)
        form = question_form(
            session, title=asked.title or "", body=asked.body, tags=" ".join(tag.slug for tag in asked.tags),
            product=asked.product.slug if asked.product else "",
        )  # fmt: skip
    else:
        form = (AnswerForm if isinstance(post, Answer) else CommentForm)(body=post.body)
        if isinstance(post, Answer):
            del form.is_solution
    form.submit.label.text = _("Save")
    return form
