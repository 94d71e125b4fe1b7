"""Verbs of people: one's own profile, and a level given by a person."""

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from community import calls, outbox, reputation
from community.batches import batches
from community.errors import DomainError, Invalid
from community.models import TRUST, Account
from community.names import checked_handle, checked_name
from community.trust import links_and_images
from community.web.languages import LOCALES

LONGEST_ABOUT = 500
RESERVED = {
    "me",
    "you",
    "all",
    "everyone",
    "everybody",
    "here",
    "channel",
    "nobody",
    "former-member",
    "new",
    "settings",
}


class Refused(Invalid):
    """Some fields break a rule; `wrong` is what is wrong, by field."""

    def __init__(self, wrong: dict[str, str]):
        super().__init__(" ".join(wrong.values()))
        self.wrong = wrong


def save_profile(
    session: Session, account: Account, name: str, handle: str, about: str, locale: str, now: datetime
) -> None:
    """Change what others see of the account, and its language (empty: as the browser asks). Raises Refused."""
    wrong: dict[str, str] = {}
    kept = {"name": account.name, "handle": account.handle, "about": account.about}
    checks: dict[str, Callable[[], str]] = {
        "name": lambda: name if name == account.name else checked_name(session, name, of=account),
        "handle": lambda: handle if handle == account.handle else own_handle(session, handle, account),
        "about": lambda: checked_about(about, account),
    }
    for field, check in checks.items():
        try:
            kept[field] = check()
        except Invalid as error:
            wrong[field] = error.message
    if locale not in {"", *LOCALES}:
        wrong["locale"] = _("This language is not there.")
    if wrong:
        raise Refused(wrong)
    is_renamed, before = (kept["name"], kept["handle"]) != (account.name, account.handle), account.handle
    account.name, account.handle, account.about, account.locale = *kept.values(), locale or None
    session.flush()
    if is_renamed:
        called = calls.rename(session, account.id, before, account.handle, now) if before != account.handle else ()
        for ids in list(batches(sorted(called))) or [[]]:
            outbox.record(session, "account.renamed", account.id, account, now, post_ids=ids)


def own_handle(session: Session, handle: str, account: Account) -> str:
    """Raises Invalid where it is none, is taken, reserved, or poses as staff."""
    cleaned = checked_handle(session, handle, account)
    if cleaned in RESERVED:
        raise Invalid(_("This handle means something here already. Please choose another."))
    return cleaned


def checked_about(about: str, account: Account) -> str:
    """Raises Invalid for what is too long, for images, and for links of newcomers."""
    about = about.replace("\r\n", "\n").strip()
    links, images = links_and_images(about)
    if len(about) > LONGEST_ABOUT:
        raise Invalid(_("The text is longer than %(most)s characters.", most=LONGEST_ABOUT))
    if images:
        raise Invalid(_("Images cannot be shown here. Please take them out."))
    if links and account.trust == "newcomer" and not account.is_staff and about != account.about:
        raise Invalid(_("Newcomers cannot put links here. You can as soon as you are a member."))
    return about


def set_trust(session: Session, account: Account, level: str, now: datetime) -> None:
    """Fix the level, or with `auto` leave it to the thresholds again. Raises DomainError."""
    if account.is_staff:
        raise DomainError("the staff have no level")
    if level not in {*TRUST, "auto"}:
        raise Invalid(f"a level is one of {', '.join(TRUST)}, or auto")
    account.is_trust_fixed = level != "auto"
    if account.is_trust_fixed:
        account.trust = level
        session.flush()
    else:
        session.flush()
        reputation.recount_accounts(session, [account.id], now)
