"""What becomes of the posts of somebody who erases everything: the words go, and the rows where nothing stands below."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from community import outbox, verbatims
from community.batches import batches
from community.heat import heat
from community.models import (
    Account,
    Answer,
    Likeness,
    MeToo,
    Notification,
    Post,
    Question,
    Related,
    Revision,
    SpamMark,
    Tag,
    Vote,
    question_tag,
)

TABLE = cast(Table, Post.__table__)  # one statement for all three kinds
post = TABLE.c


def blank(session: Session, account_id: int, written: Sequence[int], now: datetime) -> set[int]:
    """Take the words out of these posts; ids of all posts that read differently now.

    A post below which others wrote stays, empty, with `erased_at`; the others are deleted.
    """
    lock(session, written)
    alive, answered = standing(session, written), below_others(session, account_id, written)
    kept = [key for key in alive if key in answered]
    gone = [key for key in alive if key not in answered]
    questions = unsolve(session, written, now)
    for ids in batches(gone):
        session.execute(update(Post).where(Post.id.in_(ids)).values(deleted_at=now))
        session.execute(delete(Notification).where(Notification.question_id.in_(ids)))
    for ids in batches(kept):
        session.execute(update(Post).where(Post.id.in_(ids)).values(erased_at=now))
    for ids in batches(written):
        hidden = TABLE.c.hidden_with_id.is_not(None)
        session.execute(update(TABLE).where(post.id.in_(ids), hidden).values(erased_at=now, hidden_kept=None))
        wipe(session, ids, now)
    count_answers(session, sorted(questions))
    record(session, alive, gone, now)
    return set(written) | questions


def lock(session: Session, written: Sequence[int]) -> None:
    """Nobody answers below them while we look at what stands there."""
    for ids in batches(written):
        session.execute(select(Post.id).where(Post.id.in_(ids)).order_by(Post.id).with_for_update())


def standing(session: Session, written: Sequence[int]) -> dict[int, str]:
    """The kind of each of the posts that are not deleted."""
    found: dict[int, str] = {}
    for ids in batches(written):
        rows = select(Post.id, Post.kind).where(Post.id.in_(ids), Post.deleted_at.is_(None))
        found |= {key: kind for key, kind in session.execute(rows)}
    return found


def below_others(session: Session, account_id: int, written: Sequence[int]) -> set[int]:
    """Those of the posts below which somebody else's words stand."""
    other = TABLE.alias("other")
    theirs = (
        (other.c.author_id.is_(None) | (other.c.author_id != account_id))
        & other.c.deleted_at.is_(None)
        & other.c.erased_at.is_(None)
    )
    found: set[int] = set()
    for ids in batches(written):
        rows = select(Post.id).where(
            Post.id.in_(ids), exists().where(theirs, (other.c.question_id == Post.id) | (other.c.parent_id == Post.id))
        )
        found |= set(session.scalars(rows))
    return found


def unsolve(session: Session, written: Sequence[int], now: datetime) -> set[int]:
    """Questions whose accepted answer vanishes are unsolved again; the questions that lose an answer."""
    found: set[int] = set()
    for ids in batches(written):
        rows = session.execute(
            select(Answer.id, Answer.question_id, Answer.accepted_at).where(
                Answer.id.in_(ids), Answer.deleted_at.is_(None)
            )
        ).all()
        found |= {row.question_id for row in rows if row.question_id}
        accepted = {row.id: row.question_id for row in rows if row.accepted_at}
        session.execute(update(Answer).where(Answer.id.in_(accepted)).values(accepted_at=None))
        session.execute(update(Question).where(Question.id.in_(accepted.values())).values(solved_at=None))
        for key in accepted:
            outbox.record(session, "answer.unaccepted", key, None, now)
    return found


def wipe(session: Session, ids: Sequence[int], now: datetime) -> None:
    """No words, former words, labels, likenesses, traces of spam or notifications of these posts are left."""
    session.execute(update(TABLE).where(post.id.in_(ids)).values(body="", edited_at=None, needs_info_at=None))
    session.execute(update(TABLE).where(post.id.in_(ids), post.kind == "question").values(title=""))
    session.execute(update(TABLE).where(post.id.in_(ids), post.kind == "answer").values(is_reply=True))
    session.execute(delete(Revision).where(Revision.post_id.in_(ids)))
    session.execute(delete(Related).where(Related.question_id.in_(ids) | Related.other_id.in_(ids)))
    session.execute(delete(Notification).where(Notification.post_id.in_(ids)))
    session.execute(delete(SpamMark).where(SpamMark.post_id.in_(ids)))
    session.execute(delete(Likeness).where(Likeness.post_id.in_(ids)))
    forget_tags(session, ids)
    verbatims.forget(session, list(ids), now)


def forget_tags(session: Session, question_ids: Sequence[int]) -> None:
    """Tags are words of the asker; one that nobody else uses or watches goes altogether."""
    labels = question_tag.c
    used = list(session.scalars(select(labels.tag_id).where(labels.question_id.in_(question_ids)).distinct()))
    session.execute(delete(question_tag).where(labels.question_id.in_(question_ids)))
    for ids in batches(sorted(used)):
        session.execute(select(Tag.id).where(Tag.id.in_(ids)).order_by(Tag.id).with_for_update())
        session.execute(delete(Tag).where(Tag.id.in_(ids), ~exists().where(labels.tag_id == Tag.id)))


def record(session: Session, alive: dict[int, str], gone: Sequence[int], now: datetime) -> None:
    is_gone = set(gone)
    for key, kind in alive.items():
        outbox.record(session, f"{kind}.{'deleted' if key in is_gone else 'edited'}", key, None, now)
    session.flush()


def count_answers(session: Session, question_ids: Sequence[int]) -> None:
    """Count what is left of answers below these questions."""
    below = aliased(Answer)
    count = (
        select(func.count(below.id))
        .where(below.question_id == Question.id, below.deleted_at.is_(None), below.is_reply.is_(False))
        .scalar_subquery()
    )
    for ids in batches(question_ids):
        session.execute(
            update(Question).where(Question.id.in_(ids)).values(answer_count=count),
            execution_options={"synchronize_session": False},
        )
    reheat_all(session, question_ids)


def take_votes_back(session: Session, account_id: int, now: datetime) -> set[int]:
    """Remove the person's votes and "me too"s from the counts; the posts that they were about."""
    found: set[int] = set()
    for value in (1, -1):
        rows = select(Vote.post_id).where(Vote.voter_id == account_id, Vote.value == value).order_by(Vote.post_id)
        voted = list(session.scalars(rows))
        for ids in batches(voted):
            change(session, ids, score=Post.score - value)
            touch_authors(session, ids, now)
        for key in voted:
            outbox.record(session, "vote.cast", key, None, now)
        found.update(voted)
    shared = list(session.scalars(select(MeToo.question_id).where(MeToo.account_id == account_id)))
    for ids in batches(shared):
        change(session, ids, me_too_count=Question.me_too_count - 1)
    session.execute(delete(Vote).where(Vote.voter_id == account_id))
    session.execute(delete(MeToo).where(MeToo.account_id == account_id))
    found.update(shared)
    reheat_all(session, sorted(found))
    return found


def reheat_all(session: Session, post_ids: Sequence[int]) -> None:
    """What `heat.reheat` does for one, for all questions among these: thousands may have to be counted again."""
    for ids in batches(post_ids):
        rows = session.execute(
            select(
                Question.id, Question.created_at, Question.score, Question.answer_count, Question.me_too_count
            ).where(Question.id.in_(ids))
        ).all()
        if rows:
            hot = [{"of": row[0], "hot": heat(row[1], row[2], row[3] or 0, row[4] or 0)} for row in rows]
            session.connection().execute(update(TABLE).where(post.id == bindparam("of")), hot)


def change(session: Session, ids: Sequence[int], **values: Any) -> None:
    """By what the rows say, not by what was loaded of them: imported scores have no votes to be counted."""
    rows = update(TABLE).where(post.id.in_(ids)).values(**values)
    session.execute(rows)


def touch_authors(session: Session, post_ids: Sequence[int], now: datetime) -> None:
    rows = select(Account.customer_id).join(Post, Post.author_id == Account.id).where(Post.id.in_(post_ids))
    for customer_id in session.scalars(rows.distinct()).all():
        if customer_id is not None:
            verbatims.touch(session, customer_id, now)
