"""How a thread is for whoever is about to write in it: open, closed to answers, locked, or gone."""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, cast

from flask_babel import gettext as _
from sqlalchemy import Select, Table, bindparam, select
from sqlalchemy.orm import Session

from community.errors import Conflict, NotFound
from community.models import Account, Post

TABLE = cast(Table, Post.__table__)
post = TABLE.c


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
