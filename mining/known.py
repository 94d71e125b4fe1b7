"""The known topics as arrays: loaded once a run, used to give new mentions their topic."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Centre, Topic
from mining import anchors, topics
from mining.anchors import Anchors
from mining.discovery import Centre as Centring


@dataclass
class Known:
    """Topics of one model revision: ids (k,), centroids (k, d), thresholds (k,), and the means of the languages."""

    revision: str
    ids: list[int]
    centroids: NDArray[np.float32]
    thresholds: NDArray[np.float32]
    centring: Centring | None
    taught: Anchors | None = None

    def assign(self, embeddings: NDArray[np.float32], languages: Sequence[str]) -> list[int | None]:
        """The topic id of each mention, or None, from embeddings (m, d) and their languages (m,)."""
        if self.centring is None or not self.ids or not len(embeddings):
            return [None] * len(embeddings)
        vectors = self.centring.transform(embeddings, languages)
        places, _similarity = topics.assign(vectors, self.centroids, self.thresholds, self.taught)
        return [self.ids[place] if place >= 0 else None for place in places.tolist()]


def load(session: Session, revision: str) -> Known:
    """The living topics whose centroids average this model's embeddings."""
    rows = session.scalars(
        select(Topic).where(Topic.revision == revision, Topic.archived_at.is_(None)).order_by(Topic.id)
    ).all()
    means = {
        row.language: np.frombuffer(row.mean, np.float32)
        for row in session.scalars(select(Centre).where(Centre.revision == revision))
    }
    ids = [row.id for row in rows]
    centring = Centring.of(means) if means else None
    return Known(
        revision,
        ids,
        np.stack([np.frombuffer(row.centroid, np.float32) for row in rows]) if rows else np.zeros((0, 1), np.float32),
        np.array([row.threshold for row in rows], np.float32),
        centring,
        anchors.load(session, revision, ids, centring),
    )
