"""Finding topics among mentions that fit none: settle on the known ones, discover new ones, let the rest lean.

Members never move. What only leans to a topic (`Mention.considered`) waits for others like it, and may make a new one
with them. A run killed in here leaves either nothing or whole topics, and the next run goes on.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from community.models import Account, Centre, Customer, Mention, Theme, Topic
from mining import anchors, corpus, known, theming, topics
from mining.anchors import Bools
from mining.centring import Centre as Centring
from mining.centring import form_of
from mining.discovery import NONE, Floats, Ints, cluster
from mining.known import Known
from mining.loose import Loose, loose_mentions, note_considered, topics_beside
from mining.matter import small_talk
from mining.naming import Embed, TopicName, name_topics
from mining.units import Units, alone

log = logging.getLogger(__name__)
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
APART = -1e3  # a likeness that no mean over many makes good again
TALK = TopicName("Small talk", "闲聊", {}, [])


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

    If `is_leaning`, those with a word that says something need less likeness, and all that were looked at are noted as
    considered: what comes in meanwhile is the next run's.
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
        if is_leaning:
            talk = topics_now.small_talk()
            places = [
                place if around or says or place in talk else None
                for place, around, says in zip(places, beside, loose.telling(1), strict=True)
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


@dataclass(frozen=True)
class Found:
    """What one discovery found: topics of n mentions, which known topics they go on, and which are one theme."""

    labels: Ints  # (n,)
    means: Floats  # (k, d)
    needed: Floats  # (k,)
    places: list[int | None]  # (k,) the known topic that it is, if it is one
    groups: Ints  # (k + o + q,) the group of each new topic, of each of `old` and of each of `quiet`
    old: list[int]  # ids of the known topics
    quiet: list[int]  # and of those that take no new mentions
    talk: Bools  # (k,) whether its mentions share a tone and no matter

    def gathers(self) -> bool:
        """Whether several new topics make one theme."""
        return len(set(self.groups[: len(self.means)].tolist())) < len(self.means)

    def themed(self) -> Ints:
        """The group of each mention in place of its topic (n,)."""
        return np.where(self.labels == NONE, NONE, self.groups[self.labels])

    def kept_away(self, closed: Bools) -> Bools:
        """Which mentions (n,) people's examples keep out of the theme of their topic, from (n, o) that `old` closes."""
        result = np.zeros(len(self.labels), np.bool_)
        old, groups = np.array(self.old), self.groups[len(self.means) :][: len(self.old)]
        for label, place in enumerate(self.places):
            rows, theirs = self.labels == label, (groups == self.groups[label]) | (old == (place or NONE))
            result[rows] = closed[np.ix_(rows, theirs)].any(axis=1)
        return result

    def store(self, session: Session, names: list[TopicName], theme_names: list[TopicName], revision: str) -> list[int]:
        """The ids of the topics (k,), the new ones made, in the theme of their group or in one of their own."""
        themes: dict[int, int] = {}
        for key, group in zip([*self.old, *self.quiet], self.groups[len(self.means) :].tolist(), strict=True):
            if group != NONE:
                themes[group] = session.get_one(Topic, key).theme_id  # as people have it by now
        ids = []
        for number, (place, name) in enumerate(zip(self.places, names, strict=True)):
            group = int(self.groups[number])
            if place is None and not self.talk[number] and group not in themes:
                is_alone = self.groups[: len(self.means)].tolist().count(group) == 1
                themes[group] = store_theme(session, name if is_alone else theme_names[group])
            mean, needed = self.means[number], float(self.needed[number])
            if place is None:
                is_talk = bool(self.talk[number])
                theme = talk_theme(session) if is_talk else themes[group]
                place = store(session, theme, TALK if is_talk else name, mean, needed, revision, is_talk)
            ids.append(place)
        return ids


def in_themes(existing: Known, means: Floats, labels: Ints, loose: Loose, barred: Bools, talk: Bools) -> Ints:
    """The group of each found topic, of each known one and of each quiet one (k + o + q,); NONE for what takes none.

    No found topic joins one that is `barred` (k, o) to it, and none that is `talk` (k,) any.
    """
    themes, centroids = with_quiet(existing)
    joinable = [number for number, theme in enumerate(themes) if theme is not None]
    alike = theming.likeness(means, centroids[joinable], labels, loose.verbatims, loose.scores)
    closed = np.pad(barred, ((0, 0), (0, len(themes) - len(existing.ids))))[:, joinable]
    alike[: len(means), len(means) :][closed] = APART
    alike[len(means) :, : len(means)][closed.T] = APART
    alike[: len(means)][talk] = APART
    alike[:, : len(means)][:, talk] = APART
    groups = theming.gather(alike, [*[None] * len(means), *(themes[number] for number in joinable)])
    result = np.full(len(means) + len(themes), NONE)
    result[: len(means)] = groups[: len(means)]
    result[len(means) + np.array(joinable, np.int64)] = groups[len(means) :]
    return result


def with_quiet(existing: Known) -> tuple[list[int | None], Floats]:
    """The themes (o + q,) and centroids (o + q, d) of the living topics and of those gone quiet."""
    parts = [part for part in (existing, existing.quiet) if part and part.ids]
    themes = [theme for part in parts for theme in part.themes]
    return themes, np.vstack([part.centroids for part in parts]) if parts else existing.centroids


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


def continued(existing: Known, means: NDArray[np.float32], barred: Bools) -> list[int | None]:
    """For each found cluster the id of the known topic that it is, or None when it is new or people said it is not."""
    old = [
        topics.Topic(key, centroid, frozenset()) for key, centroid in zip(existing.ids, existing.centroids, strict=True)
    ]
    first_new = max(existing.ids, default=0) + 1
    found = topics.match(means, [frozenset()] * len(means), old, next_id=first_new, barred=barred)
    return [key if key < first_new else None for key in found]


def store_centre(session: Session, revision: str, centring: Centring) -> None:
    """Keep the means of the languages, learned once for a model, since every centroid depends on them."""
    for language, mean in centring.means_.items():
        session.add(Centre(revision=revision, language=language, mean=mean.astype(np.float32).tobytes()))


def store_theme(session: Session, name: TopicName) -> int:
    label, label_zh = shown(name)
    theme = Theme(name=label, name_zh=label_zh, created_at=datetime.now(UTC))
    session.add(theme)
    session.flush()
    return theme.id


def talk_theme(session: Session) -> int:
    """The theme of small talk: in no report unless people want it there."""
    held = select(Topic.theme_id).where(Topic.is_talk).order_by(Topic.id.desc()).limit(1)
    if (known_theme := session.scalar(held)) is not None:
        return known_theme
    theme = session.get_one(Theme, store_theme(session, TALK))
    theme.is_ignored = True
    return theme.id


def shown(name: TopicName) -> tuple[str, str | None]:
    """The name as it is stored, in English and in Chinese."""
    return (name.label_en or name.label_zh or "?")[:160], name.label_zh[:160] if name.label_zh else None


def store(
    session: Session, theme: int, name: TopicName, mean: Floats, threshold: float, revision: str, is_talk: bool = False
) -> int:
    """A new topic of a theme; its id."""
    label, label_zh = shown(name)
    topic = Topic(
        theme_id=theme, label=label, label_zh=label_zh, keywords=name.keywords, revision=revision,
        centroid=np.asarray(mean, np.float32).tobytes(), threshold=threshold, created_at=datetime.now(UTC),
        is_talk=is_talk,
    )  # fmt: skip
    session.add(topic)
    session.flush()
    return topic.id


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
