"""An index read in place: its files are mapped into memory once, and every thread reads the same pages.

Whoosh 3.54 maps them too, but then copies each part that it opens, for each thread and each commit.
"""

import os
from typing import Any

from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.filestore import FileStorage, OverlayStorage, memoryview_
from whoosh.filedb.structfile import BufferFile
from whoosh.index import FileIndex
from whoosh.reading import EmptyReader, MultiReader, SegmentReader
from whoosh.searching import Searcher


class Window:
    """A part of a mapped file as a file of its own."""

    def __init__(self, view: memoryview):
        self.view, self.place = view, 0

    def read(self, size: int = -1) -> bytes:
        end = len(self.view) if size < 0 else self.place + size
        data = bytes(self.view[self.place : end])
        self.place += len(data)
        return data

    def readline(self) -> bytes:
        at, line = self.place, b""
        while at < len(self.view) and not line.endswith(b"\n"):
            piece = bytes(self.view[at : at + 256])
            line += piece[: piece.find(b"\n") + 1] or piece
            at = self.place + len(line)
        self.place = at
        return line

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        self.place = place + {os.SEEK_SET: 0, os.SEEK_CUR: self.place, os.SEEK_END: len(self.view)}[whence]
        return self.place

    def tell(self) -> int:
        return self.place


class MappedFile(BufferFile):
    """Whoosh's file over a buffer, without the copy."""

    def __init__(self, view: memoryview, name: str):
        self._buf, self._name, self.file = view, name, Window(view)
        self.onclose, self.is_real, self.is_closed = None, False, False

    def close(self) -> None:
        self.is_closed = True
        self._buf.release()


class MappedFiles(CompoundStorage):
    """The one file of a segment, with all its parts."""

    def open_file(self, name: str, *_args: Any, **_more: Any) -> MappedFile:
        return MappedFile(memoryview_(self._source, *self.range(name)), name)


class MappedReader(SegmentReader):
    """A segment read in place."""

    def __init__(self, storage: FileStorage, schema: Any, segment: Any, generation: int):
        self.schema, self.is_closed = schema, False
        self._segment, self._segid, self._gen = segment, segment.segment_id(), generation
        files = MappedFiles(storage.open_file(segment.make_filename(segment.COMPOUND_EXT)))
        self._storage, self._codec = OverlayStorage(files, storage), segment.codec()
        self._terms = self._codec.terms_reader(self._storage, segment)
        self._perdoc = self._codec.per_document_reader(self._storage, segment)


def open_searcher(opened: FileIndex) -> Searcher:
    """The last commit of the index. Raises OSError if a commit removed what was about to be opened."""
    toc = opened._read_toc()
    readers = [MappedReader(opened.storage, toc.schema, segment, toc.generation) for segment in toc.segments]
    if not readers:
        return Searcher(EmptyReader(toc.schema), fromindex=opened)
    reader = readers[0] if len(readers) == 1 else MultiReader(readers, generation=toc.generation)
    return Searcher(reader, fromindex=opened)
