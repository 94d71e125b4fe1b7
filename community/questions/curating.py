"""What moderators do with threads: close, lock, pin, merge, move, split. Each is a row of the log and can be undone."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, cast

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, Table, bindparam, select
from sqlalchemy.orm import Session, selectinload

from community import outbox, verbatims
from community.errors import Conflict, Invalid, NotFound
from community.heat import heat
from community.models import (
    Account,
    Answer,
    Comment,
    LogEntry,
    MeToo,
    Notification,
    Post,
    Question,
    Upload,
    Verbatim,
    Vote,
    Watch,
)
from community.moderation import log, own_reasons
from community.moderation.changes import Changes
from community.questions.rules import checked_title

TABLE = cast(Table, Post.__table__)
post = TABLE.c
MOST_MOVED = 2_000  # posts, votes or watches of one question


@dataclass(frozen=True)
class Wish:
    """What was chosen on the page: a reason to close, the question that it goes to, a title for what is split off."""

    reason: str = ""
    target: Question | None = None
    title: str = ""


def curate(session: Session, given: Post, action: str, wish: Wish, by: Account, now: datetime) -> LogEntry:
    """Do it, and write it down. Raises Invalid for what cannot be done with such a post, Conflict, NotFound."""
    verbs = OF_QUESTIONS if isinstance(given, Question) else OF_ANSWERS if isinstance(given, Answer) else OF_COMMENTS
    verb = verbs.get(action)
    if verb is None:
        raise Invalid(_("This cannot be done with that post."))
    _hold(session, given, wish.target)
    changes = Changes(session, now)
    details, told = verb(changes, given, wish)
    entry = log.write(
        session, action, by, now, post=given, changes=changes, details=details,
        reason=wish.reason if action == "close" else "",
    )  # fmt: skip
    for question_id in details.get("questions", ()):
        log.recount(session, question_id, now)
    if action in TOLD:
        outbox.record(session, "entry.written", entry.id, by, now, also=told)
    return entry


def _hold(session: Session, *posts: Post | None) -> None:
    """Nobody else changes these posts before the commit. Raises NotFound for one that was taken out of sight meanwhile."""
    ids = [one.id for one in posts if one is not None]
    held = select(Post).where(post.id.in_(ids)).order_by(post.id).with_for_update(of=TABLE)
    if any(one.deleted_at for one in session.scalars(held.execution_options(populate_existing=True))):
        raise NotFound


Done = tuple[dict[str, Any], list[int]]  # details of the log, and who else hears of it


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


def merge(changes: Changes, question: Question, wish: Wish) -> Done:
    """All that hangs on the question goes to the target; whoever opens it is led there. Its words stay readable."""
    target = _other(wish.target, question.id)
    if question.erased_at or target.erased_at:
        raise NotFound
    question_id, target_id, author_id = question.id, target.id, question.author_id
    told = [target.author_id] if target.author_id else []
    _accept_one(changes, question, target)
    _move_posts(changes, post.question_id == question_id, target)
    changes.update(Post, post.parent_id == question_id, parent_id=target_id)
    _move_votes(changes, question_id, target_id, told)
    _move_people(changes, question_id, target_id, author_id, told)
    changes.update(Post, post.id == question_id, merged_into_id=target_id)
    changes.mark(changes.session.get_one(Question, question_id), "merged")
    return {"questions": [question_id, target_id], "into": target_id}, told


def _other(target: Question | None, than_id: int) -> Question:
    if target is None or target.id == than_id:
        raise Invalid(_("Name the other question by its number or address."))
    return target


def _accept_one(changes: Changes, question: Question, target: Question) -> None:
    """A question has one accepted answer: the target's own, else the one that comes along."""
    if not question.solved_at:
        return
    solved_at = question.solved_at
    changes.update(Post, post.id == question.id, solved_at=None)
    if target.solved_at:
        changes.update(Post, (post.question_id == question.id) & post.accepted_at.is_not(None), accepted_at=None)
    else:
        changes.update(Post, post.id == target.id, solved_at=solved_at)


def _move_posts(changes: Changes, which: ColumnElement[bool], target: Question) -> None:
    """These posts stand below the target from now on; so do their words in mining and what people were told of them."""
    target_id, product_id = target.id, target.product_id
    ids = list(changes.session.scalars(select(post.id).where(which).limit(MOST_MOVED + 1)))
    if len(ids) > MOST_MOVED:
        raise Invalid(_("More than %(most)s posts hang on it: too many to be moved.", most=MOST_MOVED))
    words, told = cast(Table, Verbatim.__table__).c, cast(Table, Notification.__table__).c
    changes.update(Post, post.id.in_(ids), question_id=target_id)
    changes.update(Verbatim, words.post_id.in_(ids), product_id=product_id)
    changes.update(Notification, told.post_id.in_(ids), question_id=target_id)


def _move_votes(changes: Changes, question_id: int, target_id: int, authors: list[int]) -> None:
    """Whoever voted for it votes for the target, unless they did already or asked that themselves."""
    rows = changes.session.execute(
        select(Vote.voter_id, Vote.value, Vote.created_at).where(Vote.post_id == question_id).limit(MOST_MOVED)
    ).all()
    score = 0
    for voter_id, value, at in rows:
        if voter_id not in authors and changes.insert(
            Vote, voter_id=voter_id, post_id=target_id, value=value, created_at=at
        ):
            score += value
    changes.add(Post, target_id, score=score)


def _move_people(changes: Changes, question_id: int, target_id: int, author_id: int | None, authors: list[int]) -> None:
    """Who had the problem too, the asker among them, has it there; who watched it watches that."""
    session = changes.session
    too = [
        (row.account_id, row.created_at)
        for row in session.scalars(select(MeToo).where(MeToo.question_id == question_id).limit(MOST_MOVED))
    ]
    too += [(author_id, changes.now)] if author_id else []
    count = 0
    for account_id, at in too:
        if account_id not in authors:
            count += changes.insert(MeToo, account_id=account_id, question_id=target_id, created_at=at)
    changes.add(Post, target_id, me_too_count=count)
    watches = session.execute(
        select(Watch.account_id, Watch.level, Watch.created_at)
        .where(Watch.question_id == question_id)
        .limit(MOST_MOVED)
    ).all()
    for account_id, level, at in watches:
        changes.insert(Watch, account_id=account_id, level=level, question_id=target_id, created_at=at)


def move(changes: Changes, given: Answer, wish: Wish) -> Done:
    """The answer with its comments stands below another question."""
    target, from_id = _other(wish.target, given.question_id or 0), given.question_id or 0
    if given.accepted_at:
        changes.update(Post, post.id == from_id, solved_at=None)
        changes.update(Post, post.id == given.id, accepted_at=None)
    target_id, answer_id = target.id, given.id
    _move_posts(changes, (post.id == answer_id) | (post.parent_id == answer_id), target)
    return {"questions": [from_id, target_id], "into": target_id}, []


def split(changes: Changes, given: Answer | Comment, wish: Wish) -> Done:
    """The post becomes a question of its own, with its votes and comments; its old address leads there."""
    session, title = changes.session, checked_title(wish.title)
    from_id = given.question_id or 0
    if isinstance(given, Answer) and given.accepted_at:
        raise Conflict(_("It was accepted as the answer."))
    product_id = session.scalar(select(Question.product_id).where(Question.id == from_id))
    new_id = _begin_anew(
        changes, given, kind="question", title=title, active_at=changes.now, product_id=product_id, answer_count=0,
        me_too_count=0, hot=heat(given.created_at, given.score, 0, 0),
    )  # fmt: skip
    author_id = given.author_id
    changes.update(Post, post.parent_id == given.id, question_id=new_id, parent_id=new_id)
    if author_id:
        changes.insert(Watch, account_id=author_id, level="watching", question_id=new_id, created_at=changes.now)
    _take_its_place(changes, given.id, new_id, product_id)
    return {"questions": [from_id, new_id], "into": new_id, "made": new_id}, []


def to_answer(changes: Changes, given: Comment, wish: Wish) -> Done:
    """The comment becomes an answer to its question, with its votes; its old address leads there."""
    session, from_id = changes.session, given.question_id or 0
    product_id = session.scalar(select(Question.product_id).where(Question.id == from_id))
    new_id = _begin_anew(changes, given, kind="answer", question_id=from_id, is_reply=False)
    _take_its_place(changes, given.id, new_id, product_id)
    outbox.record(session, "answer.shown", new_id, None, changes.now)
    return {"questions": [from_id], "into": from_id, "made": new_id, "kind": "answer"}, []


def _begin_anew(changes: Changes, given: Answer | Comment, **values: Any) -> int:
    """The id of a new post with the same words, author, day, votes and images."""
    given_id = given.id
    changes.insert(
        Post, body=given.body, author_id=given.author_id, created_at=given.created_at, score=given.score, **values
    )
    new_id = int(changes.rows[-1]["key"][0])
    changes.update(Vote, cast(Table, Vote.__table__).c.post_id == given_id, post_id=new_id)
    changes.update(Upload, cast(Table, Upload.__table__).c.post_id == given_id, post_id=new_id)
    return new_id


def _take_its_place(changes: Changes, given_id: int, new_id: int, product_id: int | None) -> None:
    """The old post is out of sight and leads to the new one, whose words are mined from now on."""
    session = changes.session
    changes.update(Post, post.id == given_id, merged_into_id=new_id)
    changes.mark(session.get_one(Post, given_id), "split")
    made = session.get_one(Post, new_id)
    made.author = session.get(Account, made.author_id) if made.author_id else None
    verbatims.of_post(session, made, product_id, changes.now)


def unmake(session: Session, entry: LogEntry, now: datetime) -> None:
    """After undoing: what had been made of the post is gone from search and counts."""
    if made := entry.details.get("made"):
        outbox.record(session, f"{entry.details.get('kind', 'question')}.hidden", made, None, now)


log.FOLLOWS |= {"split": unmake, "to answer": unmake}
Verb = Callable[[Changes, Any, Wish], Done]

OF_QUESTIONS: dict[str, Verb] = {
    "close": close, "reopen": reopen, "lock": lock, "unlock": unlock, "pin": pin, "unpin": unpin, "merge": merge,
}  # fmt: skip
OF_ANSWERS: dict[str, Verb] = {"move": move, "split": split}
OF_COMMENTS: dict[str, Verb] = {"split": split, "to answer": to_answer}
TOLD = ("close", "merge", "move", "split", "to answer")


def put_elsewhere(session: Session, post_id: int) -> LogEntry | None:
    """Who merged this post or split it off, where somebody did."""
    is_elsewhere = select(post.id).where(post.id == post_id, post.hidden_as.in_(("merged", "split")))
    rows = select(LogEntry).where(
        LogEntry.post_id == post_id, LogEntry.action.in_(("merge", "split", "to answer")), is_elsewhere.exists()
    )
    latest = rows.options(selectinload(LogEntry.actor)).order_by(LogEntry.id.desc()).limit(1)
    return session.scalar(latest)


def question_number(text: str) -> int | None:
    """The number of a question, typed or as the last number of its address."""
    found = re.findall(r"\d{1,9}", text.partition("#")[0].partition("?")[0])
    return int(found[-1]) if found else None


class OpenThread(NamedTuple):
    """Whose question it is, and about which product; when the words of the post in it were erased."""

    author_id: int | None
    product_id: int | None
    erased_at: datetime | None


def require_open(session: Session, given: Post, by: Account, answers: bool = False) -> OpenThread:
    """How the thread of this post is now: the post may have been read before the writer's place was taken.

    Raises Conflict where moderators closed the question to answers, or locked it to all but the staff; NotFound.
    """
    row = session.execute(_thread(), {"post_id": given.id, "question_id": given.question_id or given.id}).first()
    if row is None or row.deleted_at or row.is_gone:  # hidden or deleted since it was read
        raise NotFound
    if row.locked_at and not by.is_staff:
        raise Conflict(_("Moderators have locked this question."))
    if answers and row.closed_at:
        raise Conflict(_("The question is closed and takes no more answers."))
    return OpenThread(row.author_id, row.product_id, row.erased_at)


@cache
def _thread() -> Select[Any]:
    own = TABLE.alias("own")
    columns = (post.locked_at, post.closed_at, post.deleted_at, post.author_id, post.product_id)
    return (
        select(*columns, own.c.erased_at, own.c.deleted_at.is_not(None).label("is_gone"))
        .join_from(TABLE, own, own.c.id == bindparam("post_id"))
        .where(post.id == bindparam("question_id"), post.kind == "question")
    )
