"""What people's examples teach about topics: mentions moved or kept draw their like, "not this" ones repel it.

Stands beside the centroids in `mining.known`. A mention itself is bound by its verdict; this is about similar new ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from community.models import Mention, Topic, Verbatim, Verdict
from mining.discovery import Centre, Floats, Ints

Bools = NDArray[np.bool_]

# Least cosine at which one example speaks for another mention. Of the pairs of sentences at 0.6, 0.7 and 0.8 these
# share their label: 56, 70, 83 % of bank questions (77 labels), 67, 81, 90 % of assistant questions (150 labels).
ALIKE = 0.7
MOST = 2_000  # examples looked at, the latest: bounds the time of an assignment


@dataclass(frozen=True)
class Anchors:
    """Examples (a, d), centred; and for each the places (k) of the topics that it draws to or closes."""

    vectors: Floats
    draws: list[list[int]]
    closes: list[list[int]]

    def __call__(self, vectors: Floats, likeness: Floats) -> Floats:
        """The likenesses (n, k) of rows (n, d) with topics, raised where a draw is nearer, -inf where it is closed."""
        cosine = vectors @ self.vectors.T  # (n, d) @ (d, a) -> (n, a)
        cosine = np.where(cosine >= ALIKE, cosine, -np.inf)
        drawn, closed = (strongest(cosine, places, likeness.shape[1]) for places in (self.draws, self.closes))
        raised = np.maximum(likeness, drawn)
        return np.where((closed > drawn) & np.isfinite(closed), -np.inf, raised).astype(np.float32)


def closed(taught: Anchors | None, vectors: Floats, count: int) -> Bools:
    """Which of the known topics people's examples close to each row (n, k), from centred vectors (n, d)."""
    if taught is None:
        return np.zeros((len(vectors), count), np.bool_)
    return np.isneginf(taught(vectors, np.zeros((len(vectors), count), np.float32)))


def mostly(closed: Bools, labels: Ints, count: int) -> Bools:
    """Which topics are closed to a cluster (c, k): to half of its members or more, from (n, k) and labels (n,)."""
    shares = [closed[labels == label].mean(axis=0) for label in range(count)]
    return np.stack(shares) >= 0.5 if shares else np.zeros((0, closed.shape[1]), np.bool_)


def strongest(cosine: Floats, places: Sequence[Sequence[int]], count: int) -> Floats:
    """For each row and topic the highest cosine with an example of that topic (n, k), -inf if there is none."""
    found = np.full((len(cosine), count), -np.inf, np.float32)
    for example, topics in enumerate(places):
        for topic in topics:
            np.maximum(found[:, topic], cosine[:, example], out=found[:, topic])
    return found


def load(session: Session, revision: str, ids: Sequence[int], centring: Centre | None) -> Anchors | None:
    """The latest examples of the topics `ids`, embedded by this model; None where there are none."""
    rows = session.execute(
        select(Verdict.topic_id, Verdict.rejected, Mention.embedding, Verbatim.language)
        .join(Verbatim, (Verbatim.id == Verdict.verbatim_id) & (Verbatim.text_hash == Verdict.text_hash))
        .join(Mention, (Mention.verbatim_id == Verdict.verbatim_id) & (Mention.start == Verdict.start))
        .where(or_(Verdict.topic_id.is_not(None), Verdict.rejected.is_not(None)), Mention.revision == revision)
        .order_by(Verdict.at.desc(), Verdict.id.desc())
        .limit(MOST)
    ).all()
    if not rows or centring is None:
        return None
    vectors = np.stack([np.frombuffer(row.embedding, np.float16) for row in rows]).astype(np.float32)
    place = {key: number for number, key in enumerate(ids)}
    siblings = Siblings(session)
    return Anchors(
        centring.transform(vectors, [row.language or "und" for row in rows]),
        [[place[row.topic_id]] if row.topic_id in place else [] for row in rows],
        [[place[key] for key in siblings.of(row.rejected) if key in place] for row in rows],
    )


class Siblings:
    """Which topics are one theme: what is not about one of them is about none of them."""

    def __init__(self, session: Session) -> None:
        self.theme = dict(session.execute(select(Topic.id, Topic.theme_id)).tuples().all())

    def of(self, rejected: Sequence[int] | None) -> set[int]:
        """The topics rejected, and those that people treat as the same thing."""
        themes = {self.theme.get(key) for key in rejected or ()}
        return {key for key, theme in self.theme.items() if theme in themes} if themes else set()


def refused(session: Session) -> dict[int, set[int]]:
    """Mention id -> topics that it must not return to, for mentions without a topic."""
    rows = session.execute(
        select(Mention.id, Verdict.rejected)
        .join(Verdict, (Verdict.verbatim_id == Mention.verbatim_id) & (Verdict.start == Mention.start))
        .join(Verbatim, (Verbatim.id == Verdict.verbatim_id) & (Verbatim.text_hash == Verdict.text_hash))
        .where(Mention.topic_id.is_(None), Verdict.rejected.is_not(None))
    ).all()
    siblings = Siblings(session) if rows else None
    return {row.id: siblings.of(row.rejected) for row in rows} if siblings else {}


def permitted(verdict: Any, topic: int | None, siblings: Siblings) -> int | None:
    """The topic that the machine proposes, unless a person said that the mention is not about it."""
    if verdict is None or topic is None or not verdict.rejected:
        return topic
    return None if topic in siblings.of(verdict.rejected) else topic


def living(session: Session, topics: Iterable[int | None]) -> set[int]:
    """Those of these topics that are not archived, and stay so until this transaction commits.

    They are known since the run began, and a person may have undone the split that made one.
    """
    wanted = {key for key in topics if key is not None}
    rows = select(Topic.id).where(Topic.id.in_(wanted), Topic.archived_at.is_(None)).order_by(Topic.id)
    return set(session.scalars(rows.with_for_update(read=True))) if wanted else set()
