"""When people began to speak of a theme, so that what is new can be told from what was there.

A machine's themes hold strays: one or two customers of months ago, who said something like it, must not hide what seven
said this week. And of what fewer than five had ever spoken nobody saw a theme before.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Mention, Topic, Verbatim
from mining.columns import Corpus, Ints, micros, pairs

STRAYS = 4  # customers who may have spoken of it before, for it to be new
A_STRAY_OF = 4  # so many customers: at most a quarter did


def begun(session: Session, themes: Collection[int]) -> dict[int, datetime]:
    """When each began to be spoken of by more than strays, ever. One statement."""
    if not themes:
        return {}
    rows = (
        select(Topic.theme_id, func.min(Verbatim.said_at))
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(Topic.theme_id.in_(themes))
        .group_by(Topic.theme_id, Verbatim.customer_id)
    )
    first: dict[int, list[datetime]] = defaultdict(list)
    for theme, at in session.execute(rows).tuples():
        if theme is not None:
            first[theme].append(at)
    return {theme: sorted(moments)[strays(len(moments))] for theme, moments in first.items()}


def strays(customers: int) -> int:
    """How many of them may have spoken of it before it began."""
    return min(STRAYS, customers // A_STRAY_OF)


def candidates(corpus: Corpus, since: datetime) -> list[int]:
    """Themes that may have begun since then: hardly anybody in these texts spoke of them before."""
    said = corpus.said
    if not len(said):
        return []
    customer, is_before = corpus.texts.customer[said.text], corpus.texts.at[said.text] < micros(since)
    size = int(said.theme.max()) + 1
    everybody = customers_of(said.theme, customer, size)
    before = customers_of(said.theme[is_before], customer[is_before], size)
    most = np.minimum(STRAYS, everybody // A_STRAY_OF)
    return np.flatnonzero((everybody > 0) & (before <= most)).tolist()  # type: ignore[no-any-return]


def customers_of(theme: Ints, customer: Ints, size: int) -> Ints:
    """(size,): different customers of each theme."""
    return np.asarray(np.bincount(pairs(theme, customer)[0], minlength=size), np.int64)
