"""A name for those who read the other language: the word of a small glossary that is nearest to what customers said.

Customers of one language found the topic, so its name is in their words. Who reads the other gets the glossary's word
before it, "Delivery speed (快递速度)", until enough customers write of it in that language: `mining/late_names.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Theme, Topic
from mining import known
from mining.discovery import Floats, unit
from mining.gathering import Encode
from mining.units import Units

GLOSSARY = Path(__file__).with_name("glossary.tsv")
NAME = 2.0  # what a word's likeness to the name weighs; to the centroid 1
# The least of the two together, to the name, and to the centroid. The name alone misleads: "Phone hold" is near "phone",
# but not what is said under it. What was measured: docs/decisions/0011.
NEAR, CALLED, SAME = 1.32, 0.55, 0.1
MOST = 1_000  # topics, and themes, that are looked at: the latest
LANGUAGES = {"en": "en", "zh": "zh-Hans"}  # the glossary's columns


@dataclass(frozen=True)
class Named:
    """A topic or a theme whose name is in one language, "en" or "zh", and what it is about: a vector (d,)."""

    kind: type[Topic] | type[Theme]
    id: int
    name: str
    language: str
    centroid: Floats


def gloss(units: Units, revision: str, encode: Encode) -> int:
    """Name topics and themes in the language that they lack, where the glossary has a word; how many got one."""
    lacking = units.read(lambda session: unglossed(session, revision))
    centring = units.read(lambda session: known.load(session, revision)).centring
    if not lacking or centring is None:
        return 0
    found: list[tuple[Named, str]] = []
    for language, code in LANGUAGES.items():
        ours = [one for one in lacking if one.language == language]
        if ours:
            words = [row[language] for row in glossary()]
            vectors = centring.transform(
                encode([*words, *(one.name for one in ours)]), [code] * (len(words) + len(ours))
            )
            places = nearest(vectors[len(words) :], np.stack([one.centroid for one in ours]), vectors[: len(words)])
            other = other_than(language)
            found += [
                (one, glossary()[place][other]) for one, place in zip(ours, places, strict=True) if place is not None
            ]
    return units.write(lambda session: sum(store(session, one, word) for one, word in found))


@cache
def glossary() -> list[dict[str, str]]:
    """What customers speak of, in both languages."""
    rows = [line.split("\t") for line in GLOSSARY.read_text(encoding="utf-8").splitlines()]
    return [{"en": english, "zh": chinese} for english, chinese in rows]


def other_than(language: str) -> str:
    return "zh" if language == "en" else "en"


def unglossed(session: Session, revision: str) -> list[Named]:
    """Living topics, and themes of them that no person named, without a name in one of the languages."""
    of_topics = session.execute(
        select(Topic.id, Topic.label, Topic.label_zh, Topic.centroid)
        .where(Topic.revision == revision, Topic.archived_at.is_(None), Topic.glossed.is_(None), ~Topic.is_talk)
        .where(Topic.label_zh.is_(None) | (Topic.label == Topic.label_zh))
        .order_by(Topic.id.desc())
        .limit(MOST)
    ).all()
    result = [
        Named(Topic, row.id, row.label, "en" if row.label_zh is None else "zh", np.frombuffer(row.centroid, np.float32))
        for row in of_topics
    ]
    of_themes = session.execute(
        select(Theme.id, Theme.name, Theme.name_zh)
        .where(Theme.merged_into_id.is_(None), Theme.glossed.is_(None), ~Theme.is_named_by_person)
        .where(Theme.name_zh.is_(None) | (Theme.name == Theme.name_zh))
        .order_by(Theme.id.desc())
        .limit(MOST)
    ).all()
    centroids = centres(session, revision, [row.id for row in of_themes])
    return result + [
        Named(Theme, row.id, row.name, "en" if row.name_zh is None else "zh", centroids[row.id])
        for row in of_themes
        if row.id in centroids
    ]


def centres(session: Session, revision: str, themes: Sequence[int]) -> dict[int, Floats]:
    """The mean of the centroids of each theme's living topics, at length one."""
    rows = session.execute(
        select(Topic.theme_id, Topic.centroid).where(
            Topic.theme_id.in_(themes), Topic.revision == revision, Topic.archived_at.is_(None)
        )
    ).all()
    by_theme: dict[int, list[Floats]] = {}
    for theme, centroid in rows:
        by_theme.setdefault(theme, []).append(np.frombuffer(centroid, np.float32))
    return {theme: unit(np.mean(some, axis=0)[None])[0] for theme, some in by_theme.items()}


def nearest(names: Floats, centroids: Floats, words: Floats) -> list[int | None]:
    """The word that fits each name, from names (n, d), centroids (n, d) and words (w, d); None where none is near."""
    to_name, to_centroid = names @ words.T, centroids @ words.T  # (n, d) @ (d, w) -> (n, w)
    worth = np.where((to_name >= CALLED) & (to_centroid >= SAME), NAME * to_name + to_centroid, 0)
    return [place if worth[row, place] >= NEAR else None for row, place in enumerate(worth.argmax(axis=1).tolist())]


def store(session: Session, one: Named, word: str) -> bool:
    """Write the name, unless there is one by now; whether it was written."""
    if one.kind is Topic:
        topic = session.get(Topic, one.id, populate_existing=True)
        if topic is None or topic.glossed or topic.label != one.name or topic.label_zh not in {None, one.name}:
            return False
        topic.label, topic.label_zh = both(one, word)
        topic.glossed = other_than(one.language)
        return True
    theme = session.get(Theme, one.id, populate_existing=True)
    if theme is None or theme.glossed or theme.is_named_by_person:
        return False
    if theme.name != one.name or theme.name_zh not in {None, one.name}:
        return False
    theme.name, theme.name_zh = both(one, word)
    theme.glossed = other_than(one.language)
    return True


def both(one: Named, word: str) -> tuple[str, str]:
    """The name in English and in Chinese: the one that is there, and the word with it in brackets."""
    return (
        (one.name, f"{word}（{one.name}）"[:160]) if one.language == "en" else (f"{word} ({one.name})"[:160], one.name)
    )
