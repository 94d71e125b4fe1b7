"""What brings points: votes, and what the worker makes of them."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from community.models import Account, Post
from community.questions.votes import vote
from tests.conftest import NOW

DAY = timedelta(days=1)


def cast(session: Session, post: Post, value: int, by: Account, now: datetime = NOW) -> None:
    vote(session, post, value, by, now)
    session.commit()
