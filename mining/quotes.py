"""The customers' own words that show a theme best: distinct people, no near-copies, telling and of readable length."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from community.models import Mention, Topic, Verbatim

CANDIDATES = 40  # looked at for each theme
READABLE = (24, 240)  # characters; Chinese says as much in a third of them
READABLE_HAN = (8, 120)


def best_quotes(
    session: Session, kinds: dict[int, str], start: datetime, end: datetime, most: int
) -> dict[int, list[int]]:
    """Theme id -> mention ids of its quotes, best first; `kinds` says what each theme is."""
    wish = case(kinds, value=Topic.theme_id, else_="problem") if kinds else None
    if wish is None:
        return {}
    length = Mention.end - Mention.start
    is_han = Verbatim.language.in_(("zh-Hans", "zh-Hant"))
    readable = case((is_han & length.between(*READABLE_HAN), 1), (~is_han & length.between(*READABLE), 1), else_=0)
    nth = func.row_number().over(
        partition_by=Topic.theme_id,
        order_by=(
            readable.desc(), case((Mention.intent == wish, 1), else_=0).desc(),
            func.abs(Mention.score).desc(), Verbatim.said_at.desc(), Mention.id,
        ),
    ).label("nth")  # fmt: skip
    ranked = (
        select(
            Topic.theme_id,
            Mention.id,
            Mention.start,
            Mention.end,
            Mention.score,
            Mention.embedding,
            Verbatim.text,
            Verbatim.customer_id,
            Verbatim.language,
            nth,
        )
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(Topic.theme_id.in_(kinds), Verbatim.said_at >= start, Verbatim.said_at < end)
        .subquery()
    )
    rows = session.execute(select(ranked).where(ranked.c.nth <= CANDIDATES).order_by(ranked.c.theme_id, ranked.c.nth))
    found: dict[int, list[Candidate]] = defaultdict(list)
    for row in rows:
        found[row.theme_id].append(
            Candidate(
                row.id, row.customer_id, row.text[row.start : row.end], row.language or "und", row.score, row.embedding
            )
        )
    words = keywords(session, list(kinds))
    return {theme: distinct(telling(candidates, words[theme]), most) for theme, candidates in found.items()}


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


def telling(candidates: list[Candidate], words: set[str]) -> list[Candidate]:
    """The most telling first: near to what the others say, in the theme's own words, and with feeling."""
    vectors = np.stack([np.frombuffer(one.embedding, np.float16).astype(np.float32) for one in candidates])  # (n, d)
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
