"""The mail that tells of new hits of a saved search, in its owner's language."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from flask import current_app
from flask_babel import force_locale, gettext, ngettext
from sqlalchemy.orm import Session

from community import mail_addresses as addresses
from community.mail import Letter
from community.models import Account, SavedSearch
from community.search.interface import Hit
from community.web.languages import LOCALES

MOST_SHOWN = 10  # hits; the rest is one link away


def letter(session: Session, owner: Account, search: SavedSearch, hits: Sequence[Hit], since: datetime) -> Letter:
    """One mail for one search and run: its key says which, so that it is queued once."""
    stop = addresses.page_url(f"/unsubscribe/{addresses.stop_token(owner.id, 'saved search')}")
    with force_locale(owner.locale if owner.locale in LOCALES else "en"):
        line = ngettext(
            "%(num)s new post for your saved search “%(name)s”", "%(num)s new posts for your saved search “%(name)s”",
            len(hits), name=search.name,
        )  # fmt: skip
        facts = {
            "line": line, "site_name": current_app.config["SITE_NAME"], "stop_url": stop,
            "hits": [(hit, addresses.page_url(f"/posts/{hit.post_id}"), passage(hit)) for hit in hits[:MOST_SHOWN]],
            "more": max(0, len(hits) - MOST_SHOWN), "settings_url": addresses.page_url("/searches"),
            "search_url": addresses.page_url(f"/search?{urlencode({'q': search.query})}"),
            "kinds": {"question": gettext("Question"), "answer": gettext("Answer"), "comment": gettext("Comment")},
        }  # fmt: skip
        text, html = (
            current_app.jinja_env.get_template(f"search/hits_mail.{form}").render(**facts) for form in ("txt", "html")
        )
    return Letter(
        owner.email or "", line, text, html, owner.id, f"search:{search.id}:{int(since.timestamp())}", headers(owner, stop)
    )  # fmt: skip


def passage(hit: Hit) -> str:
    return " ".join("".join(text for text, _ in hit.excerpt_parts).split())


def headers(owner: Account, stop: str) -> dict[str, str]:
    """One click stops it, and no machine answers (RFC 8058, 2369, 3834)."""
    address = addresses.stop_address(owner.id, "saved search")
    return {
        "List-Unsubscribe": ", ".join([f"<{stop}>", *([f"<mailto:{address}>"] if address else [])]),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Precedence": "list",
    }
