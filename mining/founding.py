"""What one discovery found, as it is kept: which known topic each goes on, which are one theme, the new ones stored.

Themes that are there are joined, never merged or taken apart (docs/decisions/0011); small talk has one of its own (0020).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Centre, Theme, Topic
from mining import theming, topics
from mining.anchors import Bools
from mining.centring import Centre as Centring
from mining.discovery import NONE, Floats, Ints
from mining.known import Known
from mining.loose import Loose
from mining.naming import TopicName

APART = -1e3  # a likeness that no mean over many makes good again
TALK = TopicName("Small talk", "闲聊", {}, [])


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
