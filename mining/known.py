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
from mining.discovery import Centre as Centring

# What a topic is nearer to a mention whose text speaks of it already. Of the mentions of the demo's four stories their
# best topics hold 32, 20, 36, 40 % without it, and 42, 27, 48, 58 % with it, as purely. docs/decisions/0011.
BESIDE = 0.3


@dataclass
class Known:
    """Topics of one model revision: ids (k,), centroids (k, d), thresholds (k,), and the means of the languages.

    `themes` (k,) are those that new topics may join. Those gone `quiet` take no new mentions, but new topics that are
    like them join their themes, whose history is theirs too.
    """

    revision: str
    ids: list[int]
    centroids: NDArray[np.float32]
    thresholds: NDArray[np.float32]
    centring: Centring | None
    taught: Anchors | None = None
    themes: Sequence[int | None] = ()
    quiet: "Known | None" = None

    def assign(
        self, embeddings: NDArray[np.float32], languages: Sequence[str], ease: float = 1,
        beside: Sequence[Collection[int | None]] = (),
    ) -> list[int | None]:  # fmt: skip
        """The topic id of each mention, or None, from embeddings (m, d) and their languages (m,).

        `ease` is the share of a topic's threshold that is enough; `beside` holds the topics of each one's text.
        """
        if self.centring is None or not self.ids or not len(embeddings):
            return [None] * len(embeddings)
        vectors = self.centring.transform(embeddings, languages)
        needed = self.thresholds * np.float32(ease)
        places, _similarity = topics.assign(vectors, self.centroids, needed, self.taught, self.nearer(beside))
        return [self.ids[place] if place >= 0 else None for place in places.tolist()]

    def assign_text(self, embeddings: NDArray[np.float32], language: str) -> list[int | None]:
        """The same for all mentions of one text: those that find no topic look at what the others found."""
        found = self.assign(embeddings, [language] * len(embeddings))
        if None not in found or not any(found):
            return found
        again = self.assign(embeddings, [language] * len(embeddings), beside=[found] * len(found))
        return [first or second for first, second in zip(found, again, strict=True)]

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
    )


def centring_of(session: Session, revision: str) -> Centring | None:
    """What is taken off this model's embeddings before they are compared; None before the first discovery."""
    means = {
        row.language: np.frombuffer(row.mean, np.float32)
        for row in session.scalars(select(Centre).where(Centre.revision == revision))
    }
    return Centring.of(means) if means else None
