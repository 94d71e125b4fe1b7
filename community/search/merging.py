"""Segments become fewer: small ones at once, by the writer of a commit; large ones beside the live index, by a job.

Readers ask every segment, so they must not become many; but merging 100,000 documents takes a minute, and nobody's new
post may wait for that. A deleted text leaves the disk when its segment is written anew.
"""

import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.reading import SegmentReader

from community.search import index
from community.search.segments import Ids

log = logging.getLogger(__name__)

SMALL = 2_000  # documents of a segment that a commit may merge; twice as many take it a second at most


def merge_small(writer: Any, segments: list[Any]) -> list[Any]:
    """Merge policy of every commit: by size, among small segments only."""
    small = [segment for segment in segments if is_small(segment)]
    return _merge_into(writer, segments, by_size(small, writer.doc_count()))


def purge_small(writer: Any, segments: list[Any]) -> list[Any]:
    """Merge policy that also writes small segments anew that have deleted documents."""
    small = [segment for segment in segments if is_small(segment)]
    chosen = by_size(small, writer.doc_count())
    return _merge_into(writer, segments, chosen + [one for one in small if one.has_deletions() and one not in chosen])


def is_small(segment: Any) -> bool:
    """By all documents it ever had: that never changes, so commit and job agree on whose segment it is."""
    return bool(segment.doc_count_all() <= SMALL)


def by_size(segments: list[Any], merged: int = 0) -> list[Any]:
    """Which to merge, so that each one left is larger than all smaller ones together, and at most a third deleted.

    So there are about log2(n) of them, and a document is rewritten about log2(n) times in its life.
    """
    ordered = sorted(segments, key=lambda one: int(one.doc_count()))
    together, last = merged, 0
    for place, segment in enumerate(ordered, 1):
        if segment.doc_count() <= together:
            last = place
        together += segment.doc_count()
    chosen = ordered[:last]
    return chosen + [one for one in ordered[last:] if one.deleted_count() * 3 > one.doc_count_all()]


def merge_large(index_dir: Path, is_purge: bool = False) -> int:
    """Merge large segments beside the live ones and exchange them; how many documents were rewritten.

    Commits go on meanwhile; what they deleted from the segments is deleted from the merged one before the exchange.
    A purge writes every segment anew that has deleted documents. Raises IndexBusy during a rebuild.
    """
    with index.locked(index_dir, "rebuild.lock", 0), index.reading_errors():
        folder = index.live(index_dir)
        chosen = _chosen([one for one in index.open_index(folder)._segments() if not is_small(one)], is_purge)
        beside = index_dir / "merging"
        shutil.rmtree(beside, ignore_errors=True)
        try:
            merged = _merged_beside(folder, beside, chosen) if chosen else []
            with index.locked(index_dir, "writer.lock", index.LOCK_SECONDS):
                _exchange(folder, beside, chosen, merged, is_purge)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return sum(segment.doc_count_all() for segment in merged)


def _chosen(segments: list[Any], is_purge: bool) -> list[Any]:
    chosen = by_size(segments)
    if is_purge:
        chosen += [segment for segment in segments if segment.has_deletions() and segment not in chosen]
    if len(chosen) == 1 and not chosen[0].has_deletions():
        return []
    return [segment for segment in segments if segment in chosen]


def _merged_beside(folder: Path, beside: Path, chosen: list[Any]) -> list[Any]:
    """One segment with all that is alive in the chosen ones, or none if nothing is."""
    beside.mkdir()
    FileIndex.create(FileStorage(str(beside)), index.SCHEMA)
    writer = index.open_writer(beside)
    try:
        for segment in chosen:
            _add(writer, FileStorage(str(folder)), segment)
    except BaseException:
        writer.cancel()
        raise
    writer.commit(merge=False)
    return list(index.open_index(beside)._segments())


def _exchange(folder: Path, beside: Path, chosen: list[Any], merged: list[Any], is_purge: bool) -> None:
    """Put the merged segment in the place of the chosen ones, in one commit."""

    def exchanged(writer: Any, segments: list[Any]) -> list[Any]:
        now = {segment.segment_id(): segment for segment in segments}
        if merged:
            for number in _deleted_since(chosen, [now[segment.segment_id()] for segment in chosen]):
                merged[0].delete_document(number)
        gone = {segment.segment_id() for segment in chosen}
        kept = [segment for segment in segments if segment.segment_id() not in gone]
        return merged + (purge_small if is_purge else merge_small)(writer, kept)

    for file in beside.glob(f"{merged[0].segment_id()}.*") if merged else ():
        file.rename(folder / file.name)
    index.open_writer(folder).commit(mergetype=exchanged)


def _deleted_since(before: list[Any], now: list[Any]) -> list[int]:
    """Numbers in the merged segment of documents that were deleted while it was made."""
    numbers: list[int] = []
    first = 0
    for then, current in zip(before, now, strict=True):
        alive = np.ones(then.doc_count_all(), dtype=bool)
        alive[_ids(then.deleted_docs())] = False
        places = np.cumsum(alive) - 1
        gone = _ids(current.deleted_docs())
        numbers += (first + places[gone[alive[gone]]]).tolist()
        first += int(alive.sum())
    return numbers


def _merge_into(writer: Any, segments: list[Any], chosen: list[Any]) -> list[Any]:
    for segment in chosen:
        _add(writer, writer.storage, segment)
    return [segment for segment in segments if segment not in chosen]


def _add(writer: Any, storage: FileStorage, segment: Any) -> None:
    reader = SegmentReader(storage, writer.schema, segment)
    writer.add_reader(reader)
    reader.close()


def _ids(numbers: Any) -> Ids:
    return np.array(sorted(numbers), dtype=np.int64)
