"""`make bench-writes`: 200 people write for a minute on SQLite; nothing that was acknowledged may be lost.

They are signed in before. One web process and the worker run as in the Procfile. For people on the terminal, for
programs in instance/bench/writes.json. The exit status is 1 if a promise was broken.
"""

import argparse
import json
import shutil
import threading
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from community.bench.load import Waits
from community.bench.pages import machine
from community.bench.people import Person, signed_in
from community.bench.place import Place, Process
from community.bench.promises import broken_promises, settled_after, unfound
from community.bench.writers import KINDS, Done, Poster, Scene
from community.db import db, writing
from community.models import Account, Answer, Post
from community.reactions import deliver_pending
from community.recognition import customer_of
from config import INSTANCE

Figures = dict[str, Any]
MOST_PLACES = 500  # questions and answers that they write to: some at the same time


def prepared(place: Place, questions: int, people: int) -> None:
    """A community in which these people are known to the company and the index is there."""
    place.make(questions)
    place.index_all()
    with place.app():
        for account_id in range(1, people + 1):
            with writing():
                customer_of(db.session(), db.session.get_one(Account, account_id), datetime.now(UTC))
                db.session.commit()


def measured(
    place: Place, people: int, seconds: float, think_s: tuple[float, float], follows: bool, has_worker: bool = True
) -> Figures:
    """The minute itself, and whether its promises were kept. Without the worker its part is done here, afterwards."""
    made = place.made()
    with place.app() as app:
        who = [signed_in(app, number) for number in range(1, people + 1)]
        session = db.session()
        newest = select(Answer.id, Answer.author_id).order_by(Answer.id.desc()).limit(MOST_PLACES)
        answers = {row.id: row.author_id for row in session.execute(newest)}
        first_id = 1 + (session.scalar(select(func.max(Post.id))) or 0)
        session.rollback()
        with ExitStack() as running:
            worker = running.enter_context(place.worker(app)) if has_worker else None
            web = running.enter_context(place.web(app))
            scene = Scene(web.port, made.question_ids[-MOST_PLACES:], answers, made.tags, think_s, follows)
            before = cpu_seconds(web), cpu_seconds(worker)
            posters, took = written(who, scene, seconds)
            after = cpu_seconds(web), cpu_seconds(worker)
            while not has_worker and deliver_pending():
                pass
            settled = settled_after(session)
            done = [one for poster in posters for one in poster.done]
            wrong = broken_promises(session, done, first_id)
        session.rollback()
        different = unfound(place.index, session)
    pages = [wait for poster in posters for wait in poster.pages]
    return summary(done, took) | {
        "people": people, "think_s": think_s, "wrong": wrong, "delivered_after_s": settled,
        "unfound": different, "pages": waits(pages, took) if pages else None,
        "web_cores": round((after[0] - before[0]) / took, 2), "worker_cores": round((after[1] - before[1]) / took, 2),
    }  # fmt: skip


def written(who: list[Person], scene: Scene, seconds: float) -> tuple[list[Poster], float]:
    """All of them at once, each in a thread; and how long it took."""
    posters = [Poster(person, scene, seed) for seed, person in enumerate(who)]
    started = time.monotonic()
    threads = [threading.Thread(target=poster.run, args=(started + seconds,)) for poster in posters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return posters, time.monotonic() - started


def cpu_seconds(running: Process | None) -> float:
    if running is None:
        return 0.0
    processes = [main := psutil.Process(running.process.pid), *main.children(recursive=True)]
    return float(sum(sum(one.cpu_times()[:2]) for one in processes))


def summary(done: list[Done], took: float) -> Figures:
    by_kind = {kind: [one.seconds for one in done if one.kind == kind] for kind in KINDS}
    return {
        "requests": len(done), "statuses": dict(sorted(Counter(one.status for one in done).items())),
        "failed": sum(not one.is_acknowledged for one in done),
        "all": waits([one.seconds for one in done], took),
        "kinds": {kind: waits(each, took) for kind, each in by_kind.items() if each},
    }  # fmt: skip


def waits(each: list[float], took: float) -> Figures:
    found = Waits(each, took)
    return {
        "a_second": found.a_second, "p50_ms": found.percentile_ms(50), "p95_ms": found.percentile_ms(95),
        "longest_ms": found.percentile_ms(100),
    }  # fmt: skip


def show(console: Console, figures: Figures) -> None:
    table = Table("what", "a second", "p50 ms", "p95 ms", "longest ms")
    rows = (
        figures["kinds"] | {"all": figures["all"]} | ({"page after it": figures["pages"]} if figures["pages"] else {})
    )
    for kind, row in rows.items():
        table.add_row(kind, *(f"{value:,.1f}" for value in row.values()))
    console.print(table)
    low, high = figures["think_s"]
    console.print(
        f"{figures['people']} people, {low:g} to {high:g} s between two posts of one; {figures['requests']} requests,"
        f" statuses {figures['statuses']}; cores used: web {figures['web_cores']}, worker {figures['worker_cores']};"
        f" the worker had delivered all {figures['delivered_after_s']} s after the last; the index lacks"
        f" {figures['unfound']} posts"
    )
    for line in figures["wrong"][:20]:
        console.print(f"[bold]BROKEN:[/] {line}")
    console.print(
        "Nothing acknowledged is lost." if not figures["wrong"] else f"{len(figures['wrong'])} broken promises."
    )


def is_kept(figures: Figures) -> bool:
    """Nothing failed or was lost, and the worker followed."""
    kept = not (figures["failed"] or figures["wrong"] or figures["unfound"])
    return kept and figures["delivered_after_s"] is not None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m community.bench.writes", description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", nargs=2, type=float, default=(2.0, 6.0), metavar=("LEAST", "MOST"))
    parser.add_argument(
        "--follow", action="store_true", help="look at the page that each post leads to, as browsers do"
    )
    parser.add_argument("--questions", type=int, default=2_000, help="that are there before")
    parser.add_argument("--folder", type=Path, default=INSTANCE / "bench", help="where it takes place")
    options = parser.parse_args(arguments)
    place = Place(options.folder / "writes")
    prepared(place, options.questions, options.people)
    figures = measured(place, options.people, options.seconds, tuple(options.think), options.follow)
    figures |= {"date": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine()}
    show(Console(), figures)
    target = options.folder / "writes.json"
    target.write_text(json.dumps(figures, indent=1) + "\n")
    if is_kept(figures):
        shutil.rmtree(place.folder)  # else its logs tell why
        return 0
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
