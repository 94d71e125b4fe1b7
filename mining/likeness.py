"""How near recent posts come, in meaning, to those that moderators decided to be spam, or not to be.

Whole posts are embedded, not mentions: what is held or deleted is not mined, and teaches all the same. What was found is
written beside the post; the web holds back what is near enough (`community/moderation/spam.py`), told by an event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import numpy as np
from sqlalchemy import ColumnElement, Select, Table, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from community import outbox
from community.models import ALIKE, Account, Centre, Likeness, Post, SpamMark
from mining.centring import Centre as Centring
from mining.centring import Floats
from mining.encoder import Encoder
from mining.known import centring_of
from mining.language import language_of
from mining.normalising import matter, plain
from mining.units import Units

post = cast(Table, Post.__table__).c

WATCHED = timedelta(days=7)
MOST_WATCHED = 5_000  # posts, the newest
MOST_MARKS = 2_000  # decided posts, the latest
A_BATCH = 256  # posts embedded in one transaction


@dataclass(frozen=True)
class Vectors:
    """Posts with their vectors (n, d), centred and of unit length."""

    ids: list[int]
    vectors: Floats


def waits(session: Session, revision: str, now: datetime) -> bool:
    """Whether something may be compared that was not: there is decided spam, and a post that was not embedded since."""
    is_ready = session.scalar(
        select(SpamMark.post_id).where(SpamMark.is_spam, exists().where(Centre.revision == revision)).limit(1)
    )
    return is_ready is not None and session.execute(stale(revision, now).limit(1)).first() is not None


def compare(units: Units, encoder: Encoder, now: datetime) -> int:
    """Embed what waits and compare it with what was decided; how many posts were embedded."""
    if not units.read(lambda session: waits(session, encoder.revision, now)):
        return 0
    texts = units.read(lambda session: session.execute(stale(encoder.revision, now)).all())
    for at in range(0, len(texts), A_BATCH):
        some = texts[at : at + A_BATCH]
        rows = embedded(encoder, some, now)
        units.write(lambda session, rows=rows: store(session, rows))  # type: ignore[misc]
    units.write(lambda session: judge(session, encoder.revision, now))
    return len(texts)


def stale(revision: str, now: datetime) -> Select[Any]:
    """Recent posts of people without much trust, and decided ones, that are not embedded as they stand."""
    newest = select(post.id).order_by(post.id.desc()).limit(MOST_WATCHED)
    marked = select(SpamMark.post_id).order_by(SpamMark.at.desc(), SpamMark.post_id).limit(MOST_MARKS)
    is_old = or_(
        Likeness.post_id.is_(None), Likeness.revision != revision, post.edited_at > Likeness.at, SpamMark.at > Likeness.at
    )  # fmt: skip
    return (
        select(post.id, post.title, post.body)
        .join(Account, Account.id == post.author_id, isouter=True)
        .join(Likeness, Likeness.post_id == post.id, isouter=True)
        .join(SpamMark, SpamMark.post_id == post.id, isouter=True)
        .where(or_(and_(post.id.in_(newest), watched(now)), post.id.in_(marked)), post.erased_at.is_(None), is_old)
        .order_by(post.id)
    )


def watched(now: datetime) -> ColumnElement[bool]:
    in_question = or_(post.deleted_at.is_(None), post.hidden_as.in_(("held", "hidden")))
    return and_(post.created_at > now - WATCHED, Account.trust.in_(("newcomer", "member")), in_question)


def embedded(encoder: Encoder, texts: Sequence[Any], now: datetime) -> list[dict[str, Any]]:
    """Rows for these posts; without what they are compared with."""
    words = [f"{row.title}\n{row.body}" if row.title else row.body for row in texts]
    halves = encoder.embed([matter(text) for text in words]).astype(np.float16)
    return [
        {"post_id": row.id, "revision": encoder.revision, "language": language_of(plain(text)),
         "embedding": half.tobytes(), "spam": None, "good": None, "like_id": None, "at": now}
        for row, text, half in zip(texts, words, halves, strict=True)
    ]  # fmt: skip


def store(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """In place of the old ones, of those posts that are still there and were not erased meanwhile."""
    ids = [row["post_id"] for row in rows]
    there = set(session.scalars(select(post.id).where(post.id.in_(ids), post.erased_at.is_(None)).with_for_update()))
    session.execute(delete(Likeness).where(Likeness.post_id.in_(ids)))
    session.add_all(Likeness(**row) for row in rows if row["post_id"] in there)


def judge(session: Session, revision: str, now: datetime) -> None:
    """Note how near each recent post comes; tell of those that are near enough for the first time. Forget old posts."""
    centring = centring_of(session, revision)
    if centring is None:
        return
    forget(session, now)
    marks = select(SpamMark.post_id).order_by(SpamMark.at.desc(), SpamMark.post_id).limit(MOST_MARKS)
    spam = vectors(session, revision, centring, SpamMark.post_id.in_(marks), SpamMark.is_spam.is_(True))
    good = vectors(session, revision, centring, SpamMark.post_id.in_(marks), SpamMark.is_spam.is_(False))
    recent = vectors(session, revision, centring, SpamMark.post_id.is_(None))
    near_spam, near_good = nearest(recent, spam), nearest(recent, good)
    known = select(Likeness.post_id, Likeness.spam, Likeness.good, Likeness.like_id)
    before = {row.post_id: (row.spam, row.good, row.like_id) for row in session.execute(known)}
    rows: list[dict[str, Any]] = []
    for key, (likeness, like_id), (other, _id) in zip(recent.ids, near_spam, near_good, strict=True):
        was = before[key][0]
        if before[key] != (likeness, other, like_id):
            rows.append({"post_id": key, "spam": likeness, "good": other, "like_id": like_id})
        if likeness is not None and likeness >= ALIKE and (was is None or was < ALIKE):
            outbox.record(session, "likeness.found", key, None, now)
    if rows:
        session.execute(update(Likeness), rows)


def forget(session: Session, now: datetime) -> None:
    """What is neither recent nor decided is not kept."""
    old = select(post.id).where(post.id == Likeness.post_id, post.created_at <= now - WATCHED)
    session.execute(
        delete(Likeness).where(exists(old), ~exists().where(SpamMark.post_id == Likeness.post_id)),
        execution_options={"synchronize_session": False},
    )


def vectors(session: Session, revision: str, centring: Centring, *which: ColumnElement[bool]) -> Vectors:
    rows = session.execute(
        select(Likeness.post_id, Likeness.embedding, Likeness.language)
        .join(SpamMark, SpamMark.post_id == Likeness.post_id, isouter=True)
        .where(Likeness.revision == revision, *which)
        .order_by(Likeness.post_id)
    ).all()
    if not rows:
        return Vectors([], np.zeros((0, 1), np.float32))
    raw = np.stack([np.frombuffer(row.embedding, np.float16) for row in rows]).astype(np.float32)
    return Vectors([row.post_id for row in rows], centring.transform(raw, [row.language for row in rows]))


def nearest(recent: Vectors, decided: Vectors) -> list[tuple[float | None, int | None]]:
    """For each the highest cosine with a decided post, and which that is."""
    if not recent.ids or not decided.ids:
        return [(None, None)] * len(recent.ids)
    cosine = recent.vectors @ decided.vectors.T  # (n, d) @ (d, m) -> (n, m)
    places = cosine.argmax(axis=1)
    return [
        (round(float(row[place]), 4), decided.ids[place]) for row, place in zip(cosine, places.tolist(), strict=True)
    ]
