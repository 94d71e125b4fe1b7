"""Which topics people would treat as one thing: new topics gather into themes, old ones stay where they are.

A theme that is there is never merged or taken apart here: people do that. docs/decisions/0011.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mining.discovery import NONE, Floats, Ints, unit

# What the share of texts that speak of both adds to the cosine of two topics' centroids, and the mean over all pairs
# of two groups from which they are one theme. Measured in docs/decisions/0011 and 0016.
TOLD_TOGETHER = 0.4
ONE_THEME = 0.45
# What each point between the moods of two topics takes off, if one praises and the other hurts: love of the slow dawn
# and a light that is too bright are not one thing to improve.
MOOD = 0.6


def likeness(means: Floats, old: Floats, labels: Ints, texts: Sequence[int], scores: Sequence[float]) -> Floats:
    """How alike k new and o old topics are (k + o, k + o), from their centroids (k, d) and (o, d).

    `labels` (n,) are the new topics of the mentions, `texts` (n,) the texts that these stand in: what is often told in
    one breath is one matter; `scores` (n,) are their sentiments. Of old topics the centroids alone are compared.
    """
    both = unit(np.vstack([means, old])) if len(old) else unit(means)
    alike = both @ both.T  # (k + o, d) @ (d, k + o)
    alike[: len(means), : len(means)] += TOLD_TOGETHER * told_together(labels, texts, len(means))
    alike[: len(means), : len(means)] -= MOOD * opposed(labels, scores, len(means))
    return np.asarray(alike, np.float32)


def opposed(labels: Ints, scores: Sequence[float], count: int) -> Floats:
    """How far apart the mean sentiments of each pair of topics are (k, k), where one is above 0 and one below."""
    member = labels != NONE
    sums = np.bincount(labels[member], np.asarray(scores, np.float64)[member], minlength=count)
    mood = sums / np.maximum(np.bincount(labels[member], minlength=count), 1)
    apart = np.abs(np.subtract.outer(mood, mood))
    return np.asarray(np.where(np.multiply.outer(mood, mood) < 0, apart, 0), np.float32)


def told_together(labels: Ints, texts: Sequence[int], count: int) -> Floats:
    """For each pair of topics (k, k) the texts that hold both, as a share of the texts of the smaller."""
    rows, number = np.unique(np.asarray(texts), return_inverse=True)
    holds = np.zeros((count, len(rows)), np.float32)
    holds[labels[labels != NONE], number[labels != NONE]] = 1
    smaller = np.minimum.outer(holds.sum(1), holds.sum(1))
    return np.asarray(holds @ holds.T / np.maximum(smaller, 1), np.float32)


def gather(alike: Floats, themes: Sequence[int | None]) -> Ints:
    """The number of each topic's group (n,), from (n, n) likenesses and the themes (n,) of the topics that have one.

    Topics of one theme are one group. Average linkage: the likest two groups join while the mean over their pairs is
    at least ONE_THEME, but never two that have a theme each.
    """
    known = {theme: number for number, theme in enumerate(dict.fromkeys(one for one in themes if one is not None))}
    single = iter(range(len(known), len(known) + len(themes)))
    group = np.array([next(single) if theme is None else known[theme] for theme in themes], np.int64)
    member = np.eye(int(group.max(initial=-1)) + 1, dtype=np.float64)[group].T  # (g, n)
    size = member.sum(1)
    mean = member @ alike @ member.T / np.outer(size, size)  # (g, g)
    held = np.arange(len(size)) < len(known)
    forbid(mean, held)
    while len(size) and mean.max() >= ONE_THEME:
        left, right = sorted(int(place) for place in np.unravel_index(int(mean.argmax()), mean.shape))
        together = (size[left] * mean[left] + size[right] * mean[right]) / (size[left] + size[right])
        mean[left], mean[:, left] = together, together
        mean[right], mean[:, right] = -np.inf, -np.inf
        size[left] += size[right]
        held[left] |= held[right]
        group[group == right] = left
        forbid(mean, held)
    return group


def forbid(mean: npt.NDArray[np.float64], held: npt.NDArray[np.bool_]) -> None:
    """Let no group join itself, nor two join that have a theme each."""
    np.fill_diagonal(mean, -np.inf)
    mean[np.ix_(held, held)] = -np.inf
