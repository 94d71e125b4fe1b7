"""Public questions with answers that mean what a case means: found by the worker, shown beside an agent's reply.

A text is the mean of its mentions, centred, so that a case in one language finds an answer in another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Integer, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from community.models import UNRESOLVED, Complaint, Fitting, Mention, Message, Question, Verbatim
from mining.centring import Centre as Centring
from mining.centring import Floats, unit
from mining.known import centring_of
from mining.units import Units

MOST_CASES = 500  # a run; the rest the next one
MOST_QUESTIONS = 10_000  # with answers, those used last
MOST_FOUND = 5
RENEWED_AFTER = timedelta(days=1)  # new answers come in
# Least cosine. Read one by one, the nearest question fitted the case in 11 of the demo's 11 from 0.5 on, in about 10 of 16
# between 0.4 and 0.5, and seldom below.
FITS = 0.5
A_STATEMENT = 500


@dataclass(frozen=True)
class Due:
    """A case that was not compared as it stands, and the newest of its texts."""

    complaint_id: int
    last_id: int


def fit(units: Units, revision: str, now: datetime) -> int:
    """Compare the unresolved cases that have something new, or were compared a day ago; how many."""
    centring = units.read(lambda session: centring_of(session, revision))
    cases = units.read(lambda session: due(session, revision, now)) if centring else []
    if not cases or centring is None:
        return 0
    ids, questions = units.read(lambda session: of_questions(session, revision, centring))
    own = units.read(lambda session: of_cases(session, revision, centring, [case.complaint_id for case in cases]))
    rows = [
        {"complaint_id": case.complaint_id, "revision": revision, "last_id": case.last_id, "at": now,
         "questions": nearest(own.get(case.complaint_id), ids, questions)}
        for case in cases
    ]  # fmt: skip
    units.write(lambda session: store(session, rows))
    return len(rows)


def due(session: Session, revision: str, now: datetime) -> list[Due]:
    case_id = func.coalesce(Verbatim.complaint_id, Message.complaint_id).label("case_id")
    last = func.max(Verbatim.id).label("last_id")
    mined = (
        select(case_id, last)
        .join(Message, Message.id == Verbatim.message_id, isouter=True)
        .where(Verbatim.mined_revision == revision, Verbatim.post_id.is_(None))
        .where(case_id.in_(select(Complaint.id).where(Complaint.status.in_(UNRESOLVED))))
        .group_by(case_id)
        .subquery()
    )
    is_old = or_(
        Fitting.complaint_id.is_(None), Fitting.revision != revision, Fitting.last_id < mined.c.last_id,
        Fitting.at <= now - RENEWED_AFTER,
    )  # fmt: skip
    rows = (
        select(mined.c.case_id, mined.c.last_id)
        .join(Fitting, Fitting.complaint_id == mined.c.case_id, isouter=True)
        .where(is_old)
        .order_by(mined.c.case_id.desc())
        .limit(MOST_CASES)
    )
    return [Due(row.case_id, row.last_id) for row in session.execute(rows)]


def of_questions(session: Session, revision: str, centring: Centring) -> tuple[list[int], Floats]:
    """Questions that somebody answered, in everybody's sight (n,), and what they mean (n, d)."""
    answered = (
        select(Question.id)
        .where(Question.answer_count > 0, Question.deleted_at.is_(None), Question.erased_at.is_(None))
        .order_by(Question.active_at.desc(), Question.id.desc())
        .limit(MOST_QUESTIONS)
    )
    found = means(session, revision, centring, Verbatim.post_id, list(session.scalars(answered)))
    return list(found), np.stack(list(found.values())) if found else np.zeros((0, 1), np.float32)


def of_cases(session: Session, revision: str, centring: Centring, ids: Sequence[int]) -> dict[int, Floats]:
    case_id = func.coalesce(Verbatim.complaint_id, Message.complaint_id, type_=Integer)
    return means(session, revision, centring, case_id, ids)


def means(session: Session, revision: str, centring: Centring, of: Any, ids: Sequence[int]) -> dict[int, Floats]:
    """What each means (d,): the mean of its mentions, centred, of unit length; none for what has no mentions."""
    found: dict[int, Floats] = {}
    for at in range(0, len(ids), A_STATEMENT):
        rows = session.execute(
            select(of, Mention.embedding, Verbatim.language)
            .join(Mention, Mention.verbatim_id == Verbatim.id)
            .join(Message, Message.id == Verbatim.message_id, isouter=True)
            .where(of.in_(ids[at : at + A_STATEMENT]), Mention.revision == revision)
        ).all()
        if rows:
            raw = np.stack([np.frombuffer(row[1], np.float16) for row in rows]).astype(np.float32)
            found |= averaged([row[0] for row in rows], centring.transform(raw, [row[2] or "und" for row in rows]))
    return found


def averaged(keys: Sequence[int], vectors: Floats) -> dict[int, Floats]:
    """The mean of the rows (n, d) of each key, of unit length."""
    names, places = np.unique(keys, return_inverse=True)
    sums = np.zeros((len(names), vectors.shape[1]), np.float32)
    np.add.at(sums, places, vectors)
    return dict(zip(names.tolist(), unit(sums), strict=True))


def nearest(own: Floats | None, ids: Sequence[int], questions: Floats) -> list[list[float]]:
    """[question's id, likeness] of those near enough, the likest first."""
    if own is None or not ids:
        return []
    cosine = questions @ own  # (n, d) @ (d,) -> (n,)
    places = [place for place in np.argsort(-cosine, kind="stable")[:MOST_FOUND].tolist() if cosine[place] >= FITS]
    return [[ids[place], round(float(cosine[place]), 4)] for place in places]


def store(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """In place of the old ones, of the cases that are still there; one run at a time."""
    ids = [row["complaint_id"] for row in rows]
    cases = select(Complaint.id).where(Complaint.id.in_(ids)).order_by(Complaint.id)
    there = set(session.scalars(cases.with_for_update(key_share=True)))
    session.execute(delete(Fitting).where(Fitting.complaint_id.in_(ids)))
    if kept := [row for row in rows if row["complaint_id"] in there]:
        session.execute(insert(Fitting), kept)
