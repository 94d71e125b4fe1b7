"""The reader's language, and dates and numbers in it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial, wraps
from math import ceil
from typing import Any

from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from babel.numbers import format_decimal, format_percent
from flask import Flask, has_request_context, request, session
from flask_babel import Babel, get_locale, gettext, lazy_gettext
from flask_security import current_user
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

LOCALES = {"en": "English", "zh_CN": "中文"}

# Words of the glossary as they are shown; the keys are stored in tables and must not change.
TERMS: dict[str, Any] = {
    "negative": lazy_gettext("negative"), "neutral": lazy_gettext("neutral"), "positive": lazy_gettext("positive"),
    "mixed": lazy_gettext("mixed"),
    "problem": lazy_gettext("problem"), "question": lazy_gettext("question"), "suggestion": lazy_gettext("suggestion"),
    "praise": lazy_gettext("praise"), "other": lazy_gettext("other"),
    "advocate": lazy_gettext("advocate"), "loyal": lazy_gettext("loyal"), "at risk": lazy_gettext("at risk"),
    "lost": lazy_gettext("lost"), "newcomer": lazy_gettext("newcomer"), "active": lazy_gettext("active"),
    "established": lazy_gettext("established"), "dormant": lazy_gettext("dormant"), "lapsed": lazy_gettext("lapsed"),
    "low": lazy_gettext("low"), "mid": lazy_gettext("mid"), "high": lazy_gettext("high"),
    "unknown": lazy_gettext("unknown"),
    "new": lazy_gettext("new"), "open": lazy_gettext("open"), "waiting": lazy_gettext("waiting for customer"),
    "reopened": lazy_gettext("reopened"), "urgent": lazy_gettext("urgent"), "normal": lazy_gettext("normal"),
    "resolved": lazy_gettext("resolved"), "closed": lazy_gettext("closed"),
    "looking": lazy_gettext("looking"), "planned": lazy_gettext("planned"), "in progress": lazy_gettext("in progress"),
    "done": lazy_gettext("done"), "won't do": lazy_gettext("won't do"),
    "running": lazy_gettext("running"), "failed": lazy_gettext("failed"),
    "forum": lazy_gettext("forum"), "email": lazy_gettext("e-mail"), "phone": lazy_gettext("phone"),
    "chat": lazy_gettext("chat"), "store": lazy_gettext("store"), "survey": lazy_gettext("survey"),
    "app review": lazy_gettext("app review"), "api": lazy_gettext("api"), "twitter": "Twitter",
    "asked": lazy_gettext("asked"), "answered": lazy_gettext("answered"), "commented": lazy_gettext("commented"),
    "complained": lazy_gettext("complained"), "replied": lazy_gettext("replied"),
    "visited": lazy_gettext("visited"),
    "en": lazy_gettext("English"), "zh-Hans": lazy_gettext("Simplified Chinese"),
    "zh": lazy_gettext("Chinese"), "sentiment": lazy_gettext("sentiment"), "intent": lazy_gettext("intent"),
    "zh-Hant": lazy_gettext("Traditional Chinese"), "und": lazy_gettext("other language"),
    "outbox": lazy_gettext("outbox"), "mining": lazy_gettext("mining"), "discovery": lazy_gettext("discovery"),
    "report": lazy_gettext("report"), "housekeeping": lazy_gettext("housekeeping"),
    "orders": lazy_gettext("reports asked for"), "issued": lazy_gettext("reports issued"),
    "reports": lazy_gettext("reports"), "index": lazy_gettext("search index"), "index check": lazy_gettext("search index check"),
    "verbatims": lazy_gettext("texts"), "mentions": lazy_gettext("mentions"), "topics": lazy_gettext("topics"),
    "customers": lazy_gettext("customers"), "seconds": lazy_gettext("seconds"),
    "verbatims_a_second": lazy_gettext("texts a second"), "looked_at": lazy_gettext("looked at"),
    "events": lazy_gettext("events"), "rebuilt": lazy_gettext("rebuilt"), "mended": lazy_gettext("mended"),
    "index merge": lazy_gettext("search index merge"), "index purge": lazy_gettext("search index purge"),
    "saved searches": lazy_gettext("saved searches"), "rewritten": lazy_gettext("rewritten"),
    "searches": lazy_gettext("searches"), "told": lazy_gettext("told"),
    "runs": lazy_gettext("runs"), "drafts": lazy_gettext("drafts"), "images": lazy_gettext("images"),
    "files": lazy_gettext("files"), "named": lazy_gettext("named in a second language"),
    "glossed": lazy_gettext("named from the glossary"),
    "quiet topics": lazy_gettext("topics put to rest"),
    "mood": lazy_gettext("mood of their words"), "unresolved complaint": lazy_gettext("unresolved complaint"),
    "leaving": lazy_gettext("says they are leaving"), "activity": lazy_gettext("activity"),
    "help given": lazy_gettext("help given to others"), "silence": lazy_gettext("silence"),
    "mail": lazy_gettext("mail"), "inbox": lazy_gettext("incoming mail"), "digest": lazy_gettext("digests"),
    "badge mail": lazy_gettext("mail about badges"), "old mail": lazy_gettext("old mail"),
    "mails_sent": lazy_gettext("mails sent"), "mails_failed": lazy_gettext("mails failed"),
    "mails_withdrawn": lazy_gettext("mails withdrawn"), "mails_posted": lazy_gettext("replies posted"),
    "mails_stopped": lazy_gettext("mails stopped"), "mails_refused": lazy_gettext("mails refused"),
    "digests": lazy_gettext("digests"), "mails": lazy_gettext("mails"), "received": lazy_gettext("received mails"),
    "notifications": lazy_gettext("notifications"), "sanctions": lazy_gettext("sanctions"),
    "mailbox": lazy_gettext("mailbox"), "mails_taken": lazy_gettext("mails taken"),
    "mails_opened": lazy_gettext("cases opened by mail"), "mails_threaded": lazy_gettext("replies to cases by mail"),
    "mails_cut": lazy_gettext("mails taken in part"),
    "ratings": lazy_gettext("ratings"),
    "cases": lazy_gettext("cases"), "clocks": lazy_gettext("clocks set"), "cases_closed": lazy_gettext("cases closed"),
    "bursts": lazy_gettext("bursts"), "old deletions": lazy_gettext("old deletions"), "posts": lazy_gettext("posts"),
    "customer": lazy_gettext("customer"), "agent": lazy_gettext("agent"), "moderator": lazy_gettext("moderator"),
    "member": lazy_gettext("member"), "regular": lazy_gettext("regular"), "leader": lazy_gettext("leader"),
    "reputation": lazy_gettext("reputation"), "accounts": lazy_gettext("accounts"),
    "product": lazy_gettext("product development"), "service": lazy_gettext("service"),
    "logistics": lazy_gettext("logistics"), "sales": lazy_gettext("sales"), "marketing": lazy_gettext("marketing"),
    "draft": lazy_gettext("draft"), "published": lazy_gettext("published"), "withdrawn": lazy_gettext("withdrawn"),
    "routing": lazy_gettext("routing of themes"), "themes": lazy_gettext("themes"),
    "manager": lazy_gettext("product manager"), "admin": lazy_gettext("administrator"),
}  # fmt: skip


def chosen_locale() -> str:
    """What the person chose, else what the account keeps, else what the browser asks for."""
    if not has_request_context():  # a command or a job
        return "en"
    if (chosen := session.get("locale")) in LOCALES:
        return str(chosen)
    if current_user and getattr(current_user, "locale", None) in LOCALES:
        return str(current_user.locale)
    for tag, _quality in request.accept_languages:
        if tag.lower().startswith("zh"):
            return "zh_CN"
        if tag.lower().startswith("en"):
            return "en"
    return "en"


def language_tag() -> str:
    """The language of what is being rendered, as HTML names it."""
    return "zh-CN" if is_chinese() else "en"


def is_chinese() -> bool:
    return str(get_locale()).startswith("zh")


def term(word: str | None) -> str:
    """A glossary word in the reader's language."""
    return str(TERMS.get(word or "", word or "—"))


def ago(moment: datetime | None) -> Markup:
    """A `time` element: how long ago, with the full date as its title."""
    if moment is None:
        return Markup("—")
    ahead = moment - datetime.now(UTC)
    rounded = ceil(ahead.total_seconds() / 30)  # what is still to come never reads as if it had been
    return _ago(moment, str(get_locale()), None if abs(ahead.days) > 30 else rounded)


@lru_cache(maxsize=20_000)
def _ago(moment: datetime, locale: str, half_minutes: int | None) -> Markup:
    """A page has dozens of these, and most of them read the same for a while."""
    full = format_datetime(moment, "long", locale=locale)
    if half_minutes is None:
        text = format_date(moment, "medium", locale=locale)
    elif half_minutes == 0:
        text = gettext("a moment ago")
    else:
        text = format_timedelta(timedelta(seconds=30 * half_minutes), add_direction=True, locale=locale)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), full, text)


def day(moment: datetime) -> str:
    return str(format_date(moment, "medium", locale=get_locale()))


def date_only(value: date | str) -> str:
    """Of a day, or of one as reports keep it: 2026-06-01."""
    value = date.fromisoformat(value) if isinstance(value, str) else value
    return str(format_date(value, "medium", locale=get_locale()))


def short_date(value: date) -> str:
    """Day and month, as below a chart."""
    return str(format_skeleton("MMMd", datetime(value.year, value.month, value.day), locale=get_locale()))


def number(value: float, digits: int = 0) -> str:
    return str(format_decimal(round(value, digits), locale=get_locale()))


def mean_mood(value: float) -> str:
    """A mean sentiment, always with two places: beside one another −0.21 and −0.4 do not look their difference."""
    return str(format_decimal(round(value, 2), "0.00", locale=get_locale()))


def percent(value: float) -> str:
    return str(format_percent(value, locale=get_locale()))


def getattr_or_none(item: object, name: str) -> Any:
    return getattr(item, name, None)


def local(item: Any, field: str) -> str:
    """The field of a row or dict in the reader's language, if it has one."""
    get: Callable[[str], Any] = item.get if isinstance(item, dict) else partial(getattr_or_none, item)
    return str((get(f"{field}_zh") if is_chinese() else None) or get(field) or "")


def when_rendered(shown: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, asked anew for each reader. Jinja works out `"moderator"|term` once, for whoever opens the page first,
    unless the filter asks for the context.
    """

    @pass_context
    @wraps(shown)
    def asked(_: Context, *args: Any, **named: Any) -> Any:
        return shown(*args, **named)

    return asked


def register(app: Flask) -> None:
    Babel(app, locale_selector=chosen_locale, default_locale="en")
    shown = (ago, day, date_only, short_date, term, number, mean_mood, percent, local)
    app.jinja_env.filters.update({one.__name__: when_rendered(one) for one in shown})
    app.jinja_env.globals.update(LOCALES=LOCALES, chosen_locale=chosen_locale, language_tag=language_tag)
