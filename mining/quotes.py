"""The customers' own words that show a theme best: distinct people, no near-copies, telling and of readable length.

In the languages that it is told in: a theme of Chinese customers is not shown by an English text that strayed into it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Mention, Topic, Verbatim
from mining.centring import Centre as Centring
from mining.columns import Corpus
from mining.discovery import Floats
from mining.known import centring_of
from mining.labels import INTENTS
from mining.language import HEARD

CANDIDATES = 40  # looked at for each theme
READABLE = (24, 240)  # characters; Chinese says as much in a third of them
READABLE_HAN = (8, 120)
HAN = ("zh-Hans", "zh-Hant")
A_STATEMENT = 500


def best_quotes(session: Session, corpus: Corpus, kinds: dict[int, str], most: int) -> dict[int, list[int]]:
    """Theme id -> mention ids of its quotes, best first; `kinds` says what each theme is."""
    found: dict[int, list[Candidate]] = defaultdict(list)
    wanted = candidates(corpus, kinds)
    by_id = {one.id: one for one in read_candidates(session, [key for keys in wanted.values() for key in keys])}
    for theme, keys in wanted.items():
        found[theme] = [by_id[key] for key in keys if key in by_id]
    found = {theme: of_one_model(some) for theme, some in found.items()}
    words, about = keywords(session, list(kinds)), Centroids(session, list(kinds))
    return {
        theme: distinct(telling(some, words[theme], about.likeness(theme, some)), most)
        for theme, some in found.items()
        if some
    }


def candidates(corpus: Corpus, kinds: Mapping[int, str]) -> dict[int, list[int]]:
    """Theme id -> ids of mentions to look at: of readable length, of the theme's kind, strong, and late ones first.

    None in a language in which the theme is hardly told.
    """
    corpus = corpus.of_themes(set(kinds))
    said, texts = corpus.said, corpus.texts
    han = [n for n, word in enumerate(texts.language.words) if word in HAN]
    is_han = np.isin(texts.language.codes[said.text], han)
    least, most = (np.where(is_han, a, b) for a, b in zip(READABLE_HAN, READABLE, strict=True))
    readable = (said.length >= least) & (said.length <= most)
    themes, row = np.unique(said.theme, return_inverse=True)
    wish = np.array([INTENTS.index(kinds[key]) for key in themes.tolist()], np.int64)[row]
    chinese = (np.bincount(row, is_han, len(themes)) / np.maximum(np.bincount(row, minlength=len(themes)), 1))[row]
    is_heard = np.where(is_han, chinese, 1 - chinese) >= HEARD
    order = np.lexsort(
        (said.id, -texts.at[said.text], -np.abs(said.score), said.intent != wish, ~readable, said.theme)
    )  # the last key counts most
    order = order[is_heard[order]]
    begins = np.searchsorted(said.theme[order], themes)
    return {
        int(theme): said.id[order[begin : begin + min(CANDIDATES, int(count))]].tolist()
        for theme, begin, count in zip(themes, begins, np.bincount(row[is_heard], minlength=len(themes)), strict=True)
    }


def read_candidates(session: Session, ids: list[int]) -> Iterator["Candidate"]:
    columns = (
        Mention.id, Verbatim.customer_id, Verbatim.text, Mention.start, Mention.end, Verbatim.language, Mention.score,
        Mention.embedding, Mention.revision,
    )  # fmt: skip
    for at in range(0, len(ids), A_STATEMENT):
        rows = (
            select(*columns)
            .join(Verbatim, Verbatim.id == Mention.verbatim_id)
            .where(Mention.id.in_(ids[at : at + A_STATEMENT]))
        )
        for row in session.execute(rows):
            words = row.text[row.start : row.end]
            yield Candidate(
                row.id, row.customer_id, words, row.language or "und", row.score, row.embedding, row.revision
            )


def keywords(session: Session, themes: list[int]) -> dict[int, set[str]]:
    """Theme id -> the keywords of its topics, in lower case."""
    found: dict[int, set[str]] = defaultdict(set)
    for theme, words in session.execute(select(Topic.theme_id, Topic.keywords).where(Topic.theme_id.in_(themes))):
        found[theme].update(word.casefold() for some in words.values() for word in some)
    return found


@dataclass(frozen=True)
class Candidate:
    """A mention that might be quoted."""

    id: int
    customer_id: int
    text: str
    language: str
    score: float
    embedding: bytes
    revision: str = ""


def of_one_model(candidates: list[Candidate]) -> list[Candidate]:
    """Those that the model read which read most of them: embeddings of two models do not compare, nor have one width."""
    most = Counter(one.revision for one in candidates).most_common(1)
    return [one for one in candidates if one.revision == most[0][0]] if most else []


class Centroids:
    """What themes are about: the centroids of their living topics."""

    def __init__(self, session: Session, themes: list[int]) -> None:
        self.session = session
        self.means: dict[tuple[int, str], list[Floats]] = defaultdict(list)
        rows = select(Topic.theme_id, Topic.revision, Topic.centroid).where(
            Topic.theme_id.in_(themes), Topic.archived_at.is_(None)
        )
        for theme, revision, centroid in session.execute(rows):
            if centroid:  # what people split off has none before the worker learned it
                self.means[theme, revision].append(np.frombuffer(centroid, np.float32))
        self.centrings: dict[str, Centring | None] = {}

    def likeness(self, theme: int, candidates: Sequence["Candidate"]) -> Floats | None:
        """Of each (n,) to the topic that it is nearest to; None where there is nothing to compare with."""
        revision = candidates[0].revision
        if revision not in self.centrings:
            self.centrings[revision] = centring_of(self.session, revision)
        centring, means = self.centrings[revision], self.means.get((theme, revision))
        if centring is None or not means:
            return None
        vectors = centring.transform(embeddings(candidates), [one.language for one in candidates])
        return np.asarray((vectors @ np.stack(means).T).max(axis=1), np.float32)  # (n, d) @ (d, t) -> (n, t)


def embeddings(candidates: Sequence[Candidate]) -> Floats:
    return np.stack([np.frombuffer(one.embedding, np.float16).astype(np.float32) for one in candidates])  # (n, d)


def telling(candidates: list[Candidate], words: set[str], likeness: Floats | None = None) -> list[Candidate]:
    """The most telling first: of the theme's matter (n,), in the theme's own words, and with feeling.

    Where nobody knows the matter: near to what the others say.
    """
    if likeness is None:
        vectors = embeddings(candidates)
        likeness = vectors @ vectors.mean(0)  # (n, d) @ (d,) -> (n,)
    spread = likeness.std() or 1.0
    named = [min(2, sum(word in one.text.casefold() for word in words)) for one in candidates]
    worth = (likeness - likeness.mean()) / spread + np.array(named) + np.abs([one.score for one in candidates])
    return [candidates[index] for index in np.argsort(-worth, kind="stable")]


def distinct(candidates: list[Candidate], most: int) -> list[int]:
    """The first `most` candidates by different people who do not say the same words; both languages if there are."""
    chosen: list[int] = []
    people: set[int] = set()
    words: set[frozenset[str]] = set()
    languages = {one.language for one in candidates}
    seats = {language: most if len(languages) == 1 else most - 2 for language in languages}
    for one in candidates:
        said = frozenset(re.findall(r"\w" if one.language.startswith("zh") else r"\w+", one.text.casefold()))
        if one.customer_id in people or any(alike(said, other) for other in words) or not seats[one.language]:
            continue
        chosen.append(one.id)
        people.add(one.customer_id)
        words.add(said)
        seats[one.language] -= 1
        if len(chosen) == most:
            break
    return chosen


def alike(left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether two texts share most of their words (Jaccard above 0.7)."""
    return len(left & right) > 0.7 * max(1, len(left | right))
