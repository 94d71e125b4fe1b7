"""How a person stands above what they wrote: the name, and in which role they speak.

In Python, since a page names a hundred of them; as a macro they took a fifth of its time.
"""

from functools import lru_cache

from flask_babel import gettext as _
from markupsafe import Markup

from community.models import Account
from community.people.blueprint import is_shown, people
from community.web.languages import language_tag, term
from community.web.urls import path_for

LINK = Markup('<a class="author" href="%s"><bdi>%s</bdi></a>')
NAME = Markup('<bdi class="author">%s</bdi>')  # marks that turn the direction of reading stay inside
BADGE = Markup(' <span class="badge badge-%s">%s</span>')
COMPANY = ("agent", "manager", "admin")  # an answer by one of these is official
EARNED = ("regular", "leader")  # levels of trust that say something


@people.app_template_filter("byline")
def byline(account: Account) -> Markup:
    """The name, linked to the profile if there is one, and a badge of the role, if it says something."""
    path = path_for("people.show", handle=account.handle) if is_shown(account) else ""
    roles = {role.name for role in account.roles}
    word = next((role for role in COMPANY if role in roles), "moderator" if "moderator" in roles else "")
    word = word or (account.trust if account.trust in EARNED else "")
    return _line(path, account.name, word, language_tag() if word else "")


@lru_cache(maxsize=20_000)
def _line(path: str, name: str, word: str, _language: str) -> Markup:
    """A page names the same people again and again."""
    line = LINK % (path, name) if path else NAME % name
    if word in COMPANY:
        return line + BADGE % ("solid", f"{_('Company')} · {term(word)}")
    return line + BADGE % ("outline", term(word)) if word else line
