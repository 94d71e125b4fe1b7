"""Finding topics among mentions that fit none: settle on the known ones, discover new ones, let the rest lean.

Members never move. What only leans to a topic (`Mention.considered`) waits for others like it, and may make a new one
with them. A run killed in here leaves either nothing or whole topics, and the next run goes on.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from community.models import Account, Centre, Customer, Mention
from mining import anchors, corpus, known, topics
from mining.centring import Centre as Centring
from mining.centring import form_of
from mining.discovery import NONE, cluster
from mining.founding import Found, continued, in_themes, store_centre
from mining.loose import loose_mentions, note_considered, topics_beside
from mining.matter import small_talk
from mining.naming import Embed, name_topics
from mining.units import Units, alone

Step = Callable[[str, int, int], None]
Encode = Callable[[Sequence[str]], NDArray[np.float32]]  # texts -> embeddings (n, d)

SEED = 20
MINIMUM = 5  # mentions that make a topic
SAMPLE = 20_000  # mentions looked at by one discovery: bounds its time and memory
ROUNDS = 3  # discoveries a run; a first import needs more than one sample
BATCH = 5_000
CONTENT_WORDS = 3  # "how is this still not fixed" may join a topic by its context, but never makes one
# Of a topic's threshold: what a mention needs to lean to it. docs/decisions/0011 has what was measured.
LEAN = 0.7


def discover(units: Units, revision: str, progress: Step, encode: Encode | None = None) -> int:
    """Give every unconsidered mention a topic, or note that none fits; how many new topics were made.

    With `encode`, what a name means counts too, not its words alone. Nothing before `is_comparable`.
    """
    if not units.read(lambda session: is_comparable(session, revision)):
        return 0
    made = 0
    for number in range(ROUNDS):
        settle(units, revision, progress)
        found = discover_once(units, revision, encode)
        progress("topics", number + 1, ROUNDS)
        made += found or 0
        if found == 0:
            break
    settle(units, revision, progress, is_leaning=True)
    return made


def is_comparable(session: Session, revision: str) -> bool:
    """Whether this model has the means of the languages, or all is mined with it, so that they can be learned.

    While another model takes over, its topics have no centroids yet: discovery would find them all anew.
    """
    means = select(Centre.id).where(Centre.revision == revision).limit(1)
    return session.scalar(means) is not None or not corpus.waiting(session, revision)


def settle(units: Units, revision: str, progress: Step, is_leaning: bool = False) -> int:
    """Assign unconsidered mentions to the known topics, in batches; how many found one.

    One that does not say what it is about has none but beside another of its text. If `is_leaning`, less likeness is
    needed, and all that were looked at are noted as considered: what comes in meanwhile is the next run's.
    """
    topics_now = units.read(lambda session: known.load(session, revision))
    if not topics_now.ids and not is_leaning:
        return 0
    last, assigned = 0, 0
    while True:
        loose = units.read(lambda session, after=last: loose_mentions(session, revision, BATCH, after))  # type: ignore[misc]
        if not loose.ids:
            return assigned
        last = loose.ids[-1]
        beside = units.read(lambda session, some=loose: topics_beside(session, some))  # type: ignore[misc]
        places = topics_now.assign(loose.embeddings, loose.languages, LEAN if is_leaning else 1, beside)
        talk = topics_now.small_talk()
        tell = loose.telling(1) if is_leaning else loose.told_by_headings()
        places = [
            place if around or tells or place in talk else None
            for place, around, tells in zip(places, beside, tell, strict=True)
        ]
        pairs = [(key, topic) for key, topic in zip(loose.ids, places, strict=True) if topic is not None]
        seen = loose.ids if is_leaning else []
        units.write(lambda session, chosen=pairs, seen=seen: settle_some(session, chosen, seen))  # type: ignore[misc]
        assigned += len(pairs)


def settle_some(session: Session, chosen: list[tuple[int, int]], considered: list[int]) -> None:
    give_topics(session, chosen, is_leaning=bool(considered))
    note_considered(session, considered)


def discover_once(units: Units, revision: str, encode: Encode | None = None) -> int | None:
    """Cluster the loose mentions, make topics of what is new, and assign their members; how many were made.

    Clustering 20,000 mentions takes half a minute, so it holds no transaction: other writers would have to wait. None
    when another process found topics meanwhile; what was found is dropped then, and is to be looked for again.
    """
    loose, existing = units.read(
        lambda session: (
            loose_mentions(session, revision, SAMPLE, sample=True),
            known.load(session, revision),
        )
    )
    loose = loose.only(loose.telling(CONTENT_WORDS)).as_told()
    if len(loose.ids) < MINIMUM:
        return 0
    centring = existing.centring or Centring().fit(
        loose.embeddings, loose.languages, form_of(loose.texts, loose.scores)
    )
    vectors = centring.transform(loose.embeddings, loose.languages)
    labels = cluster(vectors, seed=SEED, minimum=MINIMUM)
    means = topics.centroids(vectors, labels)
    if not len(means):
        return 0
    closed = anchors.closed(existing.taught, vectors, len(existing.ids))
    talk = small_talk(loose.texts, loose.languages, labels, len(means))
    barred = anchors.mostly(closed, labels, len(means)) | np.not_equal.outer(talk, existing.is_talk())
    found = Found(
        labels, means, topics.thresholds(vectors, labels, means), continued(existing, means, barred),
        in_themes(existing, means, labels, loose, barred, talk), existing.ids,
        existing.quiet.ids if existing.quiet else [], talk,
    )  # fmt: skip
    away = found.kept_away(closed)
    namer = partial(
        name_topics, loose.texts, loose.languages, embeddings=vectors, headings=loose.headings,
        ignore=units.read(people), embed=encode and embedder(encode, centring),
    )  # fmt: skip
    names = namer(labels=labels)
    theme_names = namer(labels=found.themed()) if found.gathers() else names

    def keep(session: Session) -> int | None:
        alone(session, "discovery")
        if known.load(session, revision).ids != existing.ids:
            return None
        if existing.centring is None:
            store_centre(session, revision, centring)
        ids = found.store(session, names, theme_names, revision)
        rows = np.flatnonzero((labels != NONE) & ~away).tolist()
        give_topics(session, [(loose.ids[row], ids[labels[row]]) for row in rows])
        return found.places.count(None)

    return units.write(keep)


def embedder(encode: Encode, centring: Centring) -> Embed:
    """Phrases and their language -> vectors that compare with the topics' own."""
    return lambda phrases, language: centring.transform(encode(phrases), [language] * len(phrases))


def people(session: Session) -> frozenset[str]:
    """Words of the names of those who write: they sign with them, and no topic is called after a person."""
    found: set[str] = set()
    for column in (Customer.name, Account.name):  # row by row: of millions of people only the words are kept
        for name in session.scalars(select(column).execution_options(yield_per=10_000)):
            found.update(name.casefold().split())
    return frozenset(found)


def give_topics(session: Session, pairs: list[tuple[int, int]], is_leaning: bool = False) -> None:
    """Give each mention its topic, unless it got one, was deleted, or a person said that it is not about it.

    A topic that was archived meanwhile gets none.
    """
    closed = anchors.refused(session) if pairs else {}
    living = anchors.living(session, [topic for _key, topic in pairs])
    pairs = [(key, topic) for key, topic in pairs if topic in living and topic not in closed.get(key, ())]
    if pairs:
        rows = update(Mention).where(Mention.id == bindparam("key"), Mention.topic_id.is_(None))
        session.connection().execute(
            rows.values(topic_id=bindparam("topic"), considered=is_leaning),
            [{"key": key, "topic": topic} for key, topic in pairs],
        )
