"""All that was said in a period, as one corpus: what is kept of its days, the rows of the others, and today's themes."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Product, Topic
from mining import days
from mining.columns import NONE, Coded, Corpus, Ints, Said, Texts
from mining.stretch import WORDS, Stretch, as_they_come, whole


def read(session: Session, start: datetime, end: datetime) -> Corpus:
    """All verbatims and their mentions with a topic, said from `start` to before `end`."""
    found = whole(list(days.stretches(session, start, end)))
    return Corpus(texts_of(session, found), said_of(session, found))


def texts_of(session: Session, found: Stretch) -> Texts:
    slugs = dict(session.execute(select(Product.id, Product.slug)).tuples().all())
    keys = sorted(slugs)
    product = found.texts["product"].astype(np.int64)
    codes = np.searchsorted(np.array(keys, np.int64), product)
    codes = np.where(np.isin(product, keys), codes, NONE)
    numbers = {name: column.astype(np.int64) for name, column in found.texts.items() if column.dtype.kind == "i"}
    words: dict[str, tuple[Ints, Sequence[str]]] = {name: (numbers[name], found.words[name]) for name in WORDS}
    words["product"] = codes, [slugs[key] for key in keys]
    coded = {name: Coded(*as_they_come(*words[name])) for name in words}
    return Texts(
        id=numbers["id"], customer=numbers["customer"], at=numbers["at"], score=found.texts["score"],
        leaving=found.texts["leaving"], sentiment=numbers["sentiment"], intent=numbers["intent"],
        leader=numbers["leader"], **coded,
    )  # fmt: skip


def said_of(session: Session, found: Stretch) -> Said:
    themes = dict(session.execute(select(Topic.id, Topic.theme_id)).tuples().all())
    places = np.full(max(themes, default=0) + 1, NONE)
    places[list(themes)] = list(themes.values())
    topic = found.mentions["topic"].astype(np.int64)
    theme = np.where(topic < len(places), places[np.minimum(topic, len(places) - 1)], NONE)
    rows = theme != NONE  # of a topic that went since the rows were read nothing is told
    columns = {name: column[rows] for name, column in found.mentions.items()}
    numbers = {name: column.astype(np.int64) for name, column in columns.items() if column.dtype.kind == "i"}
    return Said(
        id=numbers["id"], theme=theme[rows], text=numbers["text"], score=columns["score"],
        sentiment=numbers["sentiment"], intent=numbers["intent"], length=numbers["length"],
    )  # fmt: skip
