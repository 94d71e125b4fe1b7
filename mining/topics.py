"""The life of a topic: which topic a new mention belongs to, and which old topic a newly found one is.

Stands between `mining.discovery`, which finds clusters anew in every run, and the stored topics, whose
ids must stay. All vectors here are centred (`discovery.Centre`) and of unit length.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array

from mining.discovery import NONE, Floats, Ints, unit

# Half of two equally large topics shared is a Jaccard index of one third.
SAME_MEMBERS = 1 / 3
# Cosine of two centroids that share no member. Measured on bank and assistant questions with 20 and 10
# members a centroid: two halves of one label reach it in 99 and 91 % of the labels, a label and its
# nearest other one in 6 and 0 %.
SAME_CENTROID = 0.8


@dataclass(frozen=True)
class Topic:
    """A topic as one run leaves it for the next: its id, mean vector (d,) and the keys of its mentions."""

    id: int
    centroid: Floats
    members: frozenset[int]


def centroids(vectors: Floats, labels: Ints) -> Floats:
    """The mean vector of each topic (k, d), not normalised: its length says how tight the topic is.

    From vectors (n, d) and labels (n,) of 0 to k - 1 or NONE; a number nobody has gets a zero vector.
    """
    count = int(labels.max(initial=NONE)) + 1
    member = labels != NONE
    rows = np.flatnonzero(member)
    holds = csr_array((np.ones(len(rows)), (labels[rows], rows)), shape=(count, len(labels)))
    sums: npt.NDArray[np.float64] = holds @ vectors.astype(np.float64)  # (k, n) @ (n, d)
    sizes = np.bincount(labels[member], minlength=count)
    return (sums / np.maximum(sizes, 1)[:, None]).astype(np.float32)


def grow(centroid: Floats, size: int, vectors: Floats) -> Floats:
    """The exact mean (d,) of a topic of `size` mentions after `vectors` (m, d) joined it."""
    total = centroid * size + vectors.sum(axis=0)
    mean: Floats = (total / max(size + len(vectors), 1)).astype(np.float32)
    return mean


def thresholds(
    vectors: Floats,
    labels: Ints,
    means: Floats,
    *,
    percentile: float = 5,
    least: float = 0.3,
    most: float = 0.7,
) -> Floats:
    """The cosine a mention needs to join each topic (k,): a low percentile of its own members'.

    Bounded, because the five members of a young topic say little: below `least` anything would join,
    above `most` only near copies. A topic without members gets `most`.
    """
    cosine = np.einsum("nd,nd->n", vectors, unit(means)[labels])  # NONE reads the last topic, unused below
    own = [cosine[labels == topic] for topic in range(len(means))]
    learned = [float(np.percentile(found, percentile)) if len(found) else most for found in own]
    return np.clip(np.array(learned, dtype=np.float32), least, most)


def assign(
    vectors: Floats, means: Floats, needed: Floats, taught: Callable[[Floats, Floats], Floats] | None = None,
    nearer: Floats | None = None,
) -> tuple[Ints, Floats]:  # fmt: skip
    """The topic of each row (n,), or NONE, and its cosine with that topic, or with the nearest if NONE (n,).

    From vectors (n, d), means (k, d) and thresholds (k,) or (n, k). Of the topics whose threshold a row reaches
    it gets the most similar, not the nearest of all, which may be a tight one that refuses it. `taught` changes
    these (n, k) likenesses, -inf where a topic is closed to a row, by what people's examples say. `nearer` (n, k) is
    added to them first: what the texts say beside the row.
    """
    if len(means) == 0:
        return np.full(len(vectors), NONE), np.zeros(len(vectors), dtype=np.float32)
    cosine = unit(vectors) @ unit(means).T  # (n, d) @ (d, k) -> (n, k)
    cosine = cosine if nearer is None else cosine + nearer
    open_ = np.where(cosine >= needed, cosine, -np.inf)
    open_ = taught(vectors, open_) if taught else open_
    best = open_.argmax(axis=1)
    similarity = open_[np.arange(len(vectors)), best]
    joins = np.isfinite(similarity)
    return np.where(joins, best, NONE), np.where(joins, similarity, cosine.max(axis=1)).astype(np.float32)


def match(
    means: Floats, members: Sequence[frozenset[int]], known: Sequence[Topic], *, next_id: int | None = None,
    barred: npt.NDArray[np.bool_] | None = None,
) -> list[int]:  # fmt: skip
    """An id for each found topic (k): that of the known topic it continues, else a new one.

    `means` (k, d) and `members` describe what was found. No known topic is continued twice: of the parts
    of a split the closest keeps the id. New ids count from `next_id`, by default past the largest known
    one; pass it where retired ids must not return. `barred` (k, o) are the known ones that a found one must not be,
    in the order of their ids. Hungarian method: the best matching as a whole.
    """
    following = next_id if next_id is not None else max((topic.id for topic in known), default=0) + 1
    continued = _continued(means, members, known, barred) if known and len(means) else {}
    ids = []
    for found in range(len(means)):
        if found not in continued:
            continued[found] = following
            following += 1
        ids.append(continued[found])
    return ids


def _continued(
    means: Floats, members: Sequence[frozenset[int]], known: Sequence[Topic], barred: npt.NDArray[np.bool_] | None
) -> dict[int, int]:
    """Found topic -> id of the known topic it continues."""
    old = sorted(known, key=lambda topic: topic.id)  # the answer must not hang on the order of a query
    cosine = unit(means) @ unit(np.stack([topic.centroid for topic in old])).T  # (k, d) @ (d, o) -> (k, o)
    shared = _jaccard(members, [topic.members for topic in old])  # (k, o)
    same = (shared >= SAME_MEMBERS) | (cosine >= SAME_CENTROID)
    same = same if barred is None else same & ~barred
    score = np.where(same, cosine + shared, 0.0)
    found, matched = linear_sum_assignment(score, maximize=True)
    return {int(f): old[o].id for f, o in zip(found, matched, strict=True) if same[f, o]}


def _jaccard(left: Sequence[frozenset[int]], right: Sequence[frozenset[int]]) -> npt.NDArray[np.float64]:
    """Shared members over all members of each pair (k, o)."""
    result = np.zeros((len(left), len(right)))
    owners: dict[int, list[int]] = {}
    for place, keys in enumerate(right):
        for key in keys:
            owners.setdefault(key, []).append(place)
    for row, keys in enumerate(left):
        for key in keys:
            result[row, owners.get(key, [])] += 1
    sizes = np.add.outer([len(keys) for keys in left], [len(keys) for keys in right])
    return result / np.maximum(sizes - result, 1)
