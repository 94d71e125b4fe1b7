"""Voting: one person, one post, one judgement, which may be changed or taken back."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community import outbox, verbatims
from community.errors import Invalid, NotAllowed
from community.heat import reheat
from community.models import Account, Post, Question, Vote
from community.questions.open_thread import require_open


def vote(session: Session, post: Post, value: int, by: Account, now: datetime) -> None:
    """Judge a post +1 or -1; 0 takes the vote back. Raises NotAllowed for one's own post."""
    if value not in (-1, 0, 1):
        raise Invalid(_("A vote is up, down, or none."))
    if post.author_id == by.id:
        raise NotAllowed(_("Nobody votes on their own posts."))
    require_open(session, post, by)
    mine = session.scalar(select(Vote).where(Vote.post_id == post.id, Vote.voter_id == by.id).with_for_update())
    change = value - (mine.value if mine else 0)
    if change == 0:
        return
    if mine and value == 0:
        session.delete(mine)
    elif mine:
        mine.value = value
    else:
        session.add(Vote(voter_id=by.id, post_id=post.id, value=value, created_at=now))
    session.flush()
    if isinstance(post, Question):
        reheat(session, post.id, score=Question.score + change)
    else:
        session.execute(update(Post).where(Post.id == post.id).values(score=Post.score + change))
    outbox.record(session, "vote.cast", post.id, by, now)
    verbatims.touch_person(session, post.author_id, now)
