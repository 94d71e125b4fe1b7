"""The known topics as arrays: loaded once a run, used to give new mentions their topic."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Centre, Theme, Topic
from mining import anchors, topics
from mining.anchors import Anchors
from mining.discovery import NONE
from mining.discovery import Centre as Centring

# What a topic is nearer to a mention whose text speaks of it already. Of the mentions of the demo's four stories their
# best topics hold 32, 20, 36, 40 % without it, and 42, 27, 48, 58 % with it, as purely. docs/decisions/0011.
BESIDE = 0.3


@dataclass
class Known:
    """Topics of one model revision: ids (k,), centroids (k, d), thresholds (k,), and the means of the languages.

    `themes` (k,) are those that new topics may join. Those gone `quiet` take no new mentions, but new topics that are
    like them join their themes, whose history is theirs too. Those of `talk` (k,) take only what leans to no other.
    """

    revision: str
    ids: list[int]
    centroids: NDArray[np.float32]
    thresholds: NDArray[np.float32]
    centring: Centring | None
    taught: Anchors | None = None
    themes: Sequence[int | None] = ()
    quiet: "Known | None" = None
    talk: NDArray[np.bool_] | None = None

    def assign(
        self, embeddings: NDArray[np.float32], languages: Sequence[str], ease: float = 1,
        beside: Sequence[Collection[int | None]] = (),
    ) -> list[int | None]:  # fmt: skip
        """The topic id of each mention, or None, from embeddings (m, d) and their languages (m,).

        `ease` is the share of a topic's threshold that is enough; `beside` holds the topics of each one's text. Small
        talk takes nothing at the whole threshold, and what is told beside a matter only if no matter takes it.
        """
        if self.centring is None or not self.ids or not len(embeddings):
            return [None] * len(embeddings)
        vectors = self.centring.transform(embeddings, languages)
        needed, nearer = self.thresholds * np.float32(ease), self.nearer(beside)
        closed = np.where(self.no_talk(ease, beside), np.float32(np.inf), needed)
        places, _similarity = topics.assign(vectors, self.centroids, closed, self.taught, nearer)
        if ease != 1 and closed.ndim > 1:
            again, _similarity = topics.assign(vectors, self.centroids, needed, self.taught, nearer)
            places = np.where(places == NONE, again, places)
        return [self.ids[place] if place >= 0 else None for place in places.tolist()]

    def assign_text(
        self, embeddings: NDArray[np.float32], language: str, telling: Sequence[bool] | None = None
    ) -> list[int | None]:
        """The same for all mentions of one text: those that find no topic look at what the others found.

        One that is not `telling` (m,) what it is about has no topic but beside another.
        """
        found = self.assign(embeddings, [language] * len(embeddings))
        if telling is not None:
            found = [topic if tells else None for topic, tells in zip(found, telling, strict=True)]
        if None not in found or not any(found):
            return found
        again = self.assign(embeddings, [language] * len(embeddings), beside=[found] * len(found))
        return [first or second for first, second in zip(found, again, strict=True)]

    def is_talk(self) -> NDArray[np.bool_]:
        """(k,) which are small talk."""
        return np.zeros(len(self.ids), bool) if self.talk is None else self.talk

    def small_talk(self) -> frozenset[int]:
        """The ids of those that are."""
        return frozenset(key for key, is_one in zip(self.ids, self.is_talk().tolist(), strict=True) if is_one)

    def no_talk(self, ease: float, beside: Sequence[Collection[int | None]]) -> NDArray[np.bool_]:
        """Where a topic is closed to a mention because it is small talk: (k,) or (m, k)."""
        if ease == 1 or not self.is_talk().any() or not beside:
            return self.is_talk() if ease == 1 else np.zeros(len(self.ids), bool)
        talk = self.small_talk()
        told = [any(key is not None and key not in talk for key in around) for around in beside]
        return np.logical_and.outer(told, self.is_talk())

    def nearer(self, beside: Sequence[Collection[int | None]]) -> NDArray[np.float32] | None:
        """(m, k): BESIDE where the text of the mention holds another of the topic."""
        if not any(beside):
            return None
        place = {key: number for number, key in enumerate(self.ids)}
        raised = np.zeros((len(beside), len(self.ids)), np.float32)
        for row, around in enumerate(beside):
            raised[row, [place[key] for key in around if key in place]] = BESIDE
        return raised


def load(session: Session, revision: str) -> Known:
    """The living topics whose centroids average this model's embeddings, and beside them the quiet ones."""
    rows = session.scalars(
        select(Topic).where(Topic.revision == revision, Topic.archived_at.is_(None)).order_by(Topic.id)
    ).all()
    ignored = set(session.scalars(select(Theme.id).where(Theme.is_ignored)))
    centring = centring_of(session, revision)
    living = as_arrays([row for row in rows if row.quiet_since is None], revision, centring, ignored)
    living.taught = anchors.load(session, revision, living.ids, centring)
    living.quiet = as_arrays([row for row in rows if row.quiet_since], revision, centring, ignored)
    return living


def as_arrays(rows: Sequence[Topic], revision: str, centring: Centring | None, ignored: Collection[int]) -> Known:
    return Known(
        revision,
        [row.id for row in rows],
        np.stack([np.frombuffer(row.centroid, np.float32) for row in rows]) if rows else np.zeros((0, 1), np.float32),
        np.array([row.threshold for row in rows], np.float32),
        centring,
        themes=[None if row.theme_id in ignored else row.theme_id for row in rows],
        talk=np.array([row.is_talk for row in rows], bool),
    )


def centring_of(session: Session, revision: str) -> Centring | None:
    """What is taken off this model's embeddings before they are compared; None before the first discovery."""
    means = {
        row.language: np.frombuffer(row.mean, np.float32)
        for row in session.scalars(select(Centre).where(Centre.revision == revision))
    }
    return Centring.of(means) if means else None
