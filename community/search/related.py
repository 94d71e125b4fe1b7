"""Which questions resemble each other: kept in a table, so that the page of a question need not search.

When a question is asked or edited, its nearest are found, and it takes its place in their lists too. Likeness is that of
the titles, the same from either side, and a little for the same product and tags.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session, selectinload

from community.db import writing
from community.models import Event, Question, Related, question_tag
from community.search.interface import SearchIndex
from community.search.whoosh_index import current_index

MOST = 5  # related questions of one
LOOKED_AT = 20  # titles compared, and as many of the newest questions with one of its tags
FOR_PRODUCT, FOR_TAGS = 0.1, 0.15  # what the same product, and the same tags, add to likeness
MOST_BEREFT = 50  # questions that lose a related one at a time and are looked at again
IS_SHOWN = Question.deleted_at.is_(None) & Question.erased_at.is_(None)


def relate(session: Session, events: Sequence[Event]) -> None:
    """A reaction: bring the lists of these questions, and of those that resemble them, up to date."""
    index = current_index()
    for question_id in dict.fromkeys(event.subject_id for event in events):
        session.rollback()
        _relate_one(session, index, question_id)


def _relate_one(session: Session, index: SearchIndex, question_id: int) -> None:
    own = _best(nearest(session, index, question_id))
    session.rollback()  # ends the reads: they could not become a write
    with writing():
        lists = select(Related.question_id).where(Related.other_id == question_id).limit(MOST_BEREFT)
        bereft = set(session.scalars(lists)) - set(own)
        session.execute(delete(Related).where(Related.other_id == question_id))
        _enter_lists(session, question_id, _replace_own(session, question_id, own))
        session.commit()
    for other_id in bereft:
        others = _best(nearest(session, index, other_id))
        session.rollback()
        with writing():
            _replace_own(session, other_id, others)
            session.commit()


def _best(likenesses: dict[int, float]) -> dict[int, float]:
    return dict(sorted(likenesses.items(), key=lambda pair: (-pair[1], -pair[0]))[:MOST])


def _replace_own(session: Session, question_id: int, own: dict[int, float]) -> dict[int, float]:
    """The list of one question; what of it may be shown, which is nothing if the question itself may not."""
    session.execute(delete(Related).where(Related.question_id == question_id))
    there = set(session.scalars(select(Question.id).where(Question.id.in_([question_id, *own]), IS_SHOWN)))
    kept = {other_id: own[other_id] for other_id in own if {question_id, other_id} <= there}
    session.add_all(_row(question_id, other_id, likeness) for other_id, likeness in kept.items())
    session.flush()
    return kept


def nearest(session: Session, index: SearchIndex, question_id: int) -> dict[int, float]:
    """Questions that resemble this one -> how much. Five statements."""
    question = session.scalar(_with_tags([question_id]))
    if question is None:
        return {}
    found = {one.question_id: one.likeness for one in index.similar(question.title or "", most=LOOKED_AT + 1)}
    tagged = select(question_tag.c.question_id).where(question_tag.c.tag_id.in_([tag.id for tag in question.tags]))
    newest = session.scalars(tagged.order_by(question_tag.c.question_id.desc()).limit(LOOKED_AT + 1))
    others = session.scalars(_with_tags({*found, *newest} - {question_id}))
    return {other.id: found.get(other.id, 0.0) + _alike(question, other) for other in others}


def _alike(question: Question, other: Question) -> float:
    tags, others = {tag.id for tag in question.tags}, {tag.id for tag in other.tags}
    is_same_product = question.product_id is not None and question.product_id == other.product_id
    return FOR_PRODUCT * is_same_product + (FOR_TAGS * len(tags & others) / len(tags | others) if tags | others else 0)


def _enter_lists(session: Session, question_id: int, likenesses: dict[int, float]) -> None:
    """Into the lists of its neighbours, in the place of what resembles them less."""
    for other_id, likeness in likenesses.items():
        rows = session.scalars(
            select(Related).where(Related.question_id == other_id).order_by(Related.likeness.desc())
        ).all()
        if len(rows) >= MOST and rows[MOST - 1].likeness >= likeness:
            continue
        for row in rows[MOST - 1 :]:
            session.delete(row)
        session.add(_row(other_id, question_id, likeness))
    session.flush()


def _row(question_id: int, other_id: int, likeness: float) -> Related:
    return Related(question_id=question_id, other_id=other_id, likeness=likeness)


def _with_tags(ids: Iterable[int]) -> Select[tuple[Question]]:
    return select(Question).where(Question.id.in_(list(ids)), IS_SHOWN).options(selectinload(Question.tags))
