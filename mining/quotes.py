"""The customers' own words that show a theme best: distinct people, no near-copies, telling and of readable length."""

import re
from collections import defaultdict
from datetime import datetime

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
    readable = case(
        (is_han & length.between(*READABLE_HAN), 1), (~is_han & length.between(*READABLE), 1), else_=0
    )
    nth = func.row_number().over(
        partition_by=Topic.theme_id,
        order_by=(
            case((Mention.intent == wish, 1), else_=0).desc(), readable.desc(),
            func.abs(Mention.score).desc(), Verbatim.said_at.desc(), Mention.id,
        ),
    ).label("nth")  # fmt: skip
    ranked = (
        select(Topic.theme_id, Mention.id, Mention.start, Mention.end, Verbatim.text, Verbatim.customer_id, Verbatim.language, nth)
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(Topic.theme_id.in_(kinds), Verbatim.said_at >= start, Verbatim.said_at < end)
        .subquery()
    )
    rows = session.execute(select(ranked).where(ranked.c.nth <= CANDIDATES).order_by(ranked.c.theme_id, ranked.c.nth))
    found: dict[int, list[tuple[int, int, str, str]]] = defaultdict(list)
    for row in rows:
        found[row.theme_id].append((row.id, row.customer_id, row.text[row.start : row.end], row.language or "und"))
    return {theme: distinct(candidates, most) for theme, candidates in found.items()}


def distinct(candidates: list[tuple[int, int, str, str]], most: int) -> list[int]:
    """The first `most` candidates by different people who do not say the same words; both languages if there are."""
    chosen: list[int] = []
    people: set[int] = set()
    words: set[frozenset[str]] = set()
    languages = {language for *_, language in candidates}
    seats = {language: most if len(languages) == 1 else most - 2 for language in languages}
    for mention_id, customer_id, text, language in candidates:
        said = frozenset(re.findall(r"\w", text.casefold())) if language != "en" else frozenset(re.findall(r"\w+", text.casefold()))
        if customer_id in people or any(alike(said, other) for other in words) or not seats[language]:
            continue
        chosen.append(mention_id)
        people.add(customer_id)
        words.add(said)
        seats[language] -= 1
        if len(chosen) == most:
            break
    return chosen


def alike(left: frozenset[str], right: frozenset[str]) -> bool:
    """Whether two texts share most of their words (Jaccard above 0.7)."""
    return len(left & right) > 0.7 * max(1, len(left | right))
