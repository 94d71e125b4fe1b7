"""From pairs of truth and answer to figures with bootstrap intervals: pure functions.

A figure depends on how often each truth met each answer and on nothing else. Drawing n texts with replacement is
then one draw from a multinomial over those cells: ten thousand samples cost no more than one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]  # (b, c, c): samples, truth, answer
Figure = Callable[[Counts], NDArray[np.float64]]  # (b,)
Places = NDArray[np.int64]  # (n,) places of classes


@dataclass(frozen=True)
class Interval:
    """A figure, and where 95 of 100 samples of as many texts would have it."""

    value: float
    low: float
    high: float


def accuracy(counts: Counts) -> NDArray[np.float64]:
    """The share of right answers."""
    return np.asarray(np.trace(counts, axis1=1, axis2=2) / counts.sum((1, 2)))


def f1_of(place: int) -> Figure:
    """F1 of one class; 0 where it is neither true nor said."""

    def figure(counts: Counts) -> NDArray[np.float64]:
        return f1_scores(counts)[:, place]

    return figure


def macro_f1(counts: Counts) -> NDArray[np.float64]:
    """The mean F1 of the classes that are true of some text of the sample."""
    there = counts.sum(2) > 0  # (b, c)
    return np.asarray((f1_scores(counts) * there).sum(1) / there.sum(1))


def f1_scores(counts: Counts) -> NDArray[np.float64]:
    """(b, c)"""
    right = np.diagonal(counts, axis1=1, axis2=2)
    either = counts.sum(1) + counts.sum(2)
    return np.asarray(np.divide(2 * right, either, out=np.zeros_like(right), where=either > 0))


def measured(truth: Places, answer: Places, classes: int, figures: Mapping[str, Figure], samples: int, seed: int) -> dict[str, Interval]:  # fmt: skip
    """Each figure with its interval."""
    cells = np.bincount(truth * classes + answer, minlength=classes**2)
    drawn = draws(cells, samples, seed).reshape(-1, classes, classes)
    point = cells.reshape(1, classes, classes).astype(np.float64)
    return {name: interval(figure(point), figure(drawn)) for name, figure in figures.items()}


def compared(
    truth: Places, answer: Places, other: Places, classes: int, figures: Mapping[str, Figure], samples: int, seed: int
) -> dict[str, Interval]:
    """How much better `answer` is than `other` on the same texts: paired, so that what is hard for both weighs nothing."""
    cells = np.bincount((truth * classes + answer) * classes + other, minlength=classes**3)
    drawn = draws(cells, samples, seed).reshape(-1, classes, classes, classes)
    point = cells.reshape(1, classes, classes, classes).astype(np.float64)
    return {
        name: interval(
            figure(point.sum(3)) - figure(point.sum(2)), figure(drawn.sum(3)) - figure(drawn.sum(2))
        )
        for name, figure in figures.items()
    }  # fmt: skip


def draws(cells: Places, samples: int, seed: int) -> NDArray[np.float64]:
    """(samples, cells) counts of as many texts drawn with replacement."""
    total = int(cells.sum())
    return np.random.default_rng(seed).multinomial(total, cells / total, size=samples).astype(np.float64)


def interval(value: NDArray[np.float64], sampled: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(sampled, (0.025, 0.975))
    return Interval(float(value[0]), float(low), float(high))
