"""A new password, and the confirmation once more: by mail, with the same answer and work for every address.

Flask-Security's own views mail to known addresses only, which takes longer. Here every address gets a mail, and an
unknown one is told that it has no account. The limits keep that from being a nuisance.
"""

from typing import Any

from flask import Flask, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security.confirmable import generate_confirmation_link
from flask_security.forms import EmailValidation
from flask_security.recoverable import generate_reset_link
from flask_wtf import FlaskForm
from wtforms import EmailField
from wtforms.validators import DataRequired

from community.accounts import mailing, queries
from community.db import db
from community.models import Account


class AddressForm(FlaskForm):  # type: ignore[misc]
    """Where the mail shall go."""

    email = EmailField(
        _l("E-mail address"),
        validators=[DataRequired(_l("Please give your e-mail address.")), EmailValidation(verify=True)],
        render_kw={"autocomplete": "email"},
    )


def register(app: Flask) -> None:
    app.view_functions["security.forgot_password"] = forgot_password
    app.view_functions["security.send_confirmation"] = send_confirmation


def forgot_password() -> Any:
    form = AddressForm()
    if form.validate_on_submit():
        send_reset(form.email.data)
        return _sent(form.email.data, "security.forgot_password")
    form.email.data = form.email.data or session.get("mail_to", "")
    return render_template("security/forgot_password.html", form=form, mail_to=_just_sent())


def send_confirmation() -> Any:
    form = AddressForm()
    if form.validate_on_submit():
        send_link(form.email.data)
        return _sent(form.email.data, "security.send_confirmation")
    form.email.data = form.email.data or session.get("mail_to", "")
    return render_template(
        "security/send_confirmation.html",
        form=form,
        mail_to=session.get("mail_to"),
        heading_to=session.get("heading_to"),
    )


def send_reset(email: str) -> None:
    """The link for a new password; a suspended account, and an address without one, are told what they are."""
    account = queries.addressee(db.session(), email)
    if account is None or not account.active:
        _send_to_unknown(email)
        return
    link, _token = generate_reset_link(account)
    mailing.send("reset_instructions", account.email or email, account, reset_link=link)


def send_link(email: str) -> None:
    """The link that confirms the address, if that is still to do."""
    account = queries.addressee(db.session(), email)
    if account is None or not account.active:
        _send_to_unknown(email)
    elif account.confirmed_at is not None:
        mailing.send("already_confirmed", account.email or email, account)
    else:
        link, _token = generate_confirmation_link(account)
        mailing.send("confirmation_instructions", account.email or email, account, confirmation_link=link)


def _send_to_unknown(email: str) -> None:
    """As much work as for a known address: a link is signed, and thrown away."""
    generate_reset_link(Account(email=email, fs_uniquifier="nobody", password="nothing"))  # noqa: S106
    mailing.send("unknown_address", email, None)


def _sent(email: str, endpoint: str) -> Any:
    db.session.commit()
    session["mail_to"] = email
    flash(_("We sent a mail to %(email)s. It says how to go on.", email=email), "success")
    return redirect(url_for(endpoint, sent=1))


def _just_sent() -> str | None:
    return session.get("mail_to") if request.args.get("sent") else None
