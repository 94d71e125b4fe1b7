"""Which questions resemble each other: kept in a table, so that the page of a question need not search.

When a question is asked or edited, its nearest are found, and it takes its place in their lists too. Likeness is that of
the titles, the same from either side, and a little for the same product and tags.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session, selectinload

from community.batches import batches
from community.db import writing
from community.models import Event, Question, Related, question_tag
from community.search.interface import SearchIndex
from community.search.whoosh_index import current_index

MOST = 5  # related questions of one
LOOKED_AT = 20  # titles compared, and as many of the newest questions with one of its tags
FOR_PRODUCT, FOR_TAGS = 0.1, 0.15  # what the same product, and the same tags, add to likeness
A_UNIT = 5  # questions written in one transaction: 10 ms each, in which nobody else writes
MOST_BEREFT = 50  # questions that lose a related one at a time and are looked at again
IS_SHOWN = Question.deleted_at.is_(None) & Question.erased_at.is_(None)


def relate(session: Session, events: Sequence[Event]) -> None:
    """A reaction: bring the lists of these questions, and of those that resemble them, up to date."""
    index = current_index()
    for ids in batches(dict.fromkeys(event.subject_id for event in events), A_UNIT):
        bereft = _relate(session, index, ids)
        for others in batches(sorted(bereft), A_UNIT):
            _renew_own(session, index, others)


def _relate(session: Session, index: SearchIndex, ids: Sequence[int]) -> set[int]:
    """The lists of these, and those in which they stand; the questions that lost one of them from their own."""
    found = _nearest_of(session, index, ids)
    bereft: set[int] = set()
    with writing():
        for question_id, own in found.items():
            lists = select(Related.question_id).where(Related.other_id == question_id).limit(MOST_BEREFT)
            bereft |= set(session.scalars(lists)) - set(own)
            session.execute(delete(Related).where(Related.other_id == question_id))
            _enter_lists(session, question_id, _replace_own(session, question_id, own))
        session.commit()
    return bereft


def _renew_own(session: Session, index: SearchIndex, ids: Sequence[int]) -> None:
    found = _nearest_of(session, index, ids)
    with writing():
        for question_id, own in found.items():
            _replace_own(session, question_id, own)
        session.commit()


def _nearest_of(session: Session, index: SearchIndex, ids: Sequence[int]) -> dict[int, dict[int, float]]:
    """What resembles each of them most. Ends the reads: they could not become a write."""
    session.rollback()
    found = {question_id: _best(nearest(session, index, question_id)) for question_id in ids}
    session.rollback()
    return found


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
