"""What a report is about: all that was said, or what was said about one product; and what it must not give away.

A whole less its shown parts, and a period less a shorter one, are groups too: when such a group is too small, the theme
is left out of the report. Decision 0018.
"""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.anonymity import Cell, masked
from community.models import Mention, Report, Topic, Verbatim
from mining.columns import Coded, Corpus, Said, Texts, pairs, within

MOST_NEIGHBOURS = 40
Period = tuple[datetime, datetime]


def of_product(corpus: Corpus, slug: str) -> Corpus:
    """The texts about the product, and what they say."""
    rows = corpus.texts.product.codes == code_of(corpus.texts.product, slug)
    columns: dict[str, Any] = {one.name: getattr(corpus.texts, one.name) for one in fields(Texts)}
    left: dict[str, Any] = {
        name: column.of(rows) if isinstance(column, Coded) else column[rows] for name, column in columns.items()
    }
    texts = Texts(**left)
    place = np.cumsum(rows) - 1  # of each text among those that are left
    said = corpus.said.of(rows[corpus.said.text])
    moved = {one.name: getattr(said, one.name) for one in fields(Said)} | {"text": place[said.text]}
    return Corpus(texts, Said(**moved))


def code_of(column: Coded, word: str) -> int:
    """Of a word that nobody used: a code that no row has."""
    return list(column.words).index(word) if word in column.words else len(column.words)


def told_by_the_rest(corpus: Corpus, slug: str, start: datetime, end: datetime, least: int) -> set[int]:
    """Themes whose count for this product, taken from the count for all, would tell of a group that is too small."""
    within_period = corpus.between(start, end)
    said, texts = within_period.said, corpus.texts
    product, size = texts.product.codes[said.text] + 1, len(texts.product.words) + 1  # 0: about none
    group = said.theme * size + product
    groups, mentions = np.unique(group, return_counts=True)
    _groups, customers = np.unique(pairs(group, texts.customer[said.text])[0], return_counts=True)
    cells: dict[int, dict[int, Cell]] = {}
    for key, count, people in zip(groups.tolist(), mentions.tolist(), customers.tolist(), strict=True):
        cells.setdefault(key // size, {})[key % size] = (count, people)
    own = code_of(texts.product, slug) + 1
    return {
        theme
        for theme, parts in cells.items()
        if own in parts
        and masked({key: cell for key, cell in parts.items() if key}, least, parts.get(0, (0, 0)))[own] is None
    }


def told_by_other_periods(session: Session, period: Period, product_id: int | None, least: int) -> frozenset[int]:
    """Themes of which another issued report, less this one or taken from it, would tell of a group that is too small."""
    found: set[int] = set()
    for start, end in between_ends(period, neighbours(session, period, product_id)):
        rows = (
            select(Topic.theme_id)
            .select_from(Mention)
            .join(Verbatim, Verbatim.id == Mention.verbatim_id)
            .join(Topic, Topic.id == Mention.topic_id)
            .where(within(start, end), *([Verbatim.product_id == product_id] if product_id else []))
            .group_by(Topic.theme_id)
            .having(func.count(Verbatim.customer_id.distinct()) < least)
        )
        found.update(session.scalars(rows))
    return frozenset(found)


def neighbours(session: Session, period: Period, product_id: int | None) -> list[Period]:
    """The periods of issued reports about the same that begin or end when this one does."""
    start, end = period
    rows = (
        select(Report.starts_at, Report.ends_at)
        .where(
            Report.kind != "rolling", Report.product_id.is_(None) if product_id is None else Report.product_id == product_id,
            (Report.starts_at == start) | (Report.ends_at == end),
        )
        .order_by(Report.id.desc())
        .limit(MOST_NEIGHBOURS)
    )  # fmt: skip
    return list(session.execute(rows).tuples())


def between_ends(period: Period, others: Iterable[Period]) -> set[Period]:
    """What each of the others and the period do not share, where they share one end."""
    start, end = period
    found = set()
    for first, last in others:
        if (first == start) != (last == end):
            found.add((min(first, start), max(first, start)) if last == end else (min(last, end), max(last, end)))
    return found
