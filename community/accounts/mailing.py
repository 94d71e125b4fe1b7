"""Mail about accounts: rendered from our templates in the recipient's language, queued in the same transaction."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, after_this_request, current_app, has_request_context, render_template, url_for
from flask_babel import force_locale, format_datetime
from flask_babel import lazy_gettext as _l
from flask_security import MailUtil
from flask_security.signals import (
    change_email_confirmed,
    password_changed,
    password_reset,
    tf_disabled,
    tf_profile_changed,
    wan_deleted,
    wan_registered,
)  # fmt: skip
from werkzeug.wrappers import Response

from community import mail
from community.db import db
from community.mail_addresses import page_url
from community.models import Account
from community.web.languages import LOCALES, chosen_locale

SUBJECTS = {
    "welcome": _l("Confirm your e-mail address"),
    "welcome_existing": _l("You have an account already"),
    "confirmation_instructions": _l("Confirm your e-mail address"),
    "already_confirmed": _l("Your address is confirmed already"),
    "change_email_instructions": _l("Confirm your new e-mail address"),
    "reset_instructions": _l("Set a new password"),
    "unknown_address": _l("There is no account with this address"),
    "notice": _l("Your account: %(what)s"),
}
LINKS = ("confirmation_link", "reset_link", "recovery_link", "link")

WHAT = {
    "password": _l("the password was changed"),
    "email": _l("the e-mail address was changed"),
    "passkey added": _l("a passkey was added"),
    "passkey deleted": _l("a passkey was deleted"),
    "authenticator on": _l("an authenticator was set up"),
    "authenticator off": _l("the authenticator was switched off"),
    "token": _l("a token for programs was made"),
}


class QueuedMail(MailUtil):  # type: ignore[misc]
    """Flask-Security's mails, through the product's own queue."""

    def send_mail(
        self, template: str, subject: str, recipient: str, sender: Any, body: str | None, html: str | None,
        **context: Any,
    ) -> None:  # fmt: skip
        send(template.rpartition("/")[2], recipient, context.pop("user", None), **context)
        if has_request_context():
            after_this_request(_commit)  # not each of Flask-Security's views that send a mail commits


def _commit(response: Response) -> Response:
    db.session.commit()
    return response


def send(name: str, to: str, account: Account | None, **context: Any) -> None:
    """Queue the mail of this name, in the language of the account, else of the page."""
    for key in LINKS:
        if context.get(key):
            parts = urlsplit(context[key])
            context[key] = page_url(parts.path)  # never to the host that a request claims to be for
    locale = account.locale if account is not None and account.locale in LOCALES else chosen_locale()
    what = context.pop("what", "")
    with force_locale(locale):
        facts = context | {
            "account": account, "to": to, "site_name": current_app.config["SITE_NAME"], "site": page_url("/"),
            "lang": locale.replace("_", "-"), "what": str(WHAT[what]) if what else "",
            "at": format_datetime(datetime.now(UTC), "long", rebase=False),
            "security_page": page_url(url_for("accounts.security")), "reset_page": page_url(url_for("security.forgot_password")),
            "sign_in_page": page_url(url_for("security.login")), "join_page": page_url(url_for("security.register")),
        }  # fmt: skip
        subject = str(SUBJECTS[name]) % {"what": facts["what"]} if what else str(SUBJECTS[name])
        text = render_template(f"security/email/{name}.txt", **facts)
        html = render_template(f"security/email/{name}.html", subject=subject, **facts)
    subject = f"[{current_app.config['SITE_NAME']}] {subject}"
    known = account if account is not None and account.id else None
    mail.queue(db.session(), to, subject, text, datetime.now(UTC), html=html, account=known)


def notify(account: Account, what: str, to: str | None = None) -> None:
    """Tell the owner of an account that one of its locks was changed: if it was not they, they learn of it."""
    if (to or account.email) and has_request_context():
        send("notice", to or account.email or "", account, what=what)
        after_this_request(_commit)


def register(app: Flask) -> None:
    notices = {
        password_changed: "password", password_reset: "password", wan_registered: "passkey added",
        wan_deleted: "passkey deleted", tf_profile_changed: "authenticator on", tf_disabled: "authenticator off",
    }  # fmt: skip
    for signal, what in notices.items():
        signal.connect(_notifier(what), app, weak=False)
    change_email_confirmed.connect(on_changed_address, app)


def _notifier(what: str) -> Any:
    def tell(_app: Flask, user: Account, **_rest: Any) -> None:
        notify(user, what)

    return tell


def on_changed_address(_app: Flask, user: Account, old_email: str | None = None, **_rest: Any) -> None:
    notify(user, "email", old_email)
