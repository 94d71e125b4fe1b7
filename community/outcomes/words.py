"""What an outcome says: on a case, in a mail, in a preview of both. Of who else raised it nothing is ever said."""

from collections.abc import Mapping
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeSerializer

from community import mail_addresses as addresses
from community.mail import Letter
from community.models import Account, Outcome
from community.names import clean_line
from community.notifications import letters
from community.web.languages import local

KIND = "outcome"
SALT = "stop outcomes"


def path_of(outcome: Outcome) -> str:
    return f"/you-said/{outcome.id}"


def details(outcome: Outcome, complaint_id: int | None = None) -> dict[str, Any]:
    """What a notification keeps: its title in both languages, and the case on which it is told."""
    found: dict[str, Any] = {"outcome_id": outcome.id, "title": outcome.title, "title_zh": outcome.title_zh}
    return found | ({"complaint_id": complaint_id} if complaint_id else {})


def notice(outcome: Outcome) -> str:
    """The words on a case, as Markdown, in the language that is set."""
    title, body = clean_line(local(outcome, "title")), local(outcome, "body")
    link = f"[{_('You said, we did')}]({addresses.page_url(path_of(outcome))})"
    said = _("You wrote to us about this. Here is what became of it:")
    return f"{said}\n\n**{title}**\n\n{body}\n\n{link}"


def letter(outcome: Outcome, reader: Account) -> Letter:
    """The mail to somebody who spoke of it in the forum."""
    with force_locale(letters.language_of(reader)):
        facts = letter_facts(outcome) | letters.frame(reader, KIND)
        text, html = render(facts)
        title = clean_line(local(outcome, "title"))
    headers = letters.common_headers(reader.id, KIND)
    headers["Message-ID"] = f"<outcome-{outcome.id}.{reader.id}@{addresses.mail_host()}>"
    return Letter(reader.email or "", title, text, html, reader.id, f"{KIND}:{outcome.id}:{reader.id}", headers)


def render(facts: Mapping[str, Any]) -> tuple[str, str]:
    return letters.render("mail/notification.txt", **facts), letters.render("mail/notification.html", **facts)


def letter_facts(outcome: Outcome) -> dict[str, Any]:
    """In the language that is set."""
    body = local(outcome, "body")
    return {
        "line": _("You raised something with us. Here is what became of it"), "title": clean_line(local(outcome, "title")),
        "body": body, "html": letters.html_of(body), "url": addresses.page_url(path_of(outcome)),
        "takes_replies": False,
    }  # fmt: skip


def preview(outcome: Outcome, locale: str) -> dict[str, str]:
    """The mail and the words on a case as they would read, without an address in them."""
    frame = {
        "site_name": current_app.config["SITE_NAME"], "site_url": addresses.page_url("/"),
        "settings_url": addresses.page_url("/settings/notifications"), "stop_url": addresses.page_url("/…"), "above": "",
    }  # fmt: skip
    with force_locale(locale):
        text, _html = render(letter_facts(outcome) | frame)
        return {
            "locale": locale, "title": local(outcome, "title"), "body": local(outcome, "body"), "mail": text,
            "notice": notice(outcome),
        }  # fmt: skip


def stop_url(customer_id: int) -> str:
    """Where somebody without an account stops such mails."""
    return addresses.page_url(f"/you-said/stop/{serializer().dumps(customer_id)}")


def read_stop(token: str) -> int | None:
    """The customer whom it is for; None when it is not one of ours."""
    try:
        found = serializer().loads(token)
    except (BadData, ValueError, TypeError):
        return None
    return found if isinstance(found, int) and 0 < found < 2**31 else None


def serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=SALT)


def case_headers(customer_id: int, account: Account | None) -> tuple[str, dict[str, str]]:
    """The address that stops such mails, and the headers that mailboxes make a button of (RFC 2369, 8058)."""
    if account:
        return letters.stop_url(account.id, KIND), letters.common_headers(account.id, KIND)
    url = stop_url(customer_id)
    return url, {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
