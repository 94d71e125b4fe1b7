"""What a topic is like, learned from its members: of topics that people split off, and of all when the model changes.

A topic's id, theme and members outlive a model; only its centroid is the model's own, and is averaged anew here.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Centre, Mention, Topic, Verbatim
from mining import topics
from mining.centring import Centre as Centring
from mining.centring import form_of
from mining.discovery import Floats
from mining.units import Units, alone

MEMBERS = 200  # of each topic: the mean of more moves by less than a hundredth
AT_ONCE = 200  # topics a transaction
SAMPLE = 20_000  # mentions that the means of the languages are learned from
FEW = 5  # members that tell enough of a topic which another model found


def learn(units: Units, revision: str, is_all_mined: bool = True) -> int:
    """Average the members' embeddings of each topic that has none of this model's yet; how many were learned.

    Before all is mined with a new model, nothing is learned for it: its first mentions are no fair sample.
    """
    if not is_all_mined and not units.read(lambda session: kept_means(session, revision)):
        return 0
    stale = units.read(lambda session: stale_topics(session, revision))
    if not stale:
        return 0
    return sum(
        units.write(lambda session, some=stale[start : start + AT_ONCE]: learn_some(session, some, revision))  # type: ignore[misc]
        for start in range(0, len(stale), AT_ONCE)
    )


def stale_topics(session: Session, revision: str) -> list[int]:
    """Living topics with members that this model embedded, and without a centroid of them."""
    has_members = select(Mention.id).where(Mention.topic_id == Topic.id, Mention.revision == revision).exists()
    rows = select(Topic.id).where(Topic.revision != revision, Topic.archived_at.is_(None), has_members)
    return list(session.scalars(rows.order_by(Topic.id)))


def learn_some(session: Session, ids: Sequence[int], revision: str) -> int:
    alone(session, "discovery")
    centring = means_of(session, revision)
    found = members(session, ids, revision)
    learned = 0
    for topic in session.scalars(select(Topic).where(Topic.id.in_(ids), Topic.revision != revision)):
        rows = found.get(topic.id, [])
        is_made_by_a_person = topic.revision == ""
        if centring is None or len(rows) < (1 if is_made_by_a_person else FEW):
            continue
        vectors = centring.transform(stacked([row[0] for row in rows]), [row[1] for row in rows])
        labels = np.zeros(len(rows), np.int64)
        mean = topics.centroids(vectors, labels)
        topic.threshold = float(topics.thresholds(vectors, labels, mean)[0])
        topic.centroid, topic.revision = mean[0].astype(np.float32).tobytes(), revision
        learned += 1
    return learned


def members(session: Session, ids: Sequence[int], revision: str) -> dict[int, list[tuple[bytes, str]]]:
    """Topic id -> embeddings and languages of up to MEMBERS of its mentions."""
    nth = func.row_number().over(partition_by=Mention.topic_id, order_by=Mention.id.desc()).label("nth")
    ranked = (
        select(Mention.topic_id, Mention.embedding, Verbatim.language, nth)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .where(Mention.topic_id.in_(ids), Mention.revision == revision)
        .subquery()
    )
    found: dict[int, list[tuple[bytes, str]]] = defaultdict(list)
    for row in session.execute(select(ranked).where(ranked.c.nth <= MEMBERS).order_by(ranked.c.nth)):
        found[row.topic_id].append((row.embedding, row.language or "und"))
    return found


def kept_means(session: Session, revision: str) -> dict[str, Floats]:
    rows = session.scalars(select(Centre).where(Centre.revision == revision))
    return {row.language: np.frombuffer(row.mean, np.float32) for row in rows}


def means_of(session: Session, revision: str) -> Centring | None:
    """The means of the languages under this model: those kept, else learned from its mentions and kept."""
    kept = kept_means(session, revision)
    if kept:
        return Centring.of(kept)
    rows = session.execute(
        select(Mention.embedding, Verbatim.language, Mention.score, Mention.start, Mention.end, Verbatim.text)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .where(Mention.revision == revision)
        .order_by(Mention.id.desc())
        .limit(SAMPLE)
    ).all()
    if len(rows) < FEW:
        return None
    form = form_of([row.text[row.start : row.end] for row in rows], [row.score for row in rows])
    centring = Centring().fit(stacked([row[0] for row in rows]), [row[1] or "und" for row in rows], form)
    for language, mean in centring.means_.items():
        session.add(Centre(revision=revision, language=language, mean=mean.astype(np.float32).tobytes()))
    return centring


def stacked(embeddings: Sequence[bytes]) -> Floats:
    return np.stack([np.frombuffer(one, np.float16) for one in embeddings]).astype(np.float32)
