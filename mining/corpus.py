"""Verbatims that wait to be mined, claimed in batches so that each is mined once whoever else is mining."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, Update, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from community.models import Post, Question, Verbatim

CLAIM = timedelta(seconds=60)  # kept anew while a batch is read; a dead process's claim lapses after it
MOST = 1_024  # verbatims a batch; with 256 the encoder got a tenth less done: more padding, more small batches
MOST_CHARACTERS = 200_000  # a batch; half a minute of work on two cores


@dataclass(frozen=True)
class Text:
    """A verbatim as claimed."""

    id: int
    text: str
    text_hash: str
    thread: str = ""  # the title of the question that an answer or a comment belongs to


@dataclass(frozen=True)
class Batch:
    """Verbatims claimed together under one name."""

    name: str
    texts: list[Text]


def waits(revision: str) -> ColumnElement[bool]:
    """Not mined yet, or edited since, or mined by another model."""
    return or_(*groups(revision))


def groups(revision: str) -> tuple[ColumnElement[bool], ...]:
    """The same in parts, each a range of one index: asked one by one, they cost what waits, not what is mined."""
    mined = Verbatim.mined_revision
    return mined.is_(None), mined < revision, mined > revision


def waiting(session: Session, revision: str) -> int:
    return sum(session.scalar(select(func.count(Verbatim.id)).where(group)) or 0 for group in groups(revision))


def next_free(session: Session, revision: str, now: datetime) -> datetime | None:
    """When the first claim of another process lapses; None when nothing is claimed."""
    first = select(func.min(Verbatim.claimed_until)).where(Verbatim.claimed_until > now)
    found = [session.scalar(first.where(group)) for group in groups(revision)]
    return min((until for until in found if until), default=None)


def claim(session: Session, revision: str, now: datetime, most: int = MOST) -> Batch:
    """The oldest free verbatims, those never mined before others, kept until the claim lapses. Commit at once."""
    found = (free(session, group, now, most) for group in groups(revision))
    rows = next((rows for rows in found if rows), [])
    texts: list[Text] = []
    characters = 0
    for row in rows:
        if texts and characters + len(row.text) > MOST_CHARACTERS:
            break
        characters += len(row.text)
        texts.append(Text(row.id, row.text, row.text_hash, row.title or ""))
    batch = Batch(str(uuid4()), texts)
    session.execute(
        update(Verbatim)
        .where(Verbatim.id.in_([text.id for text in texts]))
        .values(claimed_by=batch.name, claimed_until=now + CLAIM)
    )
    return batch


def free(session: Session, group: ColumnElement[bool], now: datetime, most: int) -> Sequence[Row[Any]]:
    """The oldest that nobody holds, locked, with the title of what they answer to."""
    question = aliased(Question, flat=True)
    rows = session.execute(
        select(Verbatim.id, Verbatim.text, Verbatim.text_hash, question.title)
        .join(Post, Post.id == Verbatim.post_id, isouter=True)
        .join(question, question.id == Post.question_id, isouter=True)
        .where(group, or_(Verbatim.claimed_until.is_(None), Verbatim.claimed_until <= now))
        .order_by(Verbatim.mined_revision, Verbatim.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=Verbatim)
    )
    return rows.all()


def keep(session: Session, batches: Sequence[Batch], now: datetime) -> None:
    """Claim anew what is still being read, as far as it is still ours."""
    session.execute(_claims(batches).values(claimed_until=now + CLAIM))


def give_back(session: Session, batches: Sequence[Batch]) -> None:
    """Leave to others at once what will not be read after all."""
    session.execute(_claims(batches).values(claimed_by=None, claimed_until=None))


def _claims(batches: Sequence[Batch]) -> Update:
    """By name and by key: the keys are the index, the name is the right."""
    keys = [text.id for batch in batches for text in batch.texts]
    return update(Verbatim).where(Verbatim.id.in_(keys), Verbatim.claimed_by.in_([batch.name for batch in batches]))


def still_ours(session: Session, batch: Batch) -> dict[int, str]:
    """Id -> hash of those verbatims of the batch that nobody else claimed, edited or deleted meanwhile; locked."""
    rows = session.execute(
        select(Verbatim.id, Verbatim.text_hash)
        .where(Verbatim.claimed_by == batch.name, Verbatim.id.in_([text.id for text in batch.texts]))
        .order_by(Verbatim.id)
        .with_for_update()
    )
    known = {text.id: text.text_hash for text in batch.texts}
    return {row.id: row.text_hash for row in rows if known[row.id] == row.text_hash}
