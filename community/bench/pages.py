"""`make bench`: how fast the forum's pages are with 1,000, 10,000 and 100,000 questions, on one web process.

For people as a table, for programs in instance/bench/forum.json.
"""

import argparse
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, event

from community.bench.community_of import Made
from community.bench.load import WrongAnswer, load
from community.bench.people import BROWSER, Person, signed_in
from community.bench.place import Place, size_mb
from config import INSTANCE

SIZES = (1_000, 10_000, 100_000)
SECONDS = 5.0  # that a page is asked for, by one reader and by four
MOST_ALONE = 200  # requests of the one reader
CROWD = 4  # readers at once
WARM_UP = 10  # requests
MOST_COUNTED = 10  # addresses of a page whose statements are counted

Figures = dict[str, Any]


def pages(made: Made) -> dict[str, list[str]]:
    """The pages by name, with the addresses that are asked for in turn."""
    tags = [f"/questions?tag={quote(tag)}" for tag in made.tags[:20]]
    titles = made.titles[:: max(1, len(made.titles) // 50)]
    return {
        "question, 30 answers": [f"/questions/{made.long_ids[-1]}"],
        "the same, each time another": [f"/questions/{number}" for number in made.long_ids],
        "question, any": [f"/questions/{number}" for number in made.question_ids[-500:]],
        "home": ["/"],
        "list, newest": ["/questions"],
        "list, hot": ["/questions/hot"],
        "list, unanswered": ["/questions/unanswered"],
        "list of a tag": tags,
        "list of a product": [f"/questions?product=product-{number}" for number in range(1, 13)],
        "search": [f"/search?q={quote(words(title))}" for title in titles],
        "suggest": [f"/search/suggest?q={quote(title[:12])}" for title in titles],
    }


def words(title: str) -> str:
    """Two words of a title in English, six signs in Chinese: what people look for."""
    parts = title.split(" ")
    return " ".join(sorted(parts, key=len)[-2:]) if len(parts) > 2 else title[:6]


@contextmanager
def counted() -> Iterator[Callable[[], int]]:
    """How many statements were sent to the database since."""
    sent = [0]

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent[0] += not statement.startswith("BEGIN")

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield lambda: sent[0]
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def statements(place: Place, person: Person, made: Made) -> dict[str, int]:
    """The most statements of each page, for the signed-in reader, with nothing remembered from an earlier page."""
    found = {}
    with place.app(COUNTS_SECONDS=0) as app:
        client = client_of(app, person)
        for name, paths in pages(made).items():
            found[name] = max(statements_of(client, path) for path in paths[:MOST_COUNTED])
    return found


def statements_of(client: FlaskClient, path: str) -> int:
    with counted() as number:
        response = Context().run(client.get, path)  # in a context of its own, as in the web process
        if response.status_code != 200:
            raise WrongAnswer(f"{response.status_code} at {path}")
        return number()


def client_of(app: Flask, person: Person) -> FlaskClient:
    client = app.test_client()
    name, _, value = person.cookie.partition("=")
    client.set_cookie(name, value)
    client.environ_base["HTTP_USER_AGENT"] = BROWSER
    return client


def measured(place: Place, questions: int, seconds: float = SECONDS, reuse: bool = False) -> Figures:
    """Everything about one size; of a community that was kept, only its pages."""
    figures: Figures = {"questions": questions}
    if not reuse or not place.index.exists():
        started = time.perf_counter()
        place.make(questions)
        figures["seconds_to_make"] = round(time.perf_counter() - started, 1)
        figures["index"] = place.index_all()
    made = place.made()
    figures |= {"posts": made.posts, "database_mb": size_mb(place.database)}
    with place.app() as app:
        person = signed_in(app, made.reader_id)
        figures["statements"] = statements(place, person, made)
        with place.web(app) as web:
            figures["memory_mb_at_start"] = web.memory_mb()
            figures["pages"] = {name: timed(web.port, paths, person, seconds) for name, paths in pages(made).items()}
            figures["memory_mb"] = web.memory_mb()
    return figures


def timed(port: int, paths: list[str], person: Person, seconds: float) -> Figures:
    load(port, paths, person.headers, threads=1, seconds=seconds, most=WARM_UP)
    alone = load(port, paths, person.headers, threads=1, seconds=3 * seconds, most=MOST_ALONE)
    crowd = load(port, paths, person.headers, threads=CROWD, seconds=seconds, most=100_000)
    return {
        "p50_ms": alone.percentile_ms(50), "p95_ms": alone.percentile_ms(95), "requests_a_second": crowd.a_second,
        "p95_ms_of_four": crowd.percentile_ms(95),
    }  # fmt: skip


def machine() -> str:
    return f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"


def show(console: Console, figures: Figures) -> None:
    console.print(
        f"\n[bold]{figures['questions']:,} questions[/], {figures['posts']:,} posts, {figures['database_mb']} MB of"
        f" database; web process: {figures['memory_mb_at_start']} MB at first, {figures['memory_mb']} MB at the end"
    )
    if index := figures.get("index"):
        console.print(
            f"made in {figures['seconds_to_make']} s; index: {index['documents'] / index['seconds']:,.0f} posts a second,"
            f" {index['disk_mb']} MB on disk, {index['memory_mb']} MB of memory while it was built"
        )
    table = Table("page, signed in", "SQL", "p50 ms", "p95 ms", "4 at once: a second", "p95 ms")
    table.columns[0].no_wrap = True
    for name, page in figures["pages"].items():
        table.add_row(name, str(figures["statements"][name]), *(f"{value:,.1f}" for value in in_order(page)))
    console.print(table)


def in_order(page: Figures) -> list[float]:
    return [page[name] for name in ("p50_ms", "p95_ms", "requests_a_second", "p95_ms_of_four")]


def growing(sizes: list[Figures]) -> list[str]:
    """Pages whose number of statements depends on how much there is."""
    names = sizes[0]["statements"] if sizes else {}
    return [name for name in names if len({size["statements"].get(name) for size in sizes}) > 1]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m community.bench.pages", description=__doc__)
    parser.add_argument("--sizes", nargs="*", type=int, default=SIZES, help="numbers of questions")
    parser.add_argument("--folder", type=Path, default=INSTANCE / "bench", help="where it takes place")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="that each page is asked for, at least twice")
    parser.add_argument("--keep", action="store_true", help="leave the databases there")
    parser.add_argument("--reuse", action="store_true", help="measure those that were kept; implies --keep")
    options = parser.parse_args(arguments)
    console = Console()
    result: Figures = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "sizes": []}
    for questions in options.sizes:
        place = Place(options.folder / str(questions))
        result["sizes"].append(measured(place, questions, options.seconds, options.reuse))
        show(console, result["sizes"][-1])
        if not (options.keep or options.reuse):
            shutil.rmtree(place.folder)
    target = options.folder / "forum.json"
    target.write_text(json.dumps(result, indent=1) + "\n")
    wrong = growing(result["sizes"])
    console.print(f"written to {target}" + (f"; statements grow with the data: {', '.join(wrong)}" if wrong else ""))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
