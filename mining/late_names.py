"""A name in the other language, once customers who write it speak of a topic: found by one, told by both.

Topics cross languages, but are named when they are found. Runs at night; a name that is there is never changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from community.models import Mention, Theme, Topic, Verbatim
from mining import known
from mining.discovery import Ints
from mining.gathering import MINIMUM, Encode, embedder, people
from mining.language import HEARD
from mining.loose import headings
from mining.naming import TopicName, name_topics
from mining.units import Units

MEMBERS = 100  # of a topic, the latest: more say little about its name
BESIDE = 200  # topics whose words are set against theirs
MOST = 50  # topics named in a night


@dataclass
class Members:
    """Mentions of several topics: n topics, embeddings (n, d), languages, texts, headings."""

    topics: list[int]
    embeddings: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
    languages: list[str]
    texts: list[str]
    headings: list[str]


def name_late(units: Units, revision: str, encode: Encode | None = None) -> int:
    """Give topics and their themes the names that they lack; how many topics got one."""
    lacking = units.read(lambda session: nameless(session, revision))
    topics = units.read(lambda session: known.load(session, revision))
    if not lacking or topics.centring is None:
        return 0
    beside = [key for key in topics.ids if key not in lacking][:BESIDE]
    found = units.read(lambda session: members(session, [*lacking, *beside], revision))
    vectors = topics.centring.transform(found.embeddings, found.languages)
    names = name_topics(
        found.texts, found.languages, numbered(found.topics, lacking), vectors, headings=found.headings,
        ignore=units.read(people), embed=encode and embedder(encode, topics.centring),
    )  # fmt: skip
    return units.write(lambda session: store(session, dict(zip(lacking, names, strict=False))))


def nameless(session: Session, revision: str) -> list[int]:
    """Living topics without a name in a language in which enough of their mentions are written."""
    chinese = func.sum(case((Verbatim.language.like("zh%"), 1), else_=0))
    total = func.count(Mention.id)
    rows = session.execute(
        select(Topic.id, Topic.label_zh, Topic.glossed, chinese.label("zh"), total.label("total"))
        .join(Mention, Mention.topic_id == Topic.id)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .where(Topic.revision == revision, Topic.archived_at.is_(None), Topic.quiet_since.is_(None))
        .where(Topic.label_zh.is_(None) | (Topic.label == Topic.label_zh) | Topic.glossed.is_not(None))
        .group_by(Topic.id, Topic.label_zh, Topic.glossed)
        .order_by(Topic.id)
    ).all()
    least = [
        (row.id, row.zh if row.label_zh is None or row.glossed == "zh" else row.total - row.zh, row.total)
        for row in rows
    ]
    return [key for key, count, whole in least if count >= MINIMUM and count >= HEARD * whole][:MOST]


def members(session: Session, topics: Sequence[int], revision: str) -> Members:
    """The latest MEMBERS mentions of each of these topics."""
    nth = func.row_number().over(partition_by=Mention.topic_id, order_by=Mention.id.desc()).label("nth")
    words = func.substr(Verbatim.text, Mention.start + 1, Mention.end - Mention.start).label("words")
    ranked = (
        select(Mention.id, Mention.topic_id, Mention.verbatim_id, Mention.embedding, Verbatim.language, words, nth)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .where(Mention.topic_id.in_(topics), Mention.revision == revision)
        .subquery()
    )
    rows = session.execute(select(ranked).where(ranked.c.nth <= MEMBERS).order_by(ranked.c.id)).all()
    above = headings(session, sorted({row.verbatim_id for row in rows}))
    vectors = np.stack([np.frombuffer(row.embedding, np.float16) for row in rows]).astype(np.float32)
    return Members(
        [row.topic_id for row in rows], vectors, [row.language or "und" for row in rows], [row.words for row in rows],
        [above.get(row.verbatim_id, "") for row in rows],
    )  # fmt: skip


def numbered(topics: Sequence[int], first: Sequence[int]) -> Ints:
    """Each mention's topic as a number, those of `first` from 0 on."""
    place = {key: number for number, key in enumerate(dict.fromkeys([*first, *topics]))}
    return np.array([place[key] for key in topics], np.int64)


def store(session: Session, names: dict[int, TopicName]) -> int:
    """Write the names that are still lacking; a theme without a name in that language is called after its topic."""
    named = 0
    for key, name in names.items():
        topic = session.get(Topic, key, populate_existing=True)
        if topic is None:
            continue
        theme = session.get_one(Theme, topic.theme_id, populate_existing=True)
        if (topic.label_zh is None or topic.glossed == "zh") and name.label_zh:
            topic.label_zh, topic.glossed, named = name.label_zh[:160], None, named + 1
            if (theme.name_zh is None or theme.glossed == "zh") and not theme.is_named_by_person:
                theme.name_zh, theme.glossed = topic.label_zh, None
        elif (topic.label == topic.label_zh or topic.glossed == "en") and name.label_en:
            topic.label, topic.glossed, named = name.label_en[:160], None, named + 1
            if (theme.name == theme.name_zh or theme.glossed == "en") and not theme.is_named_by_person:
                theme.name, theme.glossed = topic.label, None
        topic.keywords = {**name.keywords, **{code: some for code, some in topic.keywords.items() if some}}
    session.flush()
    return named
