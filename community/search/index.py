"""The index as a folder: what a document holds, which version is the live one, who may write, and how it is opened.

- `current`: the name of the live version; replaced whole, so readers see the old one or the new
- `v2-000007/`: one version, a Whoosh index in format 2; `v2-000007/journal`: posts that changed while it was built
- `writer.lock`: held while the live version is written or exchanged
- `rebuild.lock`: held while a new version is built beside it
- `damaged`: the name of the version that a reader could not read
"""

import errno
import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from whoosh import columns, fields, writing
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex, LockError
from whoosh.util.filelock import FileLock, try_for

from community.search import mapped
from community.search.analysis import MixedAnalyzer

log = logging.getLogger(__name__)

FORMAT = 2  # grows with every change of SCHEMA or of the analysis; an index in another format is rebuilt
LOCK_SECONDS = 10.0  # how long a writer waits for another
REST_SECONDS = 600  # at least between two rebuilds that readers ask for, lest a fault that returns rebuild for ever
GRACE_SECONDS = 60  # how long a replaced version stays for readers that are just opening it
TRIES = 3  # to open an index while another process commits to it
WRITER_MB = 64  # postings held in memory before they are sorted on disk
VERSION = re.compile(rf"v{FORMAT}-(\d{{6,}})")
NOT_DAMAGE = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EMFILE, errno.ENFILE}

_text = MixedAnalyzer()
SCHEMA = fields.Schema(
    post=fields.ID(stored=True, unique=True),
    under=fields.KEYWORD(),  # ids of the post, its parent and its question: whose change may change this document
    by=fields.ID(),  # id of the author
    title=fields.TEXT(analyzer=_text, stored=True),  # questions only
    topic=fields.TEXT(analyzer=_text, phrase=False),  # the words of its question's tags
    body=fields.TEXT(analyzer=_text, stored=True),
    author=fields.TEXT(analyzer=_text, phrase=False, stored=True),
    handle=fields.ID(),
    tag=fields.KEYWORD(),
    product=fields.ID(),
    spelling=fields.KEYWORD(),
    post_id=fields.COLUMN(columns.NumericColumn("q")),
    question_id=fields.COLUMN(columns.NumericColumn("q")),
    made_at=fields.COLUMN(columns.NumericColumn("q")),  # seconds since 1970
    traits=fields.COLUMN(columns.NumericColumn("B")),  # see community.search.traits
    mark=fields.COLUMN(columns.NumericColumn("Q")),  # of all the above, to compare with the database
)


class IndexBusy(Exception):
    """Another process writes the index, or builds a new one; try again later."""


class IndexDamaged(Exception):
    """The index is missing or cannot be read; it has to be rebuilt."""


def live(index_dir: Path) -> Path:
    """The folder of the live version. Raises IndexDamaged if there is none in this format."""
    try:
        name = (index_dir / "current").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamaged(f"no index at {index_dir}") from error
    if not VERSION.fullmatch(name) or not (index_dir / name).is_dir():
        raise IndexDamaged(f"no index in format {FORMAT} at {index_dir}")
    return index_dir / name


def make_live(index_dir: Path, folder: Path) -> None:
    """Exchange the live version, all or nothing."""
    fresh = index_dir / "current.new"
    with fresh.open("w", encoding="ascii") as file:
        file.write(folder.name)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(index_dir / "current")
    (index_dir / "damaged").unlink(missing_ok=True)


def new_version(index_dir: Path) -> Path:
    """An empty index beside the live one, with the next number, and its journal.

    Whoever calls it holds the lock of rebuilds, so a version in the making was left by one that was killed.
    """
    index_dir.mkdir(parents=True, exist_ok=True)
    with suppress(IndexDamaged):
        for left in versions_in_the_making(index_dir):
            shutil.rmtree(left, ignore_errors=True)
    folder = index_dir / f"v{FORMAT}-{max(_numbers(index_dir), default=0) + 1:06}"
    folder.mkdir()
    FileIndex.create(FileStorage(str(folder)), SCHEMA)
    (folder / "journal").touch()
    return folder


def sweep(index_dir: Path) -> None:
    """Remove what is older than the live version, once no reader can still be about to open it."""
    current = live(index_dir)
    if time.time() - (index_dir / "current").stat().st_mtime < GRACE_SECONDS:
        return
    for folder in index_dir.glob("v*-*"):
        match = VERSION.fullmatch(folder.name)
        if match is None or int(match[1]) < int(current.name.rpartition("-")[2]):
            shutil.rmtree(folder, ignore_errors=True)


def report_damage(index_dir: Path, error: Exception) -> None:
    """Called by a reader, who may not write: leave word for the worker, who sees for itself if there is no index."""
    try:
        name, note = live(index_dir).name, index_dir / "damaged"
        if not note.exists() or note.read_bytes() != name.encode():
            log.error("search index %s cannot be read", name, exc_info=error)
            note.write_text(name, encoding="ascii")
    except (OSError, IndexDamaged):
        pass


def needs_rebuild(index_dir: Path) -> bool:
    """Whether the live version is missing, or a reader failed on it and it is not a new one."""
    try:
        current = live(index_dir)
        reported = (index_dir / "damaged").read_text(encoding="ascii", errors="replace")
        age = time.time() - (index_dir / "current").stat().st_mtime
    except IndexDamaged:
        return True
    except FileNotFoundError:
        return False
    return reported == current.name and age > REST_SECONDS


@contextmanager
def locked(index_dir: Path, name: str, seconds: float) -> Iterator[None]:
    """Nobody else inside, in this process or another. Raises IndexBusy after `seconds`."""
    index_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(str(index_dir / name))
    if not try_for(lock.acquire, timeout=seconds, delay=0.05):
        raise IndexBusy(f"{name} of the search index is held by another process; waited {seconds:.0f} s")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def reading_errors() -> Iterator[None]:
    """Whatever damaged files make Whoosh raise becomes IndexDamaged; a full disk and the like stay what they are."""
    try:
        yield
    except (IndexBusy, IndexDamaged, MemoryError):
        raise
    except LockError as error:
        raise IndexBusy("the search index is held by another process") from error
    except Exception as error:  # damaged bytes surface as nearly any error there is
        if isinstance(error, OSError) and error.errno in NOT_DAMAGE:
            raise
        raise IndexDamaged(str(error)) from error


def open_index(folder: Path) -> FileIndex:
    """The index in this folder."""
    for left in reversed(range(TRIES)):
        try:
            return FileIndex(FileStorage(str(folder)), SCHEMA)
        except OSError:  # a commit has just removed the table of contents that was about to be read
            if not left:
                raise
            time.sleep(0.02)
    raise AssertionError("unreachable")


def open_searcher(folder: Path) -> Any:
    """The last commit of a version, to be closed by the caller."""
    for left in reversed(range(TRIES)):
        try:
            return mapped.open_searcher(open_index(folder))
        except OSError:  # a commit has just removed a segment that was about to be opened
            if not left:
                raise
            time.sleep(0.02)
    raise AssertionError("unreachable")


def open_writer(folder: Path) -> writing.SegmentWriter:
    """The writer of a version; the caller holds the lock, or is alone to know of it."""
    return writing.SegmentWriter(open_index(folder), limitmb=WRITER_MB)


def versions_in_the_making(index_dir: Path) -> list[Path]:
    """Versions with a higher number than the live one: being built, or left by a rebuild that was killed."""
    current = int(live(index_dir).name.rpartition("-")[2])
    numbered = [
        (int(match[1]), folder) for folder in index_dir.glob("v*-*") if (match := VERSION.fullmatch(folder.name))
    ]
    return [folder for number, folder in numbered if number > current]


def note_change(index_dir: Path, post_ids: Sequence[int]) -> None:
    """Tell versions in the making what changes in the live one. The caller holds the writer's lock."""
    for folder in versions_in_the_making(index_dir):
        with suppress(FileNotFoundError), (folder / "journal").open("r+", encoding="ascii") as journal:
            journal.seek(0, os.SEEK_END)
            journal.writelines(f"{post_id}\n" for post_id in post_ids)


def noted_changes(folder: Path, start: int) -> tuple[list[int], int]:
    """The posts in a version's journal from this place on, and where it ends now."""
    with (folder / "journal").open(encoding="ascii") as journal:
        journal.seek(start)
        lines = journal.read()
    whole = lines[: lines.rfind("\n") + 1]
    return [int(line) for line in whole.split()], start + len(whole)


class Reading(threading.local):
    """The searcher of this thread, since two threads must not share one; the files are mapped once for all."""

    folder: Path | None = None
    index: FileIndex | None = None
    generation = -1
    searcher: Any = None

    def latest(self, index_dir: Path) -> Any:
        """The searcher of the last commit: a look at one file and one folder if nothing is new."""
        folder = live(index_dir)
        if self.index is None or self.folder != folder:
            self.close()
            self.index, self.folder = open_index(folder), folder
        generation = self.index.latest_generation()
        if self.searcher is None or generation != self.generation:
            self.close()
            self.searcher, self.generation = open_searcher(folder), generation
        return self.searcher

    def close(self) -> None:
        if self.searcher is not None:
            self.searcher.close()
        self.searcher = None


reading = Reading()


def _numbers(index_dir: Path) -> list[int]:
    return [int(match[1]) for folder in index_dir.glob("v*-*") if (match := VERSION.fullmatch(folder.name))]
