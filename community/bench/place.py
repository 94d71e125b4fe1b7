"""Where a bench takes place: a folder with a database of its own, and the processes of the Procfile upon it."""

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
from flask import Flask
from flask_migrate import upgrade

from community.app import create_app
from community.bench.community_of import Community, Made
from community.db import db, writing
from community.search import service as search
from config import ROOT

START_SECONDS = 60


class Place:
    """A community in a folder: made anew, or as it was left there."""

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        self.database, self.index = self.folder / "earshot.db", self.folder / "index"

    @contextmanager
    def app(self, **more: Any) -> Iterator[Flask]:
        """The application on this database, inside an application context."""
        app = create_app(
            {"SQLALCHEMY_DATABASE_URI": f"sqlite:///{self.database}", "SEARCH_INDEX_DIR": str(self.index)}
            | {"RATELIMIT_ENABLED": False}
            | more
        )
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()

    def make(self, questions: int, seed: int = 1) -> Made:
        """Throw away what is in the folder and write a community of so many questions."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        community = Community(questions, datetime.now(UTC), seed)
        with self.app(), writing():
            upgrade()
            with db.engine.connect() as connection:
                for _done in community.write(connection):
                    connection.commit()
                connection.commit()
                connection.exec_driver_sql("ANALYZE")
                connection.commit()
        (self.folder / "made.json").write_text(json.dumps(asdict(community.made)))
        return community.made

    def made(self) -> Made:
        """What an earlier run made here."""
        return Made(**json.loads((self.folder / "made.json").read_text()))

    def index_all(self) -> dict[str, float]:
        """Build the search index in a process of its own: documents, seconds, MB of memory, MB on disk."""
        command = [sys.executable, "-m", "community.bench.place", str(self.folder)]
        told = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)  # noqa: S603  (our own module)
        figures: dict[str, float] = json.loads(told.stdout)
        return figures

    def environment(self, app: Flask, **more: str) -> dict[str, str]:
        """For the processes: this folder, and the secrets of the application that made the cookies."""
        own = {"DATABASE_URL": f"sqlite:///{self.database}", "SEARCH_INDEX_DIR": str(self.index)}
        own |= {name: app.config[name] for name in ("SECRET_KEY", "SECURITY_PASSWORD_SALT")}
        return os.environ | own | {"INSTANCE_DIR": str(self.folder), "RATELIMIT_ENABLED": "0"} | more

    @contextmanager
    def web(self, app: Flask) -> Iterator["Process"]:
        """The web process, answering."""
        port = free_port()
        with self.process("web", self.environment(app, BIND=f"127.0.0.1:{port}", WEB_WORKERS="1")) as running:
            running.port = port
            running.wait()
            yield running

    @contextmanager
    def worker(self, app: Flask) -> Iterator["Process"]:
        with self.process("worker", self.environment(app)) as running:
            yield running

    @contextmanager
    def process(self, name: str, environment: dict[str, str]) -> Iterator["Process"]:
        """A process of the Procfile, its output in the folder; stopped at the end."""
        line = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())[name]
        with (self.folder / f"{name}.log").open("wb") as log:
            shell = ["/bin/sh", "-c", f"exec {line}"]
            process = subprocess.Popen(shell, cwd=ROOT, env=environment, stdout=log, stderr=log)  # noqa: S603
            try:
                yield Process(process)
            finally:
                process.terminate()
                process.wait()


class Process:
    """A running process of the Procfile."""

    def __init__(self, process: subprocess.Popen[bytes]):
        self.process, self.port = process, 0

    def wait(self) -> None:
        """Until it answers. Raises TimeoutError."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
                connection.request("GET", "/sign-in")
                connection.getresponse()
                return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("the web process does not answer; see web.log")

    def memory_mb(self) -> float:
        """Resident memory of the one that serves: gunicorn's only child."""
        (child,) = psutil.Process(self.process.pid).children()
        return round(float(child.memory_info().rss) / 2**20, 1)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def size_mb(path: Path) -> float:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    found: int = sum(file.stat().st_size for file in files)
    return round(found / 2**20, 1)


def index_here(folder: Path) -> None:
    place = Place(folder)
    with place.app():
        started = time.perf_counter()
        documents = search.rebuild(place.index, db.session())
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {"documents": documents, "seconds": round(seconds, 1), "memory_mb": round(peak)}
    print(json.dumps(figures | {"disk_mb": size_mb(place.index)}))


if __name__ == "__main__":
    index_here(Path(sys.argv[1]))
