"""What notifications are called, and what one says in a line: in the page, in a mail's first line and in a digest."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from community.badges import BADGES
from community.moderation.own_reasons import is_told, reason_name
from community.web.languages import date_only, is_chinese

_: Callable[..., str] = gettext
_l: Callable[..., str] = lazy_gettext

LABELS = {
    "needs information": _l("Details needed"), "reply": _l("Replies"), "mention": _l("Mentions"),
    "accepted": _l("Solved by you"), "watched": _l("Watched"), "saved search": _l("Saved searches"),
    "badge": _l("Badges and thanks"), "alert": _l("Alerts"),
    "decision": _l("Decisions"), "report": _l("Reports"), "outcome": _l("You said, we did"),
    "complaint": _l("Complaints"),
}  # fmt: skip
HINTS = {
    "needs information": _l("Somebody who wants to help you asks for details."),
    "reply": _l("Somebody answers your question, or comments below what you wrote."),
    "mention": _l("Somebody calls you by your @handle."),
    "accepted": _l("Your answer was marked as the one that solved it."),
    "watched": _l("Something new in questions, products and tags that you watch."),
    "saved search": _l("Something new answers to a search that you saved."),
    "badge": _l("You earned a badge, and how your answers helped others."),
    "alert": _l("Many more customers than usual speak of a theme or of leaving, or a theme is new."),
    "report": _l("The weekly or monthly insight reports that you subscribed to."),
    "decision": _l("Moderators decided about something that you wrote."),
    "outcome": _l("What became of something that you raised, in the forum or in a complaint."),
}
DECIDED = {
    "hide": _l("A moderator hid your post"), "delete": _l("A moderator deleted your post"),
    "autohide": _l("Your post was flagged by several people and is hidden until a moderator looks at it"),
    "held": _l("Your post is not shown until a moderator has looked at it"), "autoshow": _l("Your post is shown again"), "reject": _l("Your post is shown again: the flags were wrong"),
    "publish": _l("Your post was looked at and is published"), "undo": _l("A decision about you was taken back"),
    "silence": _l("You may read, but not write, for a time"), "suspend": _l("Your account is suspended for a time"),
    "lift": _l("Your sanction was lifted"), "grant": _l("Your appeal was granted"),
    "refuse": _l("Your appeal was refused"), "merge": _l("Your question was merged with another that asks the same"),
    "close": _l("Your question was closed"), "move": _l("Your post was moved"),
    "split": _l("Your post became a question of its own"), "to answer": _l("Your comment became an answer"),
}  # fmt: skip
UNMAILED = {"complaint"}  # kinds whose mail is not for choosing: a conversation goes on by mail
OF_INSIGHTS = {"alert", "report"}  # kinds that only those who read insights ever get
OFTEN = {"now": _l("At once"), "daily": _l("Daily"), "weekly": _l("Weekly"), "never": _l("Never")}
OF_SEARCHES = {"daily": _l("As chosen for each search"), "never": _l("Never")}  # each says itself how often


def line(kind: str, post_kind: str | None, who: str | None, details: Mapping[str, Any]) -> str:
    """Who did what, without the question's title."""
    who = who or _("Somebody")
    if kind == "needs information":
        return _("%(who)s asks you for details", who=who)
    if kind == "mention":
        return _("%(who)s mentioned you", who=who)
    if kind == "accepted":
        return _("%(who)s says that your answer solved it", who=who)
    if kind == "saved search":
        return _("New for your saved search “%(name)s”", name=details.get("name", ""))
    if kind == "badge":
        return _("You earned a badge: %(name)s", name=badge_name(details.get("badge", "")))
    if kind == "alert":
        return alerted(details)
    if kind == "report":
        return reported(details)
    if kind == "decision":
        return decided(details)
    if kind == "complaint":
        return _("%(who)s answered your complaint", who=who)
    if kind == "outcome":
        return _("What became of something you raised: %(title)s", title=title_of(details))
    if kind == "watched":
        return _watched(post_kind, who)
    return _reply(post_kind, who, details.get("below"))


def alerted(details: Mapping[str, Any]) -> str:
    count, name = details.get("count", ""), theme_name(details)
    if details.get("alert") == "new":
        return _("New: %(count)s customers speak of “%(name)s”", count=count, name=name)
    if details.get("alert") == "leaving" and name:
        return _("%(count)s customers of %(name)s said in a week that they are leaving", count=count, name=name)
    if details.get("alert") == "leaving":
        return _("%(count)s customers said in a week that they are leaving", count=count)
    return _("%(count)s customers spoke of “%(name)s” in one day", count=count, name=name)


def reported(details: Mapping[str, Any]) -> str:
    """Which report it is, with its days."""
    first, last, name = (details.get(key, "") for key in ("first", "last", "name"))
    period = f"{date_only(first)} – {date_only(last)}" if first and last else ""
    said = _("The monthly report") if details.get("kind") == "monthly" else _("The weekly report")
    product = theme_name(details) if name else ""
    return ", ".join(part for part in (said, product, period) if part)


def decided(details: Mapping[str, Any]) -> str:
    """What moderators decided, and for which of the reasons that are ready to hand."""
    action, reason = details.get("action", ""), details.get("reason", "")
    said = str(DECIDED.get(action, _("Moderators decided about something of yours")))
    return _("%(what)s: %(why)s", what=said, why=reason_name(reason)) if is_told(reason) else said


def badge_name(key: str) -> str:
    return str(BADGES[key].name) if key in BADGES else key


def theme_name(details: Mapping[str, Any]) -> str:
    """As it was called when the alert was raised, in the reader's language."""
    return str((details.get("name_zh") if is_chinese() else None) or details.get("name", ""))


def title_of(details: Mapping[str, Any]) -> str:
    return str((details.get("title_zh") if is_chinese() else None) or details.get("title", ""))


def labels_for(reads_insights: bool) -> dict[str, str]:
    """The kinds that a reader may get, with what they are called."""
    return {kind: label for kind, label in LABELS.items() if reads_insights or kind not in OF_INSIGHTS}


def _reply(post_kind: str | None, who: str, below: str | None) -> str:
    if post_kind == "answer":
        return _("%(who)s answered your question", who=who)
    if below == "answer":
        return _("%(who)s commented on your answer", who=who)
    if below == "question":
        return _("%(who)s commented on your question", who=who)
    return _("%(who)s commented on an answer to your question", who=who)


def _watched(post_kind: str | None, who: str) -> str:
    if post_kind == "question":
        return _("%(who)s asked about something you watch", who=who)
    if post_kind == "answer":
        return _("%(who)s answered a question you watch", who=who)
    return _("%(who)s commented on a question you watch", who=who)
