"""How long a report takes: `python -m mining.bench_report [--mentions N] [--folder DIR]`, on generated mentions.

They fill the report's period and the weeks before it that say what to expect. Each step of the report is timed.
"""

import argparse
import hashlib
import json
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from sqlalchemy import Connection, create_engine, func, insert, select
from sqlalchemy.orm import Session, sessionmaker

from community.db import Base, writing
from community.models import STAGES, Complaint, Customer, Mention, Product, Profile, Theme, Topic, Verbatim
from mining import days, overview, reports, said, weighing
from mining.training.corpus import SENTENCES
from mining.units import Units

SEED = 1
DAYS = 91  # a report reads thirteen weeks
A_VERBATIM = 2.5  # mentions
TOPICS = 400
PRODUCTS = 8  # of unequal size; every ninth text is of none
A_CUSTOMER = 8  # verbatims
WIDTH = 256  # of an embedding
A_STATEMENT = 5_000
SENTIMENTS = (("negative", -0.7), ("neutral", 0.0), ("positive", 0.7))
INTENTS = ("problem", "question", "suggestion", "praise", "other")
CHANNELS = ("forum", "email", "phone", "survey", "app review")
LANGUAGES = ("en", "zh-Hans", "zh-Hant")
Rows = list[dict[str, Any]]


class Corpus:
    """So many mentions of texts like the demo's; topics are of unequal size, as they are in life."""

    def __init__(self, mentions: int, end: datetime, seed: int = SEED):
        self.mentions, self.end, self.random = mentions, end, Random(seed)
        self.verbatims = max(1, round(mentions / A_VERBATIM))
        self.customers = max(1, self.verbatims // A_CUSTOMER)
        self.sentences = own_sentences()
        self.weights = [1 / (rank + 5) for rank in range(TOPICS)]
        self.embedding = np.random.default_rng(seed).normal(size=WIDTH).astype(np.float16).tobytes()

    def write(self, connection: Connection) -> None:
        for table, rows in (
            (Product, self.products()), (Customer, self.people()), (Profile, self.profiles()), (Theme, self.themes()), (Topic, self.topics()),
            (Complaint, self.complaints()), (Verbatim, self.texts()), (Mention, self.said()),
        ):  # fmt: skip
            insert_all(connection, table, rows)

    def people(self) -> Iterator[dict[str, Any]]:
        for key in range(1, self.customers + 1):
            value = self.random.choice(("low", "mid", "high", "unknown"))
            yield {
                "id": key,
                "name": f"Customer {key}",
                "value": value,
                "is_profiled": True,
                "created_at": self.end,
                "changed_at": self.end,
            }

    def products(self) -> Iterator[dict[str, Any]]:
        for key in range(1, PRODUCTS + 1):
            yield {
                "id": key,
                "slug": f"product-{key}",
                "name": f"Product {key}",
                "description": "",
                "description_zh": "",
            }

    def profiles(self) -> Iterator[dict[str, Any]]:
        for key in range(1, self.customers + 1):
            yield {
                "customer_id": key, "loyalty": self.random.randint(0, 100), "level": "neutral",
                "stage": self.random.choice(STAGES), "reasons": {}, "computed_at": self.end,
            }  # fmt: skip

    def themes(self) -> Iterator[dict[str, Any]]:
        for key in range(1, TOPICS + 1):
            yield {"id": key, "name": f"Theme {key}", "name_zh": f"主题{key}", "created_at": self.end}

    def topics(self) -> Iterator[dict[str, Any]]:
        for key in range(1, TOPICS + 1):
            yield {
                "id": key, "theme_id": key, "label": f"Topic {key}", "keywords": {"en": [f"word{key}"]},
                "centroid": b"", "threshold": 0.7, "revision": "bench", "created_at": self.end,
            }  # fmt: skip

    def complaints(self) -> Iterator[dict[str, Any]]:
        for key in range(1, self.verbatims + 1):
            yield {
                "id": key, "customer_id": self.customer_of(key), "channel": "email", "external_id": str(key),
                "subject": "", "body": "", "created_at": self.said_at(key),
            }  # fmt: skip

    def texts(self) -> Iterator[dict[str, Any]]:
        for key in range(1, self.verbatims + 1):
            language = self.random.choice(LANGUAGES)
            text = " ".join(self.random.choices(self.sentences[language], k=self.random.randint(1, 4)))
            sentiment, score = self.random.choice(SENTIMENTS)
            yield {
                "id": key, "complaint_id": key, "customer_id": self.customer_of(key), "is_private": True, "text": text,
                "product_id": product_of(key),
                "channel": self.random.choice(CHANNELS), "said_at": self.said_at(key), "language": language,
                "text_hash": hashlib.sha256(text.encode()).hexdigest()[:32], "sentiment": sentiment, "score": score,
                "intent": self.random.choice(INTENTS), "leaving": self.random.random() < 0.02, "mined_revision": "bench",
            }  # fmt: skip

    def said(self) -> Iterator[dict[str, Any]]:
        topics = self.random.choices(range(1, TOPICS + 1), self.weights, k=self.mentions)
        for key, topic in enumerate(topics, 1):
            sentiment, score = self.random.choice(SENTIMENTS)
            number = min(self.verbatims, 1 + int(key / A_VERBATIM))
            yield {
                "id": key, "verbatim_id": number, "start": key % 10, "end": key % 10 + 12, "sentiment": sentiment,
                "score": score * self.random.random(), "intent": self.random.choice(INTENTS), "leaving": False,
                "embedding": self.embedding, "revision": "bench", "topic_id": topic,
            }  # fmt: skip

    def customer_of(self, verbatim: int) -> int:
        return 1 + verbatim * 7919 % self.customers

    def said_at(self, verbatim: int) -> datetime:
        return self.end - timedelta(days=DAYS) * (1 - verbatim / (self.verbatims + 1))


def product_of(verbatim: int) -> int | None:
    """Each product has half as many texts as the one before."""
    if verbatim % 9 == 0:
        return None
    return min(PRODUCTS, (verbatim & -verbatim).bit_length())


def own_sentences() -> dict[str, list[str]]:
    """The project's own sentences; both scripts of Chinese share theirs."""
    found: dict[str, list[str]] = {"en": [], "zh": []}
    for path in sorted(SENTENCES.glob("*.tsv")):
        lines = path.read_text(encoding="utf-8").splitlines()[1:]
        found["en" if path.name.startswith("en") else "zh"] += [line.split("\t")[3] for line in lines]
    return {language: found[language[:2]] for language in LANGUAGES}


def insert_all(connection: Connection, table: type[Base], rows: Iterator[dict[str, Any]]) -> None:
    batch: Rows = []
    for row in rows:
        batch.append(row)
        if len(batch) == A_STATEMENT:
            connection.execute(insert(table), batch)
            batch = []
    if batch:
        connection.execute(insert(table), batch)


class Stopwatch:
    """Seconds by the clock, and of computing, which count where other work runs beside it."""

    def __enter__(self) -> "Stopwatch":
        self.begun = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_error: object) -> None:
        self.took = time.perf_counter() - self.begun[0], time.process_time() - self.begun[1]

    def seconds(self, name: str) -> dict[str, float]:
        return {f"{name}_seconds": round(self.took[0], 2), f"{name}_cpu_seconds": round(self.took[1], 2)}


def timed(session: Session, end: datetime, name: str) -> dict[str, Any]:
    """The report, the reading in it, and the first page."""
    start = end - timedelta(days=reports.DAYS)
    with Stopwatch() as reading:
        said.read(session, weighing.heard_from(start, end), end)
    with Stopwatch() as report:
        listening, content = reports.heard_and_told(session, start, end, 5)
    with Stopwatch() as page:
        made = overview.made(session, listening)
    return {
        **report.seconds(f"report{name}"), **reading.seconds(f"of_it_reading{name}"), **page.seconds(f"first_page{name}"),
        "themes": len(content["themes"]), "first_pages": len(made),
    }  # fmt: skip


def measured(folder: Path, mentions: int) -> dict[str, Any]:
    """Make the mentions, unless the folder has them already, then compare their texts and make the report."""
    path, end = folder / f"report-{mentions}.db", datetime(2026, 6, 30, tzinfo=UTC)
    is_made = path.exists()
    engine = create_engine(f"sqlite:///{path}")
    if not is_made:
        with writing(), engine.begin() as connection:
            Base.metadata.create_all(connection)
            Corpus(mentions, end).write(connection)
    units = Units(sessionmaker(engine, expire_on_commit=False))
    start = end - timedelta(days=reports.DAYS)
    found: dict[str, Any] = {"mentions_read": rows_of(units, start, end)}
    with Stopwatch() as watch:
        found["days_kept"] = weighing.keep_days(units, start, end)
    found |= watch.seconds("to_compare_and_keep")
    found |= units.read(lambda session: timed(session, end, "_of_days"))
    units.write(lambda session: say_one_more(session, end))
    with Stopwatch() as watch:
        found["days_after_a_new_text"] = weighing.keep_days(units, start, end)
    found |= watch.seconds("after_a_new_text")
    with Stopwatch() as watch:
        weighing.keep_days(units, start, end)
    found |= watch.seconds("with_nothing_new")
    with Stopwatch() as watch:
        units.read(lambda session: overview.all_periods(session, end, 5))
    found |= watch.seconds("long_periods")
    kept = days.kept
    days.kept = lambda *_given: {}  # as if nothing were kept
    try:
        found |= units.read(lambda session: timed(session, end, "_of_rows"))
    finally:
        days.kept = kept
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"), "machine": platform.machine(), "mentions": mentions,
        **found, "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def rows_of(units: Units, start: datetime, end: datetime) -> int:
    """How many mentions the report reads."""
    rows = select(func.count()).select_from(Mention).join(Verbatim, Verbatim.id == Mention.verbatim_id)
    read = Verbatim.said_at >= weighing.heard_from(start, end), Verbatim.said_at < end
    return units.read(lambda session: session.scalar(rows.where(*read)) or 0)


def say_one_more(session: Session, end: datetime) -> None:
    """On the last day."""
    at, key = end - timedelta(minutes=1), 1 + (session.scalar(select(func.max(Complaint.id))) or 0)
    session.execute(insert(Complaint), [{
        "id": key, "customer_id": 1, "channel": "email", "external_id": str(key), "subject": "", "body": "",
        "created_at": at,
    }])  # fmt: skip
    session.execute(insert(Verbatim), [{
        "complaint_id": key, "customer_id": 1, "is_private": True, "text": "One more.", "channel": "email",
        "said_at": at, "text_hash": str(key),
    }])  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m mining.bench_report", description=__doc__)
    parser.add_argument("--mentions", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep the mentions there for another time")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        json.dump(measured(folder, options.mentions), sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
