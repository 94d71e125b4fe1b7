"""The figures of a report, counted from the columns of a period. Groups under `least` customers are left out.

Pure functions: what a figure means stands here once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

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
    """Theme id -> word -> mentions, the most frequent first, of words behind which `least` customers stand."""
    said, size = corpus.said, len(column.words)
    code = column.codes[said.text]
    known = code >= 0
    group = said.theme[known] * size + code[known]
    groups, mentions = np.unique(group, return_counts=True)
    _groups, customers = np.unique(
        pairs(group, corpus.texts.customer[said.text[known]])[0], return_counts=True
    )  # each group has somebody, so both name the same groups in the same order
    found: dict[int, dict[str, int]] = {}
    for n in np.argsort(-mentions, kind="stable"):
        if customers[n] >= least:
            theme, word = divmod(int(groups[n]), size)
            found.setdefault(theme, {})[column.words[word]] = int(mentions[n])
    return found


def by_week(corpus: Corpus, start: datetime, end: datetime, least: int) -> dict[int, list[int | None]]:
    """Theme id -> mentions of each whole week before `end`, the last one last; None where too few customers spoke."""
    weeks = max(1, (end - start).days // 7)
    said = corpus.said
    week = np.maximum(0, (micros(end) - corpus.texts.at[said.text]) // WEEK)
    size = int(week.max(initial=0)) + 1
    group = said.theme * size + week
    groups, mentions = np.unique(group, return_counts=True)
    _groups, customers = np.unique(pairs(group, corpus.texts.customer[said.text])[0], return_counts=True)
    found: dict[int, list[int | None]] = {}
    for n, key in enumerate(groups):
        theme, back = divmod(int(key), size)
        counts = found.setdefault(theme, [0] * weeks)
        if back < weeks:
            counts[weeks - 1 - back] = floored(int(mentions[n]), int(customers[n]), least)
    return found


def totals(texts: Texts, start: datetime, end: datetime, least: int) -> dict[str, Any]:
    """Volume and mood of all verbatims of the period, with or without a theme.

    None in place of what fewer than `least` customers said.
    """
    read = (texts.at >= micros(start)) & (texts.at < micros(end)) & ~np.isnan(texts.score)
    verbatims, customers = counted(texts, read)
    is_shown = customers == 0 or customers >= least
    return {
        "verbatims": verbatims if is_shown else None,
        "customers": customers if is_shown else None,
        "score": round(float(texts.score[read].mean()) if verbatims else 0.0, 3) if is_shown else None,
        "leaving": floored(*counted(texts, read & texts.leaving), least),
        "sentiments": totals_by(texts, texts.sentiment, FEELINGS, read, least),
        "intents": totals_by(texts, texts.intent, INTENTS, read, least),
    }


def totals_by(texts: Texts, codes: Ints, words: Sequence[str], read: Bools, least: int) -> dict[str, int | None]:
    """Word -> verbatims, of the words that occur."""
    counts = {word: counted(texts, read & (codes == n)) for n, word in enumerate(words)}
    return {word: floored(*count, least) for word, count in counts.items() if count[0]}


def counted(texts: Texts, rows: Bools) -> tuple[int, int]:
    """How many texts, and by how many customers."""
    return int(rows.sum()), len(distinct(texts.customer[rows]))


def floored(count: int, customers: int, least: int) -> int | None:
    """The count, or None when fewer than `least` customers stand behind it: a group so small is not shown."""
    return count if customers == 0 or customers >= least else None
