"""The figures of a report, counted from the columns of a period, without groups of fewer than `least` customers.

Pure functions: what a figure means stands here once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from community.anonymity import NOTHING, Cell, masked
from mining.columns import FEELINGS, Bools, Coded, Corpus, Ints, Texts, distinct, micros, pairs
from mining.impact import Tally
from mining.labels import INTENTS, SENTIMENTS

WEEK = timedelta(weeks=1) // timedelta(microseconds=1)


def tallies(corpus: Corpus) -> dict[int, Tally]:
    """Theme id -> its counts."""
    said = corpus.said
    themes, row = np.unique(said.theme, return_inverse=True)
    size = len(themes)
    mentions = np.bincount(row, minlength=size)
    pain = np.bincount(row, np.maximum(-said.score, 0), minlength=size)
    score = np.bincount(row, said.score, minlength=size)
    customers = np.bincount(pairs(row, corpus.texts.customer[said.text])[0], minlength=size)
    feelings, wishes = spread(row, said.sentiment, size, SENTIMENTS), spread(row, said.intent, size, INTENTS)
    return {
        int(theme): Tally(
            int(mentions[n]), int(customers[n]), float(pain[n]), float(score[n]), next(feelings), next(wishes)
        )
        for n, theme in enumerate(themes)
    }


def spread(row: Ints, codes: Ints, size: int, words: tuple[str, ...]) -> Iterator[dict[str, int]]:
    """For each row 0 to size - 1, how often each word occurs."""
    table = np.bincount(row * len(words) + codes, minlength=size * len(words)).reshape(size, len(words))
    for counts in table:
        yield {word: int(count) for word, count in zip(words, counts, strict=True) if count}


def by_word(corpus: Corpus, column: Coded, least: int) -> dict[int, dict[str, int]]:
    """Theme id -> word -> mentions, the most frequent first, of the words that may be shown."""
    return by_code(corpus, column.codes[corpus.said.text], column.words, least)


def by_code(corpus: Corpus, codes: Ints, words: Sequence[str], least: int) -> dict[int, dict[str, int]]:
    """As by_word, of a code for each mention."""
    size = len(words)
    cells = grouped(corpus, np.where(codes < 0, size, codes), size + 1)
    found = {}
    for theme, row in cells.items():
        apart = row.pop(size, NOTHING)
        shown = masked({words[code]: cell for code, cell in row.items()}, least, apart)
        counts = {word: count for word, count in shown.items() if count is not None}
        found[theme] = dict(sorted(counts.items(), key=lambda item: -item[1]))
    return found


def by_week(corpus: Corpus, start: datetime, end: datetime, least: int) -> dict[int, list[int | None]]:
    """Theme id -> mentions of each whole week before `end`, the last one last; None where too few customers spoke."""
    weeks = max(1, (end - start).days // 7)
    week = np.clip((micros(end) - corpus.texts.at[corpus.said.text]) // WEEK, 0, weeks)
    found = {}
    for theme, row in grouped(corpus, week, weeks + 1).items():
        earlier = row.pop(weeks, NOTHING)
        shown = masked({back: row.get(back, NOTHING) for back in range(weeks)}, least, earlier)
        found[theme] = [shown[back] for back in reversed(range(weeks))]
    return found


def grouped(corpus: Corpus, codes: Ints, size: int) -> dict[int, dict[int, Cell]]:
    """Theme id -> code, 0 to size - 1 -> mentions and customers, of those that occur."""
    said = corpus.said
    if not len(said):
        return {}
    group = said.theme * size + codes
    mentions = np.bincount(group)
    customers = np.bincount(pairs(group, corpus.texts.customer[said.text])[0], minlength=len(mentions))
    found: dict[int, dict[int, Cell]] = {}
    for key in np.flatnonzero(mentions).tolist():
        theme, code = divmod(key, size)
        found.setdefault(theme, {})[code] = (int(mentions[key]), int(customers[key]))
    return found


def totals(texts: Texts, start: datetime, end: datetime, least: int) -> dict[str, Any]:
    """Volume and mood of all verbatims of the period, with or without a theme.

    None in place of what fewer than `least` customers said.
    """
    read = (texts.at >= micros(start)) & (texts.at < micros(end)) & ~np.isnan(texts.score)
    verbatims, customers = counted(texts, read)
    sentiments = totals_by(texts, texts.sentiment, FEELINGS, read, least)
    intents = totals_by(texts, texts.intent, INTENTS, read, least)
    if 0 < customers < least:
        nothing = {"sentiments": dict.fromkeys(sentiments), "intents": dict.fromkeys(intents)}
        return dict.fromkeys(("verbatims", "customers", "score", "leaving")) | nothing
    leaving = {is_leaving: counted(texts, read & (texts.leaving == is_leaving)) for is_leaving in (True, False)}
    return {
        "verbatims": verbatims,
        "customers": customers,
        "score": round(float(texts.score[read].mean()) if verbatims else 0.0, 3),
        "leaving": masked(leaving, least)[True],
        "sentiments": sentiments,
        "intents": intents,
    }


def totals_by(texts: Texts, codes: Ints, words: Sequence[str], read: Bools, least: int) -> dict[str, int | None]:
    """Word -> verbatims, of the words that occur."""
    counts = {word: counted(texts, read & (codes == n)) for n, word in enumerate(words)}
    unknown = counted(texts, read & (codes < 0))
    return masked({word: count for word, count in counts.items() if count[0]}, least, unknown)


def counted(texts: Texts, rows: Bools) -> tuple[int, int]:
    """How many texts, and by how many customers."""
    return int(rows.sum()), len(distinct(texts.customer[rows]))
