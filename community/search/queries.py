"""The reader's side of search: what somebody typed is understood without ever being an error, and answered.

The best passages come from the index, one a question; what changes often (solved, unanswered, deleted) is asked of the
database, for a bounded number of them.
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import nlargest
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from whoosh.query import And, AndNot, Or, Phrase, Query, Require, Term

from community.models import Post
from community.search import index
from community.search.analysis import ONE_FOR_ONE, Parts, Sought, clean, excerpt, sought, sought_phrase

LONGEST_QUERY = 300  # characters
MOST_TERMS = 30
MOST_PASSAGES = 1_000  # ranked for one query; so many can be paged through
LARGEST_PAGE = 50
MOST_SECONDS = 2.0  # of ranking; what was found by then is shown
RARE = 50  # documents; a Chinese word in fewer is also looked for where the text was cut otherwise
FIELDS = {"title": 3.0, "body": 1.0, "author": 0.5}  # and how much a match in each weighs

CLAUSE = re.compile(
    r'(?:(?<!\S)(-)(?=\S))?(?:(?<!\w)(tag|product|is):)?(?:(?<![A-Za-z0-9])"([^"]+)"|([^\s"]+))', re.IGNORECASE
)
QUOTES = str.maketrans("“”„«»「」『』", '"' * 9)

post = Post.__table__
STATES = {"solved": post.c.solved_at.is_not(None), "unanswered": post.c.answer_count == 0}


@dataclass(frozen=True)
class Hit:
    """One question's best passage."""

    post_id: int
    question_id: int
    kind: str
    title: str
    title_parts: Parts
    excerpt_parts: Parts
    author: str
    score: float


@dataclass(frozen=True)
class Found:
    """A page of hits. `total` counts questions; `is_partial`: there are more than were ranked."""

    total: int = 0
    hits: list[Hit] = field(default_factory=list)
    seconds: float = 0.0
    is_loose: bool = False  # nothing has all the words; these have some
    is_partial: bool = False
    is_ready: bool = True  # false while there is no index to read
    corrected: str | None = None  # how the query may have been meant, when nothing has all its words


@dataclass
class Ask:
    """What a query asks for."""

    words: list[Sought] = field(default_factory=list)
    loose: list[Sought] = field(default_factory=list)  # instead, where nothing has all of `words`
    without: list[Sought] = field(default_factory=list)
    only: list[tuple[str, str]] = field(default_factory=list)  # (field, value)
    never: list[tuple[str, str]] = field(default_factory=list)
    states: dict[str, bool] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any((self.words, self.without, self.only, self.never, self.states))


@dataclass(frozen=True)
class Ranked:
    """The best passages, each of another question: (question id, document number, score)."""

    passages: list[tuple[int, int, float]]
    marked: list[Sought]
    is_loose: bool = False
    is_partial: bool = False


def find(
    index_dir: str | Path, text: str, *, session: Session, product: str | None = None, tag: str | None = None,
    kind: str | None = None, page: int = 1, size: int = 20,
) -> Found:  # fmt: skip
    """The questions that answer to the text, best first. Whatever the text is, this is not an error.

    Words must all be there, else some; "a phrase", -word, tag:x, product:x, is:solved and is:unanswered narrow it.
    """
    started, index_dir, ask = time.perf_counter(), Path(index_dir), understood(text)
    ask.only += [(name, value.lower()) for name, value in (("product", product), ("tag", tag), ("kind", kind)) if value]
    found, size = Found(), max(1, min(size, LARGEST_PAGE))
    if ask:
        try:
            found = _found(index_dir, ask, session, page, size)
        except index.IndexDamaged:
            index.reading.close()  # once more: the version may have been exchanged meanwhile
            try:
                found = _found(index_dir, ask, session, page, size)
            except index.IndexDamaged as error:
                index.report_damage(index_dir, error)
                found = Found(is_ready=False)
    if found.is_ready and ask.words and (found.is_loose or not found.total):
        found = replace(found, corrected=_corrected(index_dir, text, ask))
    return replace(found, seconds=time.perf_counter() - started)


def visible(session: Session, hits: Sequence[Hit]) -> list[Hit]:
    """Those that may still be shown: the index lags behind the database by a moment. One statement."""
    question, parent = post.alias("question"), post.alias("parent")
    statement = (
        select(post.c.id)
        .join(question, question.c.id == post.c.question_id, isouter=True)
        .join(parent, parent.c.id == post.c.parent_id, isouter=True)
        .where(post.c.id.in_([hit.post_id for hit in hits]))
        .where(*(table.c.deleted_at.is_(None) for table in (post, question, parent)))
    )
    there = set(session.scalars(statement))
    return [hit for hit in hits if hit.post_id in there]


def understood(text: str) -> Ask:
    """What somebody typed. What does not look like an operator is words, and signs alone are nothing."""
    text = clean(text[:LONGEST_QUERY]).translate(ONE_FOR_ONE).translate(QUOTES)
    ask = Ask()
    for clause in list(CLAUSE.finditer(text))[:MOST_TERMS]:
        minus, operator, phrase, word = clause.groups()
        value = (phrase or word).lower()
        if operator and operator.lower() == "is" and value in STATES:
            ask.states[value] = not minus
        elif operator and operator.lower() != "is":
            (ask.never if minus else ask.only).append((operator.lower(), value))
        elif phrase and (whole := sought_phrase(phrase)):
            (ask.without if minus else ask.words).append(whole)
        elif word and minus:
            ask.without += sought(word)
        elif word:
            ask.words += sought(word)
            ask.loose += sought(word, loose=True)
    ask.loose = _telling(ask.words + [one for one in ask.loose if one not in ask.words])
    ask.words, ask.without = _telling(ask.words), ask.without[:MOST_TERMS]
    return ask


def _telling(words: list[Sought]) -> list[Sought]:
    """Without stop words, unless there are no others; each once."""
    return list(dict.fromkeys([word for word in words if not word.is_stop] or words))[:MOST_TERMS]


def _found(index_dir: Path, ask: Ask, session: Session, page: int, size: int) -> Found:
    with index.reading_errors():
        searcher = index.reading.latest(index_dir)
        ranked = _ranked(searcher, ask)
    passages = ranked.passages
    if ask.states:
        kept = _in_states(session, [question_id for question_id, _, _ in passages], ask.states)
        passages = [passage for passage in passages if passage[0] in kept]
    first = max(0, page - 1) * size
    with index.reading_errors():
        hits = [_hit(searcher, *passage, ranked.marked) for passage in passages[first : first + size]]
    return Found(len(passages), hits, is_loose=ranked.is_loose, is_partial=ranked.is_partial)


def _in_states(session: Session, question_ids: list[int], states: dict[str, bool]) -> set[int]:
    conditions = [STATES[name] if wanted else ~STATES[name] for name, wanted in states.items()]
    return set(session.scalars(select(post.c.id).where(post.c.id.in_(question_ids), *conditions)))


def _ranked(searcher: Any, ask: Ask) -> Ranked:
    if not searcher.doc_count():
        return Ranked([], [])
    if not ask.words:
        return _newest(searcher, ask)
    ranked = _best(searcher, ask, And([_anywhere(searcher, word) for word in ask.words]), ask.words)
    if ranked.passages or len(ask.loose) < 2:
        return ranked
    ranked = _best(searcher, ask, Or([_anywhere(searcher, word) for word in ask.loose]), ask.loose)
    return replace(ranked, is_loose=bool(ranked.passages))


def _best(searcher: Any, ask: Ask, wanted: Query, marked: list[Sought]) -> Ranked:
    """The best of all matches. Not by Whoosh's collectors: their shortcuts fail on filtered queries."""
    until = time.monotonic() + MOST_SECONDS
    best = nlargest(MOST_PASSAGES, _scored(searcher, _narrowed(searcher, ask, wanted), until))
    passages = _one_a_question(searcher, ask, best)
    return Ranked(passages, marked, is_partial=len(best) == MOST_PASSAGES or time.monotonic() > until)


def _scored(searcher: Any, wanted: Query, until: float) -> Iterator[tuple[float, int]]:
    """(score, document number) of each match, until time is up."""
    for leaf, offset in searcher.leaf_searchers():
        matcher = wanted.matcher(leaf, searcher.context())
        while matcher.is_active() and time.monotonic() < until:
            yield matcher.score(), offset + matcher.id()
            matcher.next()


def _newest(searcher: Any, ask: Ask) -> Ranked:
    """The newest questions, where no words rank them."""
    every = _narrowed(searcher, ask, Term("kind", "question"))
    results = searcher.search(every, limit=MOST_PASSAGES, sortedby="made_at", reverse=True)
    passages = _one_a_question(searcher, ask, [(0.0, number) for _, number in results.top_n])
    return Ranked(passages, [], is_partial=len(results.top_n) == MOST_PASSAGES)


def _narrowed(searcher: Any, ask: Ask, wanted: Query) -> Query:
    if ask.only:
        wanted = Require(wanted, And([Term(*one) for one in ask.only]))
    never = [Term(*one) for one in ask.never] + [_anywhere(searcher, word) for word in ask.without]
    return AndNot(wanted, Or(never)) if never else wanted


def _one_a_question(searcher: Any, ask: Ask, best: list[tuple[float, int]]) -> list[tuple[int, int, float]]:
    """The best passage of each question, without questions that themselves have a word that must not be there."""
    question_ids = searcher.reader().column_reader("question_id")
    unwanted: set[int] = set()
    if ask.without:
        either = Or([_anywhere(searcher, word) for word in ask.without])
        asked = And([Term("kind", "question"), either])
        unwanted = {question_ids[number] for number in searcher.docs_for_query(asked)}
    passages: dict[int, tuple[int, int, float]] = {}
    for score, number in best:
        if (question_id := question_ids[number]) not in unwanted:
            passages.setdefault(question_id, (question_id, number, score))
    return list(passages.values())


def _anywhere(searcher: Any, word: Sought) -> Query:
    """The word in any field; a compound also as its parts, a rare Chinese word also where it was cut otherwise."""
    either: list[Query] = []
    if word.term:
        either += [Term(name, word.term, boost) for name, boost in FIELDS.items()]
    if len(word.parts) > 1 and not (word.is_han and searcher.doc_frequency("body", word.term) >= RARE):
        either += [Phrase(name, list(word.parts), boost=FIELDS[name]) for name in ("title", "body")]
    return Or(either)


def _corrected(index_dir: Path, text: str, ask: Ask) -> str | None:
    """The text with unknown English words replaced by the nearest known ones."""
    corrected = text[:LONGEST_QUERY]
    with index.reading_errors():
        searcher = index.reading.latest(index_dir)
        for typed in {word.typed.lower() for word in ask.words if word.typed.isascii() and word.typed.isalpha()}:
            if 4 <= len(typed) <= 20 and not searcher.doc_frequency("spelling", typed):
                for better in searcher.corrector("spelling").suggest(typed, limit=1, maxdist=2, prefix=1):
                    corrected = re.sub(rf"\b{typed}\b", better, corrected, flags=re.IGNORECASE)
    return corrected if corrected != text[:LONGEST_QUERY] else None


def _hit(searcher: Any, question_id: int, number: int, score: float, marked: list[Sought]) -> Hit:
    stored = searcher.stored_fields(number)
    title = stored.get("title") if stored["kind"] == "question" else _title(searcher, question_id)
    return Hit(
        int(stored["post"]), question_id, stored["kind"], title or "", excerpt(title or "", marked, len(title or "")),
        excerpt(stored["body"], marked), stored["author"], score,
    )  # fmt: skip


def _title(searcher: Any, question_id: int) -> str | None:
    numbers = searcher.docs_for_query(Term("post", str(question_id)))
    return next((searcher.stored_fields(number).get("title") for number in numbers), None)
