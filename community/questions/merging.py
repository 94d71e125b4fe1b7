"""A question becomes part of another that asks the same: answers, comments, votes and people go there, losing nothing."""

from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Table, select

from community.errors import Invalid, NotFound
from community.models import MeToo, Notification, Post, Question, Verbatim, Vote, Watch
from community.moderation.changes import Changes

TABLE = cast(Table, Post.__table__)
post = TABLE.c
MOST_MOVED = 2_000  # posts, votes or watches of one question

Done = tuple[dict[str, Any], list[int]]  # details of the log, and who else hears of it


def merge(changes: Changes, question: Question, into: Question | None) -> Done:
    """All that hangs on the question goes to the other one; whoever opens it is led there. Its words stay readable."""
    target = other_question(into, question.id)
    if question.erased_at or target.erased_at:
        raise NotFound
    question_id, target_id, author_id = question.id, target.id, question.author_id
    told = [target.author_id] if target.author_id else []
    _accept_one(changes, question, target)
    move_posts(changes, post.question_id == question_id, target)
    changes.update(Post, post.parent_id == question_id, parent_id=target_id)
    _move_votes(changes, question_id, target_id, told)
    _move_people(changes, question_id, target_id, author_id, told)
    changes.update(Post, post.id == question_id, merged_into_id=target_id)
    changes.mark(changes.session.get_one(Question, question_id), "merged")
    return {"questions": [question_id, target_id], "into": target_id}, told


def other_question(target: Question | None, than_id: int) -> Question:
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


def move_posts(changes: Changes, which: ColumnElement[bool], target: Question) -> None:
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
