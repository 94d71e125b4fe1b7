"""Finding topics among mentions that fit none: settle on the known ones, discover new ones, name and store them.

Old mentions never move. A run killed in here leaves either nothing or whole topics, and the next run goes on.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from community.models import Account, Centre, Customer, Mention, Theme, Topic, Verbatim
from mining import anchors, known, topics
from mining.discovery import NONE, cluster
from mining.discovery import Centre as Centring
from mining.known import Known
from mining.naming import TopicName, content_words, name_topics
from mining.units import Units, alone

log = logging.getLogger(__name__)
Step = Callable[[str, int, int], None]

SEED = 20
MINIMUM = 5  # mentions that make a topic
SAMPLE = 20_000  # mentions looked at by one discovery: bounds its time and memory
REOPENED = 100_000  # mentions outside that are looked at again in a night: bounds it, however many lie outside
ROUNDS = 3  # discoveries a run; a first import needs more than one sample
BATCH = 5_000
CONTENT_WORDS = 4  # "how is this still not fixed" may join a topic by its context, but never makes one


@dataclass
class Loose:
    """Mentions without a topic: ids (n,), embeddings (n, d), languages and texts."""

    ids: list[int]
    embeddings: NDArray[np.float32]
    languages: list[str]
    texts: list[str]

    def telling(self) -> "Loose":
        """Those that say what they are about: with at least CONTENT_WORDS different content words."""
        rows = [n for n, text in enumerate(self.texts) if len(content_words(text, self.languages[n])) >= CONTENT_WORDS]
        return Loose(
            [self.ids[n] for n in rows], self.embeddings[rows], [self.languages[n] for n in rows],
            [self.texts[n] for n in rows],
        )  # fmt: skip


def discover(units: Units, revision: str, progress: Step) -> int:
    """Give every unconsidered mention a topic, or note that none fits; how many new topics were made."""
    made = 0
    for number in range(ROUNDS):
        settle(units, revision, progress)
        found = discover_once(units, revision)
        progress("topics", number + 1, ROUNDS)
        made += found or 0
        if found == 0:
            break
    units.write(lambda session: note_considered(session, revision))
    return made


def settle(units: Units, revision: str, progress: Step) -> int:
    """Assign unconsidered mentions to the known topics, in batches; how many found one."""
    topics_now = units.read(lambda session: known.load(session, revision))
    if not topics_now.ids:
        return 0
    last, assigned = 0, 0
    while True:
        loose = units.read(lambda session, after=last: loose_mentions(session, revision, BATCH, after))  # type: ignore[misc]
        if not loose.ids:
            return assigned
        places = topics_now.assign(loose.embeddings, loose.languages)
        pairs = [(key, topic) for key, topic in zip(loose.ids, places, strict=True) if topic is not None]
        units.write(lambda session, chosen=pairs: give_topics(session, chosen))  # type: ignore[misc]
        assigned += len(pairs)
        last = loose.ids[-1]


def loose_mentions(session: Session, revision: str, most: int, after: int = 0, sample: bool = False) -> Loose:
    """Up to `most` mentions that have no topic and were not considered yet, by id; a spread sample if `sample`."""
    rows = (
        select(Mention.id, Mention.embedding, Mention.start, Mention.end, Verbatim.language, Verbatim.text)
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
    return Loose(
        [row.id for row in found],
        vectors.astype(np.float32),
        [row.language or "und" for row in found],
        [row.text[row.start : row.end] for row in found],
    )


def count_loose(session: Session, revision: str) -> int:
    rows = select(func.count()).where(
        Mention.topic_id.is_(None), Mention.considered.is_(False), Mention.revision == revision
    )
    return session.scalar(rows) or 0


def discover_once(units: Units, revision: str) -> int | None:
    """Cluster the loose mentions, make topics of what is new, and assign their members; how many were made.

    Clustering 20,000 mentions takes half a minute, so it holds no transaction: other writers would have to wait. None
    when another process found topics meanwhile; what was found is dropped then, and is to be looked for again.
    """
    loose, existing = units.read(
        lambda session: (
            loose_mentions(session, revision, SAMPLE, sample=True).telling(),
            known.load(session, revision),
        )
    )
    if len(loose.ids) < MINIMUM:
        return 0
    centring = existing.centring or Centring().fit(loose.embeddings, loose.languages)
    vectors = centring.transform(loose.embeddings, loose.languages)
    labels = cluster(vectors, seed=SEED, minimum=MINIMUM)
    means = topics.centroids(vectors, labels)
    if not len(means):
        return 0
    needed = topics.thresholds(vectors, labels, means)
    names = name_topics(loose.texts, loose.languages, labels, vectors, ignore=units.read(people))
    places = continued(existing, means)

    def keep(session: Session) -> int | None:
        alone(session, "discovery")
        if known.load(session, revision).ids != existing.ids:
            return None
        if existing.centring is None:
            store_centre(session, revision, centring)
        ids = [
            place or store(session, name, mean, float(least), revision)
            for place, name, mean, least in zip(places, names, means, needed, strict=True)
        ]
        give_topics(
            session, [(key, ids[label]) for key, label in zip(loose.ids, labels.tolist(), strict=True) if label != NONE]
        )
        return places.count(None)

    return units.write(keep)


def people(session: Session) -> frozenset[str]:
    """Words of the names of those who write: they sign with them, and no topic is called after a person."""
    found: set[str] = set()
    for column in (Customer.name, Account.name):  # row by row: of millions of people only the words are kept
        for name in session.scalars(select(column).execution_options(yield_per=10_000)):
            found.update(name.casefold().split())
    return frozenset(found)


def continued(existing: Known, means: NDArray[np.float32]) -> list[int | None]:
    """For each found cluster the id of the known topic that it is, or None when it is new."""
    old = [
        topics.Topic(key, centroid, frozenset()) for key, centroid in zip(existing.ids, existing.centroids, strict=True)
    ]
    first_new = max(existing.ids, default=0) + 1
    found = topics.match(means, [frozenset()] * len(means), old, next_id=first_new)
    return [key if key < first_new else None for key in found]


def store_centre(session: Session, revision: str, centring: Centring) -> None:
    """Keep the means of the languages, learned once for a model, since every centroid depends on them."""
    for language, mean in centring.means_.items():
        session.add(Centre(revision=revision, language=language, mean=mean.astype(np.float32).tobytes()))


def store(session: Session, name: TopicName, mean: NDArray[np.float32], threshold: float, revision: str) -> int:
    """A new topic in a theme of its own; its id."""
    now = datetime.now(UTC)
    label = (name.label_en or name.label_zh or "?")[:160]
    label_zh = name.label_zh[:160] if name.label_zh else None
    theme = Theme(name=label, name_zh=label_zh, created_at=now)
    session.add(theme)
    session.flush()
    topic = Topic(
        theme_id=theme.id, label=label, label_zh=label_zh, keywords=name.keywords, revision=revision, created_at=now,
        centroid=np.asarray(mean, np.float32).tobytes(), threshold=threshold,
    )  # fmt: skip
    session.add(topic)
    session.flush()
    return topic.id


def give_topics(session: Session, pairs: list[tuple[int, int]]) -> None:
    """Give each mention its topic, unless it got one, was deleted, or a person said that it is not about it."""
    closed = anchors.refused(session) if pairs else {}
    pairs = [(key, topic) for key, topic in pairs if topic not in closed.get(key, ())]
    if pairs:
        rows = update(Mention).where(Mention.id == bindparam("key"), Mention.topic_id.is_(None))
        session.connection().execute(
            rows.values(topic_id=bindparam("topic")), [{"key": key, "topic": topic} for key, topic in pairs]
        )


def note_considered(session: Session, revision: str) -> None:
    """What found no topic now waits until enough new mentions like it have come; see `reopen`."""
    loose = (Mention.topic_id.is_(None), Mention.considered.is_(False), Mention.revision == revision)
    session.execute(update(Mention).where(*loose).values(considered=True))


def reopen(units: Units) -> int:
    """Let discovery look once more at the latest mentions that found no topic: the nightly job's part."""

    def work(session: Session) -> int:
        outside = (Mention.topic_id.is_(None), Mention.considered.is_(True))
        latest = select(Mention.id).where(*outside).order_by(Mention.id.desc()).offset(REOPENED).limit(1)
        after = session.scalar(latest) or 0
        rows = session.execute(update(Mention).where(*outside, Mention.id > after).values(considered=False))
        return int(rows.rowcount)  # type: ignore[attr-defined]

    return units.write(work)
