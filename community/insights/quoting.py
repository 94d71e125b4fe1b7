"""The words of its customers that a theme's page shows: the most telling, the latest, and the one that sums it up.

Each customer is quoted once, and what says nearly the same as another is left out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, true
from sqlalchemy.orm import Session

from community.insights.queries import Quote, quotes
from community.models import Mention, Topic, Verbatim

TELLING, RECENT = 12, 4
CANDIDATES = 60  # looked at for each list, so that enough are left when copies are folded
READABLE = (24, 240)  # characters of a sentence that sums a theme up; Chinese says as much in a third of them
READABLE_HAN = (8, 120)
SENTENCES = 2  # that sum a theme up
SHORTEST = 8  # characters of anything that is quoted
HEARD = 0.15  # of what is said, the share in a language that the theme is told in, as in mining/language.py
SAME_WORDS = 0.7  # of all words of two quotes shared: they say nearly the same


@dataclass(frozen=True)
class Quoted:
    """What a theme's page quotes. The summary is of the telling ones: SENTENCES at most."""

    summary: list[Quote]
    telling: list[Quote]
    recent: list[Quote]


def quoted(
    session: Session, theme_id: int, start: datetime, end: datetime, best: Sequence[int] = (), locale: str = "en"
) -> Quoted:
    """The quotes of the period; `best` are mentions that the report chose, shown first. The summary is in `locale`."""
    strong = one_each(
        session, theme_id, start, end, func.abs(Mention.score).desc(), told_in(session, theme_id, start, end)
    )
    there = set(still_there(session, theme_id, start, end, best))
    ranked = list(dict.fromkeys([key for key in best if key in there] + strong))
    found = quotes(session, ranked)
    telling = folded([found[key] for key in ranked if key in found], TELLING)
    latest = one_each(session, theme_id, start, end, Verbatim.said_at.desc())
    found = quotes(session, latest)
    recent = folded([found[key] for key in latest if key in found], RECENT, besides=telling)
    return Quoted(summing_up(telling, locale), telling, recent)


def told_in(session: Session, theme_id: int, start: datetime, end: datetime) -> ColumnElement[bool]:
    """What is in a language in which the theme is told: not a text that strayed into a theme of other customers."""
    is_chinese = func.coalesce(Verbatim.language, "und").like("zh%")
    rows = (
        select(func.count(), func.count(case((is_chinese, 1))))
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(*of_theme(theme_id, start, end))
    )
    said, chinese = session.execute(rows).one()
    if chinese < HEARD * said:
        return ~is_chinese
    return is_chinese if said - chinese < HEARD * said else true()


def one_each(
    session: Session, theme_id: int, start: datetime, end: datetime, order: ColumnElement[Any],
    only: ColumnElement[bool] | None = None,
) -> list[int]:  # fmt: skip
    """Ids of CANDIDATES mentions of the theme, the first of each customer in this order; `only` those."""
    nth = func.row_number().over(partition_by=Verbatim.customer_id, order_by=(order, Mention.id)).label("nth")
    place = func.row_number().over(order_by=(order, Mention.id)).label("place")
    ranked = (
        select(Mention.id, nth, place)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(*of_theme(theme_id, start, end), true() if only is None else only)
        .subquery()
    )
    rows = select(ranked.c.id).where(ranked.c.nth == 1).order_by(ranked.c.place).limit(CANDIDATES)
    return list(session.scalars(rows))


def of_theme(theme_id: int, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    is_then = (Verbatim.said_at >= start) & (Verbatim.said_at < end)
    return Topic.theme_id == theme_id, is_then, Mention.end - Mention.start >= SHORTEST


def still_there(session: Session, theme_id: int, start: datetime, end: datetime, best: Sequence[int]) -> list[int]:
    """Those of the report's mentions that are of the theme and the period now."""
    rows = (
        select(Mention.id)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(*of_theme(theme_id, start, end), Mention.id.in_(best))
    )
    return list(session.scalars(rows)) if best else []


def folded(candidates: Sequence[Quote], most: int, besides: Sequence[Quote] = ()) -> list[Quote]:
    """The first of them by different customers that do not say nearly the same as one before, or one of `besides`."""
    chosen: list[Quote] = []
    people = {one.customer_id for one in besides}
    said = [words_of(one) for one in besides]
    for one in candidates:
        words = words_of(one)
        if one.customer_id in people or not has_words(one) or any(is_alike(words, other) for other in said):
            continue
        chosen.append(one)
        people.add(one.customer_id)
        said.append(words)
        if len(chosen) == most:
            break
    return chosen


def words_of(one: Quote) -> frozenset[str]:
    return frozenset(re.findall(r"\w" if one.language.startswith("zh") else r"\w+", one.text.casefold()))


def is_alike(left: frozenset[str], right: frozenset[str]) -> bool:
    return len(left & right) > SAME_WORDS * max(1, len(left | right))


def summing_up(telling: Sequence[Quote], locale: str) -> list[Quote]:
    """The most telling sentences of a readable length, in the reader's language if there are any: quoted, not made up."""
    readable = [one for one in telling if is_readable(one)]
    own = [one for one in readable if one.language[:2] == locale[:2]]
    return (own or readable)[:SENTENCES]


def is_readable(one: Quote) -> bool:
    least, most = READABLE_HAN if one.language.startswith("zh") else READABLE
    return least <= len(one.text) <= most


def has_words(one: Quote) -> bool:
    """Whether anything is left to read beside what is covered."""
    return re.search(r"\w", re.sub(r"\[[^\]]*\]", "", one.text)) is not None
