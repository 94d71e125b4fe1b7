"""An answer goes to another question; an answer or a comment becomes a question, or a comment an answer, of its own."""

from datetime import datetime
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from community import outbox, verbatims
from community.errors import Conflict
from community.heat import heat
from community.models import Account, Answer, Comment, LogEntry, Post, Question, Upload, Vote, Watch
from community.moderation import log
from community.moderation.changes import Changes
from community.questions.merging import Done, move_posts, other_question, post
from community.questions.rules import checked_title


def move(changes: Changes, given: Answer, to: Question | None) -> Done:
    """The answer with its comments stands below another question."""
    target, from_id = other_question(to, given.question_id or 0), given.question_id or 0
    if given.accepted_at:
        changes.update(Post, post.id == from_id, solved_at=None)
        changes.update(Post, post.id == given.id, accepted_at=None)
    target_id, answer_id = target.id, given.id
    move_posts(changes, (post.id == answer_id) | (post.parent_id == answer_id), target)
    return {"questions": [from_id, target_id], "into": target_id}, []


def split(changes: Changes, given: Answer | Comment, title: str) -> Done:
    """The post becomes a question of its own, with its votes and comments; its old address leads there."""
    session, title = changes.session, checked_title(title)
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


def to_answer(changes: Changes, given: Comment) -> Done:
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
