"""The blueprint of people: its addresses, its commands, and what its macros ask of Python."""

from typing import Any
from zlib import crc32

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from community import badges
from community.models import Account
from community.web.languages import when_rendered

people = Blueprint("people", __name__, cli_group=None)

LEVELS = {"newcomer": _l("Newcomer"), "member": _l("Member"), "regular": _l("Regular"), "leader": _l("Leader")}
FREQUENCIES = {
    "now": _l("mail at once"), "daily": _l("mail once a day"), "weekly": _l("mail once a week"), "never": _l("no mail"),
}  # fmt: skip
TONES = 8  # colours of circles, as people.css has them


@people.app_template_filter("level_name")
@when_rendered
def level_name(level: str) -> str:
    return str(LEVELS.get(level, level))


@people.app_template_filter("tone")
def tone(account: Account) -> int:
    """Which of the colours the account's circle has: the same as long as the handle stays."""
    return crc32(account.handle.encode()) % TONES


@people.app_template_filter("initial")
def initial(account: Account) -> str:
    """The first letter or digit of the name."""
    return next((letter.upper() for letter in account.name + account.handle if letter.isalnum()), "?")[:1]


@people.app_template_filter("is_shown")
def is_shown(account: Account) -> bool:
    """Whether the account has a public page: neither suspended nor erased. See `crediting.is_public`."""
    return account.active or (account.external_id is not None and account.email is None)


@people.app_template_filter("as_badge")
def as_badge(key: str) -> Any:
    """The badge of this key; None for one that there is no more."""
    return badges.BADGES.get(key)


@people.app_template_filter("frequency_name")
@when_rendered
def frequency_name(frequency: str) -> str:
    return str(FREQUENCIES.get(frequency, frequency))
