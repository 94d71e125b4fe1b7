"""A hook for a spam service outside, asked by the worker a moment after somebody without much trust has posted.

`SPAM_HOOK` is `module:function`, which is given what is asked and says a number, or an address that is sent the same as
JSON and answers {"score": number}. What it says is added to the site's own signals. Without the setting nobody is asked,
and an outside that fails or takes too long holds nothing back.
"""

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from typing import Any
from urllib.request import Request, urlopen

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from community.models import Event, Post, SpamMark
from community.moderation import spam
from community.moderation.looking_again import look_again
from community.trust import links_and_images

log = logging.getLogger(__name__)

MOST_BYTES = 10_000  # of an answer


def ask_outside(session: Session, events: Sequence[Event]) -> None:
    """A reaction: hold back what the outside finds, unless it was decided about before."""
    if not current_app.config["SPAM_HOOK"]:
        return
    for event in events:
        if event.details.get("imported"):
            continue
        session.rollback()
        post = session.scalar(select(Post).where(Post.id == event.subject_id).options(selectinload(Post.author)))
        if post is None or post.deleted_at or session.get(SpamMark, post.id):
            continue
        author = post.author
        if author is None or spam.is_trusted(author):
            continue
        said = answer_about(post, author.created_at)
        if said:
            look_again(session, post.id, event.created_at, {"outside": said})


def answer_about(post: Post, joined: datetime) -> float:
    """What the outside says; 0 when it says nothing usable."""
    hook = current_app.config["SPAM_HOOK"]
    asked = {
        "kind": post.kind, "text": spam.text_of(post), "links": links_and_images(post.body)[0],
        "account_days": (post.created_at - joined).days,
    }  # fmt: skip
    try:
        if hook.startswith(("http://", "https://")):
            return ask_by_http(hook, asked)
        module, _, name = hook.partition(":")
        return float(getattr(import_module(module), name)(asked))
    except Exception as error:  # whatever breaks out there, the forum goes on
        log.warning("spam hook: %s: %s", type(error).__name__, error)
        return 0.0


def ask_by_http(url: str, asked: dict[str, Any]) -> float:
    request = Request(url, json.dumps(asked).encode(), {"Content-Type": "application/json"})  # noqa: S310 (checked above)
    with urlopen(request, timeout=current_app.config["SPAM_HOOK_SECONDS"]) as response:  # noqa: S310
        return float(json.loads(response.read(MOST_BYTES))["score"])
