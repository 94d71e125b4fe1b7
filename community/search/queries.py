"""The reader's side of search: a query is understood, asked of the index, and answered with what may be shown.

The best passages come from the index, one a question; what changes often (solved, unanswered, deleted) is asked of the
database, for a bounded number of them.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from flask import Flask
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from community.models import Post
from community.search import index, traits
from community.search.analysis import Sought, excerpt
from community.search.facets import facets_of
from community.search.interface import Facets, Found, Hit
from community.search.naming import name_products, name_tags
from community.search.ranking import Ranked, Ranking
from community.search.segments import Deadline, Ids, documents_with, segments_of
from community.search.understanding import LONGEST_QUERY, Ask, understood

MOST_QUESTIONS = 1_000  # ranked for one query; so many can be paged through
MOST_SIFTED = 5_000  # of which the database is asked whether they are solved
LARGEST_PAGE = 50
MOST_SECONDS = 2.0  # of ranking; what was found by then is shown

__all__ = ("Found", "Hit", "find", "visible")

T = TypeVar("T")
post = Post.__table__
STATES: dict[str, ColumnElement[bool]] = {
    "solved": post.c.solved_at.is_not(None),
    "unsolved": post.c.solved_at.is_(None),
    "answered": post.c.answer_count > 0,
    "unanswered": post.c.answer_count == 0,
}


@dataclass(frozen=True)
class Passages:
    """The best passage of each question, best first, as places in `ranked`."""

    ranked: Ranked
    places: Ids
    is_partial: bool

    @property
    def question_ids(self) -> list[int]:
        return [int(id) for id in self.ranked.questions[self.places]]


def find(
    index_dir: str | Path, text: str, *, session: Session, product: str | None = None, tag: str | None = None,
    kind: str | None = None, since: datetime | None = None, until: datetime | None = None, page: int = 1,
    size: int = 20, with_facets: bool = False, is_by_day: bool = False,
) -> Found:  # fmt: skip
    """The questions that answer to the text, best or newest first. Whatever the text is, this is not an error.

    Words must all be there, else some; "a phrase", -word and the operators of `understanding` narrow it.
    """
    started, ask = time.perf_counter(), understood(text)
    for name, value in (("product", product), ("tag", tag), ("is", kind)):
        ask.also(name, value)
    name_products(session, ask)
    name_tags(session, ask)
    days = (since.timestamp() if since else -inf, until.timestamp() if until else inf)

    def answer(searcher: Any) -> Found:
        deadline = Deadline(MOST_SECONDS)
        passages = _passages(Ranking(searcher, ask, deadline, *days, is_by_day=is_by_day).ranked(), ask, session)
        facets = facets_of(session, passages.ranked, passages.question_ids) if with_facets else {}
        return _page(searcher, passages, max(1, page), max(1, min(size, LARGEST_PAGE)), facets)

    found: Found | None = Found()
    if ask:
        found = reading(Path(index_dir), answer)
    if found is None:
        found = Found(is_ready=False)
    elif ask.words and (found.is_loose or not found.total):
        found = replace(found, corrected=reading(Path(index_dir), lambda searcher: corrected(searcher, text, ask)))
    return replace(found, seconds=time.perf_counter() - started)


def questions_found(app: Flask, session: Session, text: str, most: int) -> list[tuple[int, str]]:
    """Ids and titles of the questions that have all its words, best first: for features that only want to link."""
    found = find(app.config["SEARCH_INDEX_DIR"], text, session=session, size=most)
    if found.is_loose:
        return []
    return [(hit.question_id, hit.title) for hit in visible(session, found.hits)]


def reading(index_dir: Path, work: Callable[[Any], T]) -> T | None:
    """What the work makes of the searcher of the last commit; None, and a note for the worker, if it is damaged."""
    for is_last in (False, True):
        try:
            with index.reading_errors():
                return work(index.reading.latest(index_dir))
        except index.IndexDamaged as error:
            index.reading.close()  # once more: the version may have been exchanged meanwhile
            if is_last:
                index.report_damage(index_dir, error)
    return None


def visible(session: Session, hits: Sequence[Hit]) -> list[Hit]:
    """Those that may still be shown: the index lags behind the database by a moment. One statement."""
    question, parent = post.alias("question"), post.alias("parent")
    statement = (
        select(post.c.id)
        .join(question, question.c.id == post.c.question_id, isouter=True)
        .join(parent, parent.c.id == post.c.parent_id, isouter=True)
        .where(post.c.id.in_([hit.post_id for hit in hits]), post.c.erased_at.is_(None))
        .where(*(table.c.deleted_at.is_(None) for table in (post, question, parent)))
    )
    there = set(session.scalars(statement))
    return [hit for hit in hits if hit.post_id in there]


def corrected(searcher: Any, text: str, ask: Ask) -> str | None:
    """The text with unknown English words replaced by the nearest known ones. Known is, too, what has other endings."""
    better = text[:LONGEST_QUERY]
    terms = {word.typed.lower(): word.term for word in ask.words if word.typed.isascii() and word.typed.isalpha()}
    for typed, term in terms.items():
        is_known = any(
            searcher.doc_frequency(name, key) for name, key in (("spelling", typed), ("title", term), ("body", term))
        )
        is_unknown = 4 <= len(typed) <= 20 and not is_known
        if is_unknown and (known := _nearest(searcher, typed)):
            better = re.sub(rf"\b{typed}\b", known, better, flags=re.IGNORECASE)
    return better if better != text[:LONGEST_QUERY] else None


def _nearest(searcher: Any, typed: str) -> str | None:
    """The most frequent of the words with the fewest slips; the corrector alone ranks by how frequent they are."""
    for slips in (1, 2):
        if known := searcher.corrector("spelling").suggest(typed, limit=1, maxdist=slips, prefix=1):
            return str(known[0])
    return None


def _passages(ranked: Ranked, ask: Ask, session: Session) -> Passages:
    places = ranked.best_each()
    is_partial = ranked.is_partial or len(places) > MOST_QUESTIONS
    if ask.states:
        places = places[:MOST_SIFTED]
        kept = _in_states(session, [int(id) for id in ranked.questions[places]], ask)
        places = places[np.isin(ranked.questions[places], kept)]
    return Passages(ranked, places[:MOST_QUESTIONS], is_partial)


def _in_states(session: Session, question_ids: list[int], ask: Ask) -> list[int]:
    conditions = [STATES[name] if wanted else ~STATES[name] for name, wanted in ask.states]
    return list(session.scalars(select(post.c.id).where(post.c.id.in_(question_ids), *conditions)))


def _page(searcher: Any, passages: Passages, page: int, size: int, facets: Facets) -> Found:
    ranked = passages.ranked
    first = min(page - 1, MOST_QUESTIONS) * size
    hits = [
        hit_of(searcher, int(ranked.documents[place]), float(ranked.scores[place]), ranked.marked)
        for place in passages.places[first : first + size]
    ]
    return Found(
        len(passages.places), hits, is_loose=ranked.is_loose, is_partial=passages.is_partial, facets=facets
    )  # fmt: skip


def hit_of(searcher: Any, number: int, score: float, marked: list[Sought]) -> Hit:
    """The document as a page shows it, with the words that matched marked."""
    segment = next(one for one in segments_of(searcher) if one.first <= number)  # the newest come first
    post_id, question_id, made_at, facts = (
        int(segment.column(name)[number - segment.first]) for name in ("post_id", "question_id", "made_at", "traits")
    )
    stored, kind = searcher.stored_fields(number), traits.kind_of(facts)
    title = (stored.get("title") if kind == "question" else title_of(searcher, question_id)) or ""
    return Hit(
        post_id, question_id, kind, title, excerpt(title, marked, len(title)), excerpt(stored["body"], marked),
        stored["author"], score, datetime.fromtimestamp(made_at, UTC), traits.language_of(facts),
        traits.is_company(facts),
    )  # fmt: skip


def title_of(searcher: Any, question_id: int) -> str | None:
    found = documents_with(searcher, "post", str(question_id))
    return next((searcher.stored_fields(segment.first + number).get("title") for segment, number in found), None)
