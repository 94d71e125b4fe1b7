"""A million mentions: the memory that topics take, what a run costs when little is new, how long discovery takes.

Embeddings are generated: each around one of many subjects, some around none. Nothing here needs the encoder.
"""

import hashlib
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sqlalchemy import func, insert, select, update
from sqlalchemy import text as sql

from community.models import Mention, Verbatim
from mining import corpus, gathering, job, known, loose
from mining.bench import store
from mining.units import Units

WIDTH = 384
SUBJECTS = 400
NEARNESS = 1.6  # of a mention to its subject, against noise of length one: cosines of 0.6 to 0.8 between two of them
OUTSIDE = 0.1  # share of mentions about nothing in particular
A_VERBATIM = 2  # mentions
BLOCK = 20_000  # mentions stored at a time
NEW = 2_000  # mentions of the small run
REVISION = "bench"
WORDS = "battery charger screen courier parcel refund invoice login password speaker delivery support menu update coupon".split()


def measured(count: int) -> dict[str, Any]:
    """Figures by name, for `count` mentions."""
    found: dict[str, Any] = {"mentions": count}
    with store.database() as units:
        rng = np.random.default_rng(1)
        means = unit(rng.normal(size=(SUBJECTS, WIDTH)))
        seconds = timed(lambda: fill(units, rng, means, 0, count))
        found["stored with generated embeddings, s"] = round(seconds, 1)
        found["bytes of the database for a mention and its share of a verbatim"] = round(size(units) / count)
        found["memory before, MB"] = peak()
        found["topics from nothing, s"] = round(timed(lambda: gathering.discover(units, REVISION, job.silent)), 1)
        found["topics, and share outside"] = topics_and_outside(units)
        found["memory after, MB"] = peak()
        fill(units, rng, means, count, NEW)
        waiting(units, count + NEW)
        for name, work in {
            f"topics of {NEW:,} new mentions, s": lambda: gathering.discover(units, REVISION, job.silent),
            "topics of none, s": lambda: gathering.discover(units, REVISION, job.silent),
            "what waits, s": lambda: units.read(lambda session: corpus.waiting(session, REVISION)),
            "what is loose, s": lambda: units.read(lambda session: loose.count_loose(session, REVISION)),
            "a claim, s": lambda: units.write(lambda session: corpus.claim(session, REVISION, store.NOW)),
            "the known topics loaded, s": lambda: units.read(lambda session: known.load(session, REVISION)),
        }.items():
            found[name] = round(timed(work), 3)
        found["memory at the end, MB"] = peak()
        found["nightly: looked at once more, mentions"] = loose.reopen(units)
        found["nightly: topics, s"] = round(timed(lambda: gathering.discover(units, REVISION, job.silent)), 1)
        found["memory after the night, MB"] = peak()
    return found


def fill(units: Units, rng: np.random.Generator, means: np.ndarray[Any, Any], first: int, count: int) -> None:
    for start in range(first, first + count, BLOCK):
        some = min(BLOCK, first + count - start)
        vectors, subjects = embeddings(rng, means, some)
        texts = [sentence(rng, int(subject)) for subject in subjects]
        keys = range(start // A_VERBATIM, (start + some) // A_VERBATIM)
        bodies = [" ".join(texts[place : place + A_VERBATIM]) for place in range(0, some, A_VERBATIM)]
        store.tell(units, bodies, keys.start)
        rows = []
        for place, (text, vector) in enumerate(zip(texts, vectors, strict=True)):
            begins = 0 if place % A_VERBATIM == 0 else len(texts[place - 1]) + 1
            rows.append({
                "verbatim_id": 1 + keys.start + place // A_VERBATIM, "start": begins, "end": begins + len(text),
                "sentiment": "negative", "score": -0.5, "intent": "problem", "leaving": False, "embedding": vector.tobytes(),
                "revision": REVISION, "topic_id": None, "considered": False,
            })  # fmt: skip
        units.write(lambda session, rows=rows: session.execute(insert(Mention), rows))  # type: ignore[misc]
        mined(units, keys.start, keys.stop)


def mined(units: Units, first: int, last: int) -> None:
    values = {"mined_revision": REVISION, "language": "en", "sentiment": "negative", "score": -0.5}
    units.write(lambda session: session.execute(
        update(Verbatim).where(Verbatim.id > first, Verbatim.id <= last).values(**values)
    ))  # fmt: skip


def waiting(units: Units, mentions: int) -> None:
    """One batch that waits to be read, behind all that is mined."""
    store.tell(units, [f"It waits, number {number}." for number in range(corpus.MOST)], mentions // A_VERBATIM)


def embeddings(
    rng: np.random.Generator, means: np.ndarray[Any, Any], count: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """float16 unit vectors (n, d), and the subject of each (n,), -1 for none."""
    subjects = np.where(rng.random(count) < OUTSIDE, -1, (rng.random(count) ** 2 * len(means)).astype(int))
    noise = unit(rng.normal(size=(count, WIDTH)))
    return unit(noise + NEARNESS * means[subjects] * (subjects >= 0)[:, None]).astype(np.float16), subjects


def sentence(rng: np.random.Generator, subject: int) -> str:
    digest = hashlib.sha256(str(subject).encode()).digest()
    own = [WORDS[byte % len(WORDS)] + str(byte % 7) for byte in digest[:5]]
    return " ".join([*own, WORDS[rng.integers(len(WORDS))]]) + "."


def topics_and_outside(units: Units) -> str:
    count, outside = units.read(lambda session: (
        len(known.load(session, REVISION).ids),
        session.scalar(select(func.avg(Mention.topic_id.is_(None)))),
    ))  # fmt: skip
    return f"{count}, {100 * (outside or 0):.0f} %"


def size(units: Units) -> int:
    """Bytes."""
    statement = sql("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
    return units.read(lambda session: session.scalar(statement)) or 0


def unit(vectors: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def peak() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
