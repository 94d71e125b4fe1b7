"""Posts out of sight, and back: one mark on the post, from which it follows what is seen of all that hangs below it.

What is out of sight has `deleted_at` as deleted posts have it, so whatever leaves those out (lists, feeds, search,
counts, notifications, the interface for programs) leaves these out too. `hidden_with_id` says by whose mark it is: the
nearest marked post, itself or above. So marks may be set and taken away in any order.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Table, and_, delete, or_, select, update
from sqlalchemy.orm import Session, selectinload

from community import outbox, verbatims
from community.batches import MOST_BATCHES, SIZE
from community.counting import count_answers
from community.db import db, writing
from community.errors import Conflict, NotFound
from community.inserting import insert_missing
from community.models import Account, Answer, Post, Question, Tag, Verbatim, question_tag

UNMINED = ("held", "deleted", "split")  # marks under which words are no customer's: spam, unpublished, or said twice
COMES_BACK_WITHIN = timedelta(days=90)  # well beyond the days in which a decision may be undone
TABLE = cast(Table, Post.__table__)
FIRST_EVENTS = {"question": "question.asked", "answer": "answer.given", "comment": "comment.written"}


def mark_of(post: Post) -> str | None:
    """The post's own mark; None too when it is only out of sight with the one above."""
    return post.hidden_as if post.hidden_with_id == post.id else None


def is_gone(post: Post) -> bool:
    """Whether its author or a moderator deleted it for good, or its words were erased."""
    return bool(post.erased_at) or (post.deleted_at is not None and post.hidden_with_id is None)


def in_sight(reader: Account | None) -> ColumnElement[bool]:
    """Which posts this reader may see: what nobody hid, and with a note their own, or all of it for the staff."""
    seen = Post.deleted_at.is_(None)
    if reader is None:
        return seen
    if reader.is_staff:
        return or_(seen, Post.hidden_as.in_(("held", "hidden", "deleted")))
    return or_(seen, and_(Post.author_id == reader.id, Post.hidden_as.in_(("held", "hidden"))))


def set_mark(session: Session, post: Post, mark: str | None, now: datetime) -> None:
    """Mark the post, or take its mark away, with all that follows. Raises NotFound when it is gone."""
    session.flush()
    session.refresh(post, with_for_update=True)
    before = mark_of(post)
    if is_gone(post):
        raise NotFound
    if mark is None:
        _show(session, post)
    elif before is None:
        _hide(session, post, mark, now)
    else:
        values: dict[str, Any] = {"hidden_as": mark} | ({"deleted_at": now} if mark == "deleted" else {})
        session.execute(update(TABLE).where(_below(post), TABLE.c.hidden_with_id == post.id).values(**values))
    session.expire_all()
    _settle(session, post, before, now)


def _hide(session: Session, post: Post, mark: str, now: datetime) -> None:
    values = {"hidden_with_id": post.id, "hidden_as": mark}
    kept = _take_off(session, post)
    session.execute(update(TABLE).where(_below(post), TABLE.c.deleted_at.is_(None)).values(deleted_at=now, **values))
    above = _above(post)
    if above:
        session.execute(update(TABLE).where(_below(post), TABLE.c.hidden_with_id.in_(above)).values(**values))
    session.execute(update(TABLE).where(TABLE.c.id == post.id).values(hidden_kept=kept))


def _show(session: Session, post: Post) -> None:
    above = session.scalars(select(Post).where(Post.id.in_(_above(post)))).all()
    if any(is_gone(one) and not one.erased_at for one in above):
        raise Conflict(_("What it stands below was deleted."))
    nearest = _nearest(above)
    values: dict[str, Any] = {"deleted_at": None, "hidden_with_id": None, "hidden_as": None}
    if nearest:
        values = {"hidden_with_id": nearest.id, "hidden_as": nearest.hidden_as}
    kept = session.scalar(select(TABLE.c.hidden_kept).where(TABLE.c.id == post.id)) or {}
    session.execute(update(TABLE).where(_below(post), TABLE.c.hidden_with_id == post.id).values(**values))
    session.execute(update(TABLE).where(TABLE.c.id == post.id).values(hidden_kept=None))
    _put_back(session, post, kept)


def _nearest(above: Sequence[Post]) -> Post | None:
    """The marked post by which what stands below these is out of sight."""
    return next((one for one in sorted(above, key=lambda one: one.kind == "question") if mark_of(one)), None)


def follow(session: Session, post_ids: Sequence[int], now: datetime) -> None:
    """These were put back below other posts: they are seen or not as those are by now, unless marked themselves."""
    posts = session.scalars(select(Post).where(Post.id.in_(post_ids))).all()
    moved = [post for post in posts if not is_gone(post) and not mark_of(post)]
    ids = {key for post in moved for key in _above(post)}
    above = {one.id: one for one in session.scalars(select(Post).where(Post.id.in_(ids)))}
    by_mark: dict[Post | None, list[Post]] = defaultdict(list)
    for post in moved:
        nearest = _nearest([above[key] for key in _above(post) if key in above])
        if post.hidden_with_id != (nearest.id if nearest else None):
            by_mark[nearest].append(post)
    below: dict[int, list[int]] = defaultdict(list)
    for nearest, changed in by_mark.items():
        values: dict[str, Any] = {"deleted_at": None, "hidden_with_id": None, "hidden_as": None}
        if nearest:
            values = {"deleted_at": now, "hidden_with_id": nearest.id, "hidden_as": nearest.hidden_as}
        session.execute(update(TABLE).where(TABLE.c.id.in_([post.id for post in changed])).values(**values))
        for post in changed:
            below[post.question_id or post.id].append(post.id)
    session.expire_all()
    for question_id, ids_below in below.items():
        rows = select(Post).where(Post.id.in_(ids_below)).options(selectinload(Post.author))
        product_id = session.scalar(select(Question.product_id).where(Question.id == question_id))
        keep_words(session, session.scalars(rows).all(), product_id, now)


def _below(post: Post) -> ColumnElement[bool]:
    """The post and what hangs below it."""
    return or_(TABLE.c.id == post.id, TABLE.c.question_id == post.id, TABLE.c.parent_id == post.id)


def _above(post: Post) -> list[int]:
    """Ids of what it stands below: its question, and a comment's answer."""
    parent_id = getattr(post, "parent_id", None)
    return sorted({key for key in (post.question_id, parent_id) if key})


def _take_off(session: Session, post: Post) -> dict[str, Any] | None:
    """What would be wrong while nobody sees the post: that it solved the question, and the uses of its tags."""
    kept: dict[str, Any] = {}
    if isinstance(post, Answer) and post.accepted_at:
        kept["accepted_at"] = post.accepted_at.isoformat()
        session.execute(update(TABLE).where(TABLE.c.id == post.id).values(accepted_at=None))
        session.execute(update(TABLE).where(TABLE.c.id == post.question_id).values(solved_at=None))
    if isinstance(post, Question):
        labels = question_tag.c
        tags = list(session.scalars(select(labels.tag_id).where(labels.question_id == post.id).order_by(labels.tag_id)))
        session.execute(delete(question_tag).where(labels.question_id == post.id))
        kept |= {"tags": tags} if tags else {}
    return kept or None


def _put_back(session: Session, post: Post, kept: dict[str, Any]) -> None:
    """Unless another answer was accepted meanwhile, or a tag is gone."""
    if kept.get("accepted_at"):
        is_solved = session.scalar(
            select(Answer.id).where(Answer.question_id == post.question_id, Answer.accepted_at.is_not(None))
        )
        if is_solved is None:
            at = datetime.fromisoformat(kept["accepted_at"])
            session.execute(update(TABLE).where(TABLE.c.id == post.id).values(accepted_at=at))
            session.execute(update(TABLE).where(TABLE.c.id == post.question_id).values(solved_at=at))
    if kept.get("tags"):
        tags = session.scalars(select(Tag.id).where(Tag.id.in_(kept["tags"])))
        insert_missing(
            session, question_tag, [{"question_id": post.id, "tag_id": tag} for tag in tags], *question_tag.c
        )


def _settle(session: Session, post: Post, before: str | None, now: datetime) -> None:
    """What is counted and mined follows; the rest follows from the event."""
    question_id = post.question_id or post.id
    count_answers(session, question_id)
    posts = session.scalars(select(Post).where(_below(post)).options(selectinload(Post.author))).all()
    is_published = before == "held" and mark_of(post) is None
    product_id = session.scalar(select(Question.product_id).where(Question.id == question_id))
    keep_words(session, posts, product_id, now)
    if is_published:
        session.execute(update(Question).where(Question.id == question_id).values(active_at=now))
        outbox.record(session, FIRST_EVENTS[post.kind], post.id, post.author, now)
    else:
        outbox.record(session, f"{post.kind}.{'hidden' if mark_of(post) else 'shown'}", post.id, None, now)
    session.flush()


def keep_words(session: Session, posts: Sequence[Post], product_id: int | None, now: datetime) -> None:
    """Words that nobody published, or that were deleted, are not mined; the others are, with what people decided of them."""
    unmined = [post.id for post in posts if post.hidden_as in UNMINED]
    if unmined:
        verbatims.withhold(session, unmined, now)
    mined = set(session.scalars(select(Verbatim.post_id).where(Verbatim.post_id.in_([post.id for post in posts]))))
    for post in posts:
        is_back = post.id not in mined and post.hidden_as not in UNMINED and not is_gone(post)
        if is_back and (words := verbatims.of_post(session, post, product_id, now)):
            verbatims.release(session, words)


def end_deletions(now: datetime | None = None) -> dict[str, int]:
    """Chore: what moderators deleted long ago is deleted for good, so that its images go too."""
    now, session, ended = now or datetime.now(UTC), db.session(), 0
    due = select(TABLE.c.id).where(TABLE.c.hidden_as == "deleted", TABLE.c.deleted_at < now - COMES_BACK_WITHIN)
    for _batch in range(MOST_BATCHES):
        session.rollback()
        with writing():
            ids = list(session.scalars(due.order_by(TABLE.c.id).limit(SIZE)))
            session.execute(update(TABLE).where(TABLE.c.id.in_(ids)).values(hidden_with_id=None, hidden_as=None))
            verbatims.forget(session, ids, now)
            session.commit()
        ended += len(ids)
        if len(ids) < SIZE:
            break
    return {"posts": ended} if ended else {}
