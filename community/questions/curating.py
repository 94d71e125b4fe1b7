"""What moderators do with threads: close, lock, pin; merge, move, split. Each is a row of the log and can be undone."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from community import outbox
from community.errors import Conflict, Invalid, NotFound
from community.models import Account, Answer, LogEntry, Post, Question
from community.moderation import deciding, log, own_reasons
from community.moderation.changes import Changes
from community.moderation.reasons import action_name
from community.questions.merging import TABLE, Done, merge, post
from community.questions.splitting import move, split, to_answer


@dataclass(frozen=True)
class Wish:
    """What was chosen on the page: a reason to close, the question that it goes to, a title for what is split off."""

    reason: str = ""
    target: Question | None = None
    title: str = ""


def curate(session: Session, given: Post, action: str, wish: Wish, by: Account, now: datetime) -> LogEntry:
    """Do it, and write it down. Raises Invalid for what cannot be done with such a post, Conflict, Faster, NotFound."""
    verbs = OF_QUESTIONS if isinstance(given, Question) else OF_ANSWERS if isinstance(given, Answer) else OF_COMMENTS
    verb = verbs.get(action)
    if verb is None:
        raise Invalid(_("This cannot be done with that post."))
    waits = deciding.flagged_as(session, given, "duplicate", by) if action == "merge" else None
    _hold(session, given, wish.target)
    changes = Changes(session, now)
    details, told = verb(changes, given, wish)
    if waits:
        deciding.settle(changes, waits, action, by)
    entry = log.write(
        session, action, by, now, item=waits, post=given, changes=changes, details=details,
        reason=wish.reason if action == "close" else "",
    )  # fmt: skip
    for question_id in details.get("questions", ()):
        log.recount(session, question_id, now)
    if action in TOLD:
        outbox.record(session, "entry.written", entry.id, by, now, also=told)
    return entry


def _hold(session: Session, *posts: Post | None) -> None:
    """Nobody else changes these posts before the commit.

    Raises Faster for one that another put elsewhere meanwhile, NotFound for one that was taken out of sight.
    """
    ids = [one.id for one in posts if one is not None]
    held = select(Post).where(post.id.in_(ids)).order_by(post.id).with_for_update(of=TABLE)
    for one in session.scalars(held.execution_options(populate_existing=True)).all():
        require_in_place(session, one.id)
        if one.deleted_at:
            raise NotFound


class Faster(Conflict):
    """Another moderator merged the post or split it off; the message says who."""


def require_in_place(session: Session, post_id: int) -> None:
    """Raises Faster where somebody merged this post or split it off."""
    is_elsewhere = select(post.id).where(
        post.id == post_id, post.merged_into_id.is_not(None), post.deleted_at.is_not(None)
    )
    rows = select(LogEntry).where(
        LogEntry.post_id == post_id, LogEntry.action.in_(("merge", "split", "to answer")), is_elsewhere.exists()
    )
    latest = session.scalar(rows.options(selectinload(LogEntry.actor)).order_by(LogEntry.id.desc()).limit(1))
    if latest:
        who = latest.actor.name if latest.actor else _("Somebody")
        raise Faster(_("%(who)s was faster: %(what)s.", who=who, what=action_name(latest.action)))


def close(changes: Changes, question: Question, wish: Wish) -> Done:
    if not own_reasons.is_choice(changes.session, wish.reason):
        raise Invalid(_("Say why it is closed."))
    _set(changes, question, question.closed_at is None, closed_at=changes.now, closed_for=wish.reason)
    return {}, []


def reopen(changes: Changes, question: Question, wish: Wish) -> Done:
    _set(changes, question, question.closed_at is not None, closed_at=None, closed_for=None)
    return {}, []


def lock(changes: Changes, question: Question, wish: Wish) -> Done:
    _set(changes, question, question.locked_at is None, locked_at=changes.now)
    return {}, []


def unlock(changes: Changes, question: Question, wish: Wish) -> Done:
    _set(changes, question, question.locked_at is not None, locked_at=None)
    return {}, []


def pin(changes: Changes, question: Question, wish: Wish) -> Done:
    _set(changes, question, question.pinned_at is None, pinned_at=changes.now)
    return {}, []


def unpin(changes: Changes, question: Question, wish: Wish) -> Done:
    _set(changes, question, question.pinned_at is not None, pinned_at=None)
    return {}, []


def _set(changes: Changes, question: Question, is_new: bool, **values: Any) -> None:
    if not is_new:
        raise Conflict(_("It is so already."))
    changes.update(Post, post.id == question.id, **values)


Verb = Callable[[Changes, Any, Wish], Done]

OF_QUESTIONS: dict[str, Verb] = {
    "close": close, "reopen": reopen, "lock": lock, "unlock": unlock, "pin": pin, "unpin": unpin,
    "merge": lambda changes, question, wish: merge(changes, question, wish.target),
}  # fmt: skip
OF_ANSWERS: dict[str, Verb] = {
    "move": lambda changes, given, wish: move(changes, given, wish.target),
    "split": lambda changes, given, wish: split(changes, given, wish.title),
}
OF_COMMENTS: dict[str, Verb] = {
    "split": lambda changes, given, wish: split(changes, given, wish.title),
    "to answer": lambda changes, given, wish: to_answer(changes, given),
}
TOLD = ("close", "merge", "move", "split", "to answer")


def question_number(text: str) -> int | None:
    """The number of a question, typed or as the last number of its address."""
    found = re.findall(r"\d{1,9}", text.partition("#")[0].partition("?")[0])
    return int(found[-1]) if found else None
