"""The writer's side of search, for the worker alone: bring posts up to date, rebuild everything, compare.

Each starts from what the database says now, in a transaction of its own, so order and repetition do not matter.
"""

import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from community.batches import batches
from community.search import index, merging
from community.search.documents import BATCH, all_documents, below, documents
from community.search.interface import Differences
from community.search.segments import documents_with, segments_of

log = logging.getLogger(__name__)

FEW = 500  # changes during a rebuild that are made good while writers wait; more are made good before


def apply(index_dir: str | Path, session: Session, post_ids: Sequence[int], wait: float = index.LOCK_SECONDS) -> int:
    """Bring these posts, and the answers and comments below them, up to date; how many documents changed.

    Committed once. Rebuilds an index that is missing or damaged. Raises IndexBusy if another process writes for longer
    than `wait` seconds. Do not call it inside `db.writing`: it waits.
    """
    index_dir = Path(index_dir)
    if index.needs_rebuild(index_dir):
        return rebuild(index_dir, session)
    try:
        with index.locked(index_dir, "writer.lock", wait):
            index.note_change(index_dir, post_ids)
            changed = sum(_write(index.live(index_dir), session, ids) for ids in batches(sorted(set(post_ids)), BATCH))
            index.sweep(index_dir)
            return changed
    except index.IndexDamaged as error:
        log.warning("search index damaged, rebuilding: %s", error)
        return rebuild(index_dir, session)


def rebuild(index_dir: str | Path, session: Session, progress: Callable[[int], None] | None = None) -> int:
    """Build a new version beside the live one and exchange them; how many documents it has.

    Readers and writers go on with the live one meanwhile; `apply` notes in the new version's journal what it changed.
    That is made good until little is left, and the rest under the writer's lock before the exchange, so nothing is
    lost. Raises IndexBusy if another rebuild is going on.
    """
    index_dir = Path(index_dir)
    with index.locked(index_dir, "rebuild.lock", 0):
        with index.locked(index_dir, "writer.lock", index.LOCK_SECONDS):  # every later change finds the journal
            folder = index.new_version(index_dir)
        try:
            count = _fill(folder, session, progress)
            end = _catch_up(folder, session, 0, FEW)
            with index.locked(index_dir, "writer.lock", index.LOCK_SECONDS):
                _catch_up(folder, session, end, 0)
                index.make_live(index_dir, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    log.info("search index rebuilt: %d documents in %s", count, folder.name)
    return count


def ensure(index_dir: str | Path, session: Session) -> bool:
    """Rebuild the index if it is missing, in an old format or reported damaged; whether it was."""
    if not index.needs_rebuild(Path(index_dir)):
        return False
    rebuild(index_dir, session)
    return True


def check(index_dir: str | Path, session: Session) -> Differences:
    """Compare index and tables. `apply` of the differences' `post_ids` repairs them.

    What is written while it runs may show up. Takes about 200 bytes of memory a post.
    """
    try:
        return _differences(index.live(Path(index_dir)), session)
    except index.IndexDamaged:
        return Differences(is_damaged=True)


def still_different(index_dir: str | Path, session: Session, found: Differences) -> Differences:
    """Those of the differences that are still there: what was being written when they were found is not among them."""
    there: dict[int, list[int]] = {}
    wanted: dict[int, list[int]] = {}
    with index.reading_errors(), index.open_searcher(index.live(Path(index_dir))) as searcher:
        for ids in batches(found.post_ids, BATCH):
            there |= {id: [mark for _, mark in pairs] for id, pairs in _there(searcher, set(ids)).items()}
            wanted |= {one.post_id: [one.mark] for one in documents(session, below(ids))}
    differ = [id for id in found.post_ids if there.get(id) != wanted.get(id)]
    return Differences(
        missing=[id for id in differ if id not in there],
        stale=[id for id in differ if id in there and id in wanted],
        extra=[id for id in differ if id in there and id not in wanted],
    )


def posts_of(index_dir: str | Path, account_id: int) -> list[int]:
    """Posts that the index has under this author, whoever the database says wrote them."""
    with index.reading_errors(), index.open_searcher(index.live(Path(index_dir))) as searcher:
        found = documents_with(searcher, "by", str(account_id))
        return sorted(int(segment.column("post_id")[number]) for segment, number in found)


def _catch_up(folder: Path, session: Session, start: int, enough: int) -> int:
    """Make good what the journal of a version in the making says, until no more than this is left; how far it came."""
    while True:
        post_ids, end = index.noted_changes(folder, start)
        if len(post_ids) <= enough and enough:
            return start
        for ids in batches(sorted(set(post_ids)), BATCH):
            _write(folder, session, ids)
        if not enough:
            return end
        start = end


def _write(folder: Path, session: Session, post_ids: Sequence[int]) -> int:
    """Write what differs below these posts, in one commit."""
    wanted = {document.post_id: document for document in documents(session, below(post_ids))}
    with index.reading_errors():
        with index.open_searcher(folder) as searcher:
            there = _there(searcher, set(post_ids) | set(wanted))
        writer = index.open_writer(folder)
        try:
            right = {id for id, found in there.items() if id in wanted and [wanted[id].mark] == [m for _, m in found]}
            gone = [number for id, found in there.items() if id not in right for number, _ in found]
            fresh = [document for id, document in wanted.items() if id not in right]
            for number in gone:
                writer.delete_document(number)
            for document in fresh:
                writer.add_document(**document.fields())
        except BaseException:
            writer.cancel()
            raise
        if not gone and not fresh:
            writer.cancel()
            return 0
        writer.commit(mergetype=merging.merge_small)
    return len(fresh) + len(there.keys() - wanted.keys())


def _there(searcher: Any, ids: set[int]) -> dict[int, list[tuple[int, int]]]:
    """The documents of these posts and below them: post id -> [(document number, mark)], of which there should be one."""
    found: dict[int, list[tuple[int, int]]] = {}
    seen = {
        (segment.first + at, segment, at) for id in ids for segment, at in documents_with(searcher, "under", str(id))
    }
    for number, segment, at in seen:
        found.setdefault(int(segment.column("post_id")[at]), []).append((number, int(segment.column("mark")[at])))
    return found


def _fill(folder: Path, session: Session, progress: Callable[[int], None] | None) -> int:
    """Every post into an empty index. Postings are sorted on disk, so memory is bounded."""
    count = 0
    writer = index.open_writer(folder)
    try:
        for batch in all_documents(session):
            for document in batch:
                writer.add_document(**document.fields())
            count += len(batch)
            if progress:
                progress(count)
    except BaseException:
        writer.cancel()
        raise
    writer.commit(merge=False)
    return count


def _differences(folder: Path, session: Session) -> Differences:
    with index.reading_errors():
        there = _marks(folder)
    result = Differences()
    for batch in all_documents(session):
        for document in batch:
            mark = there.pop(document.post_id, None)
            if mark is None:
                result.missing.append(document.post_id)
            elif mark != document.mark:
                result.stale.append(document.post_id)
    result.extra = list(there)
    return result


def _marks(folder: Path) -> dict[int, int]:
    """Post id -> mark of every document; 0, which fits none, where there are two."""
    marks: dict[int, int] = {}
    with index.open_searcher(folder) as searcher:
        for segment in segments_of(searcher):
            post_ids, values = (segment.column(name)[segment.is_alive].tolist() for name in ("post_id", "mark"))
            for post_id, mark in zip(post_ids, values, strict=True):
                marks[post_id] = 0 if post_id in marks else mark
    return marks
