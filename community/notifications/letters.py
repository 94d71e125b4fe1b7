"""Mails about one notification, written in the reader's language: threaded by question, answerable, easy to stop."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import nh3
from flask import current_app
from flask_babel import force_locale, gettext
from markupsafe import Markup

from community import mail_addresses as addresses
from community.mail import QUOTED, Letter
from community.models import Account, Notification, Post, Question
from community.names import clean_line
from community.notifications.recipients import News, Part
from community.notifications.wording import line
from community.web import markdown
from community.web.languages import LOCALES

ANSWERABLE = {"reply", "mention", "needs information", "watched"}
LONGEST_BODY = 6_000  # characters of a post in a mail; the rest is on the page


def of_post(session: Any, news: News, reader: Account, part: Part, now: datetime) -> Letter:
    """The mail that tells `reader` of a post at once."""
    actor = session.get(Account, news.actor_id) if news.actor_id else None
    return write(reader, part.kind, {"below": part.below}, actor, news.post, news.question, now)


def write(
    reader: Account, kind: str, details: Mapping[str, Any], actor: Account | None, post: Post, question: Question,
    now: datetime,
) -> Letter:  # fmt: skip
    replies = addresses.reply_address(reader.id, post.id, now) if kind in ANSWERABLE else None
    title = clean_line(question.title or "")
    with force_locale(language_of(reader)):
        said = line(kind, post.kind, actor.name if actor else None, details)
        facts = {
            "line": said, "title": title, "body": cut(post.body), "html": html_of(cut(post.body)),
            "url": addresses.page_url(f"/posts/{post.id}"), "takes_replies": replies is not None,
            "becomes": "answer" if post.kind == "question" else "comment", **frame(reader, kind),
        }  # fmt: skip
        text, html = render("mail/notification.txt", **facts), render("mail/notification.html", **facts)
    headers = common_headers(reader.id, kind) | thread_headers(question.id, post.id, reader.id, kind)
    if replies:
        headers["Reply-To"] = replies
    subject = title if post.id == question.id else f"Re: {title}"
    return Letter(reader.email or "", subject, text, html, reader.id, f"post:{post.id}:{reader.id}:{kind}", headers)


def of_badge(reader: Account, notification: Notification, path: str) -> Letter:
    """The mail about a notification that no post stands behind."""
    return without_post(reader, notification.kind, notification.details, path, f"notification:{notification.id}")


def without_post(reader: Account, kind: str, details: Mapping[str, Any], path: str, key: str) -> Letter:
    """A mail of one line and a link; `key` says what it is about, so that it is queued once."""
    with force_locale(language_of(reader)):
        said = line(kind, None, None, details)
        facts = {
            "line": said,
            "title": "",
            "body": "",
            "html": "",
            "url": addresses.page_url(path),
            "takes_replies": False,
        }
        facts |= frame(reader, kind)
        text, html = render("mail/notification.txt", **facts), render("mail/notification.html", **facts)
    headers = common_headers(reader.id, kind)
    return Letter(reader.email or "", said, text, html, reader.id, key, headers)


def with_quotes(
    reader: Account, kind: str, details: Mapping[str, Any], said: Sequence[Any], quoted: Sequence[int], path: str, key: str
) -> Letter:  # fmt: skip
    """A mail of one line, what customers said, and a link; `quoted` are the verbatims it was said in."""
    facts = {"quotes": said, "quoted": quoted, "url": addresses.page_url(path)}
    return from_template(reader, kind, "mail/quotes", details, facts, key)


def from_template(
    reader: Account, kind: str, name: str, details: Mapping[str, Any], facts: Mapping[str, Any], key: str
) -> Letter:
    """A mail by the templates of this name, in the reader's language; its first line is its subject.

    When a verbatim of `facts["quoted"]` is gone before it is sent, it is not sent.
    """
    with force_locale(language_of(reader)):
        said = line(kind, None, None, details)
        known = {"line": said, **facts, **frame(reader, kind)}
        text, html = render(f"{name}.txt", **known), render(f"{name}.html", **known)
    quoted = {QUOTED: " ".join(map(str, facts["quoted"]))} if facts.get("quoted") else {}
    return Letter(reader.email or "", said, text, html, reader.id, key, common_headers(reader.id, kind) | quoted)


def frame(reader: Account, kind: str) -> dict[str, Any]:
    """What every mail's head and foot need."""
    return {
        "site_name": current_app.config["SITE_NAME"],
        "site_url": addresses.page_url("/"),
        "settings_url": addresses.page_url("/settings/notifications"),
        "stop_url": stop_url(reader.id, kind),
        "above": line_above(),
    }


def line_above() -> str:
    """The line on top of a mail that may be answered: what stands below it is a quote."""
    return str(gettext("Please write your reply above this line"))


def stop_url(account_id: int, kind: str) -> str:
    return addresses.page_url(f"/unsubscribe/{addresses.stop_token(account_id, kind)}")


def common_headers(account_id: int, kind: str) -> dict[str, str]:
    """What mailboxes and other machines need: no machine answers, one click stops (RFC 2369, 2919, 3834, 8058)."""
    stop = addresses.stop_address(account_id, kind)
    ways = [f"<{stop_url(account_id, kind)}>", *([f"<mailto:{stop}>"] if stop else [])]
    return {
        "List-Id": f"{list_name()} <notifications.{addresses.mail_host()}>",
        "List-Unsubscribe": ", ".join(ways),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Precedence": "bulk" if kind == "digest" else "list",
    }


def list_name() -> str:
    """The site's name as plain letters, since the header is not encoded."""
    return re.sub(r"[^A-Za-z0-9 -]", "", current_app.config["SITE_NAME"]).strip() or "Community"


def thread_headers(question_id: int, post_id: int, account_id: int, kind: str) -> dict[str, str]:
    """All mails about a question are one conversation; the same notification has always the same Message-ID."""
    root = addresses.thread_id(question_id)
    if post_id == question_id and kind == "watched":
        return {"Message-ID": root}
    name = f"post-{post_id}.{account_id}.{kind.replace(' ', '-')}"
    return {"Message-ID": f"<{name}@{addresses.mail_host()}>", "In-Reply-To": root, "References": root}


def language_of(reader: Account) -> str:
    return reader.locale if reader.locale in LOCALES else "en"


def cut(body: str) -> str:
    return body if len(body) <= LONGEST_BODY else f"{body[:LONGEST_BODY].rstrip()}…"


def html_of(body: str) -> Markup:
    """A post for a mail: no pictures that tell who opens it, links that lead to the site from anywhere."""
    tags = markdown.TAGS - {"img"}
    attributes = {"a": {"href", "title"}, "ol": {"start"}}
    clean = nh3.clean(
        markdown.render(body), tags=tags, attributes=attributes, url_schemes={"http", "https", "mailto"},
        attribute_filter=lambda _tag, name, value: from_anywhere(value) if name == "href" else value,
    )  # fmt: skip
    return Markup(clean)  # noqa: S704  (nh3 has cleaned it)


def from_anywhere(address: str) -> str:
    return addresses.page_url(address) if address.startswith("/") else address


def render(name: str, **facts: Any) -> str:
    """A template of mails. Outside of requests there is none of what pages know, so nothing but the facts goes in."""
    text = current_app.jinja_env.get_template(name).render(**facts)
    return text if name.endswith(".html") else re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"
