"""Pairs of texts that ask the same or not: how well the embeddings' cosine tells them apart (AUC)."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from mining.encoder import Encoder
from mining.evaluation.cases import NO, YES
from mining.evaluation.figures import Interval, Places
from mining.evaluation.judging import Row
from mining.inputs import InputError, read_rows
from mining.language import language_of

MOST_SAMPLES = 500  # of the bootstrap: here each of them sorts all pairs anew
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Pair:
    """Two texts, and whether they mean the same."""

    text: str
    other: str
    source: str
    same: bool


def pairs_of_file(path: Path) -> list[Pair]:
    """The pairs of a file with the columns text, other and same (1 or 0). Raises InputError with the line."""
    pairs = []
    for line, row in read_rows(path):
        for column in ("text", "other", "same"):
            if row.get(column) is None:
                raise InputError(f"{path}, line {line}: no column {column!r}; a file of pairs has text, other and same")
        same = str(row["same"]).strip().lower()
        if same not in YES | NO:
            raise InputError(f"{path}, line {line}: same is {same!r}; write 1 or 0")
        pairs.append(Pair(str(row["text"]), str(row["other"]), path.name, same in YES))
    if len({pair.same for pair in pairs}) < 2:
        raise InputError(f"{path}: there must be pairs that mean the same and pairs that do not")
    return pairs


def likeness(weights: Path, pairs: Sequence[Pair], progress: Callable[[int, int], None]) -> Floats:
    """(n,) cosine of each pair."""
    texts = [text for pair in pairs for text in (pair.text, pair.other)]
    vectors = Encoder(weights).embed(texts, progress)
    return np.asarray(np.einsum("nd,nd->n", vectors[::2], vectors[1::2]), np.float64)


def rows(pairs: Sequence[Pair], like: Floats, other: Floats | None, samples: int, seed: int) -> Iterator[Row]:
    """AUC of all pairs, by set and by language; with `other`, the difference to those cosines."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, pair in enumerate(pairs):
        for key in (("all", ""), ("set", pair.source), ("language", language_of(pair.text))):
            groups[key].append(index)
    for (kind, name), members in groups.items():
        indices = np.array(members)
        same = np.array([pairs[index].same for index in members])
        if not same.all() and same.any():
            yield row((kind, name), same, like[indices], None if other is None else other[indices], samples, seed)


def row(group: tuple[str, str], same: Flags, like: Floats, other: Floats | None, samples: int, seed: int) -> Row:
    def difference(chosen: Places) -> float:
        assert other is not None
        return auc(same[chosen], like[chosen]) - auc(same[chosen], other[chosen])

    found = {"AUC": sampled(same, samples, seed, lambda chosen: auc(same[chosen], like[chosen]))}
    better = {"AUC": sampled(same, samples, seed, difference)} if other is not None else {}
    return Row("pairs", *group, len(same), found, better)


def sampled(same: Flags, samples: int, seed: int, figure: Callable[[Places], float]) -> Interval:
    """The figure of all pairs, and its interval over pairs drawn with replacement, as many of either kind."""
    rng = np.random.default_rng(seed)
    yes, no = np.flatnonzero(same), np.flatnonzero(~same)
    drawn = [
        figure(np.concatenate([rng.choice(yes, len(yes)), rng.choice(no, len(no))]))
        for _ in range(min(samples, MOST_SAMPLES))
    ]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Interval(figure(np.arange(len(same))), float(low), float(high))


def auc(same: Flags, like: Floats) -> float:
    """How often a pair that means the same is liker than one that does not (Mann and Whitney)."""
    count = int(same.sum())
    ranks = rankdata(like)[same].sum()
    return float((ranks - count * (count + 1) / 2) / (count * (len(same) - count)))
