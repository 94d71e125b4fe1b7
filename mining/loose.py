"""Mentions that belong to no topic yet, as arrays, with what discovery and naming want to know of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session, aliased

from community.models import Mention, Post, Question, Verbatim
from mining.keywords import content_words
from mining.matter import tells
from mining.units import Units

REOPENED = 100_000  # mentions outside that are looked at again in a night: bounds it, however many lie outside
REOPENED_AT_ONCE = 2_000  # in one transaction


@dataclass
class Loose:
    """Mentions without a topic: ids (n,), embeddings (n, d), languages, texts, and what they stand under."""

    ids: list[int]
    embeddings: NDArray[np.float32]
    languages: list[str]
    texts: list[str]
    headings: list[str]
    verbatims: list[int]
    scores: list[float]

    def telling(self, least: int) -> list[bool]:
        """Whether each says what it is about: with at least so many different content words."""
        return [
            len(content_words(text, language)) >= least
            for text, language in zip(self.texts, self.languages, strict=True)
        ]

    def told_by_headings(self) -> list[bool]:
        """Whether each says what it is about, itself or by what it stands under."""
        return [tells(*row) for row in zip(self.texts, self.languages, self.headings, strict=True)]

    def only(self, chosen: Sequence[bool]) -> "Loose":
        return self.at([row for row, is_chosen in enumerate(chosen) if is_chosen])

    def as_told(self) -> "Loose":
        """In the order of the texts, and within each of reading: ids hang on which batch was written first."""
        return self.at(sorted(range(len(self.ids)), key=lambda row: (self.verbatims[row], self.ids[row])))

    def at(self, rows: Sequence[int]) -> "Loose":
        lists = (self.languages, self.texts, self.headings)
        languages, texts, headings = ([one[row] for row in rows] for one in lists)
        ids, verbatims = ([one[row] for row in rows] for one in (self.ids, self.verbatims))
        scores = [self.scores[row] for row in rows]
        return Loose(ids, self.embeddings[list(rows)], languages, texts, headings, verbatims, scores)


def loose_mentions(session: Session, revision: str, most: int, after: int = 0, sample: bool = False) -> Loose:
    """Up to `most` mentions that have no topic and were not considered yet, by id; a spread sample if `sample`."""
    words = func.substr(Verbatim.text, Mention.start + 1, Mention.end - Mention.start)
    rows = (
        select(Mention.id, Mention.embedding, Mention.score, Verbatim.language, words, Mention.verbatim_id)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .where(
            Mention.topic_id.is_(None), Mention.considered.is_(False), Mention.revision == revision, Mention.id > after
        )
    )
    if sample:
        step = max(1, count_loose(session, revision) // most)
        rows = rows.where(Mention.id % step == 0)
    found = session.execute(rows.order_by(Mention.id).limit(most)).all()
    width = len(found[0].embedding) // 2 if found else 0
    vectors = np.frombuffer(b"".join(row.embedding for row in found), np.float16).reshape(len(found), width)
    heading = headings(session, sorted({row.verbatim_id for row in found}))
    return Loose(
        [row.id for row in found],
        vectors.astype(np.float32),
        [row.language or "und" for row in found],
        [row[4] for row in found],
        [heading.get(row.verbatim_id, "") for row in found],
        [row.verbatim_id for row in found],
        [row.score for row in found],
    )


def headings(session: Session, verbatims: Sequence[int]) -> dict[int, str]:
    """What each verbatim stands under: the title of its question, else its first line; a reply in a case has none."""
    question = aliased(Question, flat=True)
    found: dict[int, str] = {}
    for start in range(0, len(verbatims), 500):
        rows = (
            select(Verbatim.id, Verbatim.text, Verbatim.message_id, question.title)
            .join(Post, Post.id == Verbatim.post_id, isouter=True)
            .join(question, question.id == Post.question_id, isouter=True)
            .where(Verbatim.id.in_(verbatims[start : start + 500]))
        )
        for row in session.execute(rows):
            found[row.id] = row.title or ("" if row.message_id else row.text.partition("\n")[0])
    return found


def topics_beside(session: Session, loose: Loose) -> list[set[int]]:
    """For each mention the topics that the others of its text belong to."""
    found: dict[int, set[int]] = {}
    keys = sorted(set(loose.verbatims))
    for start in range(0, len(keys), 500):
        rows = select(Mention.verbatim_id, Mention.topic_id).where(
            Mention.verbatim_id.in_(keys[start : start + 500]), Mention.topic_id.is_not(None),
            Mention.considered.is_(False),
        )  # fmt: skip
        for verbatim, topic in session.execute(rows):
            found.setdefault(verbatim, set()).add(topic)
    return [found.get(key, set()) for key in loose.verbatims]


def count_loose(session: Session, revision: str) -> int:
    rows = select(func.count()).where(
        Mention.topic_id.is_(None), Mention.considered.is_(False), Mention.revision == revision
    )
    return session.scalar(rows) or 0


def note_considered(session: Session, ids: Sequence[int]) -> None:
    """Those of them that found no topic now wait until enough new mentions like them have come; see `reopen`."""
    if ids:
        row = update(Mention).where(Mention.id == bindparam("key"), Mention.topic_id.is_(None))
        session.connection().execute(row.values(considered=True), [{"key": key} for key in ids])


def reopen(units: Units) -> int:
    """Let discovery look once more at the latest mentions that found no topic, or lean to one: the nightly job's part.

    A few thousand in one transaction: who writes in the forum meanwhile waits for the end of one. A killed night leaves
    some open, which the next run takes.
    """
    latest = select(Mention.id).where(Mention.considered.is_(True)).order_by(Mention.id.desc()).limit(REOPENED)
    ids = units.read(lambda session: list(session.scalars(latest)))
    return sum(
        units.write(lambda session, some=ids[at : at + REOPENED_AT_ONCE]: open_again(session, some))  # type: ignore[misc]
        for at in range(0, len(ids), REOPENED_AT_ONCE)
    )


def open_again(session: Session, ids: Sequence[int]) -> int:
    """Of these considered ones, the latest first, those that still are; between them stand none but theirs."""
    some = (Mention.considered.is_(True), Mention.id.between(ids[-1], ids[0]))
    rows = session.execute(update(Mention).where(*some).values(considered=False, topic_id=None))
    return int(rows.rowcount)  # type: ignore[attr-defined]
