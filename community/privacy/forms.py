"""The form that ends an account."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, DataRequired, ValidationError

from community.models import Account

KEEP, ALL = "keep", "all"


class DeletionForm(FlaskForm):  # type: ignore[misc]
    """What is to become of the posts, and the own e-mail address typed out."""

    posts = RadioField(
        choices=[
            SelectChoice(ALL, _l("Erase everything")),
            SelectChoice(KEEP, _l("Leave my posts under “former member”")),
        ],
        validate_choice=False,
        validators=[AnyOf((ALL, KEEP), _l("Please choose what is to become of your posts."))],
    )
    email = StringField(
        _l("Your e-mail address, to confirm"), validators=[DataRequired(_l("Please type your e-mail address."))]
    )
    submit = SubmitField(_l("Delete my account for ever"))

    def __init__(self, account: Account, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.account = account

    def validate_email(self, control: StringField) -> None:
        if (control.data or "").strip().casefold() != confirmation(self.account).casefold():
            raise ValidationError(
                _("This is not %(email)s, the address of this account.", email=confirmation(self.account))
            )


def confirmation(account: Account) -> str:
    """What the person types to confirm."""
    return account.email or account.handle
