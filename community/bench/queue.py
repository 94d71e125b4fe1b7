"""`make bench-queue`: the moderators' queue with 100 and with 10,000 open rows: how long a page takes, and its statements.

For people as a table, for programs in instance/bench/queue.json. Fails above the promise, or when statements grow.
"""

import argparse
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, insert, select, update

from community.bench.load import load
from community.bench.pages import CROWD, MOST_ALONE, WARM_UP, client_of, machine, statements_of
from community.bench.people import signed_in
from community.bench.place import Place
from community.db import db, writing
from community.models import FLAGS, Account, Flag, LogEntry, Post, QueueItem, Role
from community.models.accounts import account_role
from config import INSTANCE

QUESTIONS = 3_000
ROWS = (100, 10_000)
PROMISE_MS = 100.0  # 95 of 100 pages, one reader
MODERATOR = 1  # the reader of the community that is made up

Figures = dict[str, Any]


def fill(connection: Connection, rows: int, now: datetime, seed: int = 1) -> None:
    """So many open items about posts, each with one to four flags and its row of the log; every tenth is a held post."""
    random = Random(seed)
    posts = connection.execute(select(Post.id, Post.author_id).order_by(Post.id).limit(rows)).all()
    if len(posts) < rows:
        raise SystemExit(f"only {len(posts)} posts for {rows} rows")
    items, flags, entries = [], [], []
    people = connection.scalars(select(Account.id).where(Account.id > MODERATOR).limit(200)).all()
    for number, (post_id, author_id) in enumerate(posts, start=1):
        kind, reason, at = "held" if number % 10 == 0 else "flag", random.choice(FLAGS), now - timedelta(minutes=number)
        flaggers = random.sample(people, random.randint(1, 4)) if kind == "flag" else []
        items.append(
            {
                "id": number, "kind": kind, "post_id": post_id, "account_id": author_id, "reason": reason,
                "score": float(len(flaggers) or 3), "details": {}, "opened_at": at, "state": "open", "version": 1,
            }
        )  # fmt: skip
        flags += [
            {
                "account_id": who, "post_id": post_id, "item_id": number, "reason": reason, "text": "", "weight": 1.0,
                "created_at": at,
            }
            for who in flaggers
        ]  # fmt: skip
        entries.append(
            {"action": "open", "item_id": number, "post_id": post_id, "at": at, "changes": [], "details": {}}
        )
    connection.execute(insert(QueueItem), items)
    connection.execute(insert(Flag), flags)
    connection.execute(insert(LogEntry), entries)


def be_moderator(connection: Connection) -> None:
    role = select(Role.id).where(Role.name == "moderator").scalar_subquery()
    connection.execute(update(account_role).where(account_role.c.account_id == MODERATOR).values(role_id=role))


def pages(place: Place) -> dict[str, list[str]]:
    """First pages, one from the middle, and items."""
    with place.app():
        middle = db.session.scalar(select(QueueItem).order_by(QueueItem.score.desc(), QueueItem.id.desc()).offset(50))
        assert middle
        after, last = f"{middle.score!r}_{middle.id}", middle.id
    return {
        "queue": ["/moderation"],
        "queue, flags": ["/moderation?kind=flag"],
        "queue, in the middle": [f"/moderation?after={after}"],
        "item": [f"/moderation/items/{number}" for number in range(max(1, last - 40), last)],
    }


def measured(place: Place, rows: int, seconds: float) -> Figures:
    """Each page's percentiles in milliseconds and its statements."""
    place.make(QUESTIONS)
    with place.app(), writing(), db.engine.connect() as connection:
        be_moderator(connection)
        fill(connection, rows, datetime.now(UTC))
        connection.commit()
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    shown, found = pages(place), {}
    with place.app(COUNTS_SECONDS=0) as app:
        client = client_of(app, signed_in(app, MODERATOR))
        counts = {name: max(statements_of(client, path) for path in paths[:10]) for name, paths in shown.items()}
    with place.app() as app:
        person = signed_in(app, MODERATOR)
        with place.web(app) as web:
            for name, paths in shown.items():
                load(web.port, paths, person.headers, threads=1, seconds=seconds, most=WARM_UP)
                alone = load(web.port, paths, person.headers, threads=1, seconds=3 * seconds, most=MOST_ALONE)
                crowd = load(web.port, paths, person.headers, threads=CROWD, seconds=seconds, most=100_000)
                found[name] = {
                    "statements": counts[name], "p50_ms": alone.percentile_ms(50), "p95_ms": alone.percentile_ms(95),
                    "p95_ms_of_four": crowd.percentile_ms(95),
                }  # fmt: skip
    return {"rows": rows, "pages": found}


def show(console: Console, figures: Figures) -> None:
    table = Table(f"{figures['rows']:,} open rows", "SQL", "p50 ms", "p95 ms", "p95 ms, 4 at once")
    for name, page in figures["pages"].items():
        table.add_row(name, *(f"{page[key]:,}" for key in ("statements", "p50_ms", "p95_ms", "p95_ms_of_four")))
    console.print(table)


def broken(sizes: list[Figures]) -> list[str]:
    """Pages that take longer than was promised, or whose statements grow with the queue."""
    names = list(sizes[-1]["pages"])
    growing = [name for name in names if len({size["pages"][name]["statements"] for size in sizes}) > 1]
    slow = [name for name in names if sizes[-1]["pages"][name]["p95_ms"] > PROMISE_MS]
    return [f"{name}: statements grow" for name in growing] + [f"{name}: slower than promised" for name in slow]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m community.bench.queue", description=__doc__)
    parser.add_argument("--rows", nargs="*", type=int, default=ROWS, help="open rows")
    parser.add_argument("--folder", type=Path, default=INSTANCE / "bench", help="where it takes place")
    parser.add_argument("--seconds", type=float, default=5.0, help="that each page is asked for, at least twice")
    options = parser.parse_args(arguments)
    console, sizes = Console(), []
    for rows in options.rows:
        place = Place(options.folder / f"queue-{rows}")
        sizes.append(measured(place, rows, options.seconds))
        show(console, sizes[-1])
        shutil.rmtree(place.folder)
    result = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "sizes": sizes}
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "queue.json").write_text(json.dumps(result, indent=1) + "\n")
    for line in (wrong := broken(sizes)):
        console.print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
