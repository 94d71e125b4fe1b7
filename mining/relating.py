"""Which other themes a theme is related to: alike by what they say, or told by the same customers.

Related is not the same: what is the same matter is one theme already (theming.py).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Topic
from mining.columns import Floats
from mining.discovery import unit

MOST = 5
ALIKE = 0.3  # cosine of the themes' centroids from which they speak of alike things; any two of the demo have 0.1 on average
SHARED = 0.25  # of the customers of the smaller who speak of both


@dataclass(frozen=True)
class Related:
    """Another theme: how alike what is said is (cosine), and how many customers speak of both."""

    theme: int
    likeness: float
    customers: int
    share: float


def related(session: Session, themes: Mapping[int, set[int]], kept: Collection[int], least: int) -> dict[int, Any]:
    """Theme id -> the themes most related to it, both of `kept`, as the report keeps them.

    `themes` are the customers who speak of each. Fewer than `least` in common are told as None.
    """
    keys = sorted(kept)
    found = nearest(keys, centroids(session, keys), [themes.get(key, set()) for key in keys], least)
    return {
        key: [
            {
                "id": one.theme, "likeness": round(one.likeness, 2),
                "customers": one.customers if one.customers >= least else None,
            }
            for one in others
        ]
        for key, others in found.items()
    }  # fmt: skip


def centroids(session: Session, keys: Sequence[int]) -> Floats:
    """The mean (t, d) of the centroids of each theme's topics of the newest model; zeros where there is none."""
    rows = session.execute(
        select(Topic.theme_id, Topic.revision, Topic.centroid)
        .where(Topic.theme_id.in_(keys), Topic.archived_at.is_(None))
        .order_by(Topic.id)
    ).all()
    newest = rows[-1].revision if rows else ""
    vectors = defaultdict(list)
    for row in rows:
        if row.revision == newest and row.centroid:
            vectors[row.theme_id].append(np.frombuffer(row.centroid, np.float32))
    width = next((len(some[0]) for some in vectors.values()), 1)
    means = [np.mean(vectors[key], axis=0) if key in vectors else np.zeros(width) for key in keys]
    return np.asarray(means, np.float64).reshape(len(keys), width)


def nearest(keys: Sequence[int], means: Floats, people: Sequence[set[int]], least: int) -> dict[int, list[Related]]:
    """The most related first: by likeness and the share of customers in common, each enough by itself."""
    unlike = unit(means.astype(np.float32))
    alike = unlike @ unlike.T  # (t, d) @ (d, t)
    common = in_common(people)
    size = np.array([len(some) for some in people])
    share = common / np.maximum(np.minimum.outer(size, size), 1)
    is_related = (alike >= ALIKE) | ((common >= least) & (share >= SHARED))
    np.fill_diagonal(is_related, False)
    found = {}
    for row, key in enumerate(keys):
        order = np.argsort(-(alike[row] + share[row]), kind="stable")
        found[key] = [
            Related(keys[n], float(alike[row, n]), int(common[row, n]), float(share[row, n]))
            for n in order.tolist()
            if is_related[row, n]
        ][:MOST]
    return found


def in_common(people: Sequence[set[int]]) -> Floats:
    """How many customers each pair of themes (t, t) has in common."""
    row = np.repeat(np.arange(len(people)), [len(some) for some in people])
    every = np.array([one for some in people for one in some], np.int64)
    customer = np.unique(every, return_inverse=True)[1]
    holds = csr_array((np.ones(len(row)), (row, customer)), shape=(len(people), int(customer.max(initial=0)) + 1))
    return np.asarray((holds @ holds.T).toarray(), np.float64)
