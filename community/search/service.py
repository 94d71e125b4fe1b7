"""The writer's side of search, for the worker alone: bring posts up to date, rebuild everything, compare.

Each starts from what the database says now, in a transaction of its own, so order and repetition do not matter.
"""

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session
from whoosh.query import Or, Term

from community.db import will_write
from community.models import Account, Post, Product, Tag, question_tag
from community.search import index
from community.search.analysis import clean, plain_text, spellings

log = logging.getLogger(__name__)

BATCH = 500  # posts read, or looked up in the index, at a time

post = Post.__table__  # as a table, since one statement here reads all three kinds


@dataclass(frozen=True)
class Document:
    """A post as the index holds it."""

    post_id: int
    parent_id: int | None
    question_id: int
    kind: str
    title: str | None
    body: str
    author: str
    product: str
    created_at: datetime
    tags: tuple[str, ...]

    @cached_property
    def mark(self) -> int:
        """A fingerprint of all the rest."""
        return int.from_bytes(blake2b(repr(self).encode("utf-8", "replace"), digest_size=8).digest(), "big")

    def fields(self) -> dict[str, Any]:
        title, body = clean(self.title or ""), plain_text(self.body)
        return {
            "post": str(self.post_id), "under": [str(id) for id in (self.post_id, self.parent_id, self.question_id) if id],
            "kind": self.kind, "title": "\n".join([title, *self.tags]), "_stored_title": title, "body": body,
            "author": clean(self.author), "tag": [tag.lower() for tag in self.tags], "product": self.product.lower(),
            "spelling": sorted(spellings(title) | spellings(body)), "post_id": self.post_id,
            "question_id": self.question_id, "made_at": int(self.created_at.timestamp()), "mark": self.mark,
        }  # fmt: skip


@dataclass
class Differences:
    """Ids of posts of which the index has no document, an old one, or one too many."""

    missing: list[int] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)
    is_damaged: bool = False

    @property
    def post_ids(self) -> list[int]:
        return self.missing + self.stale + self.extra


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
            changed = sum(_write(index.live(index_dir), session, ids) for ids in _batches(sorted(set(post_ids))))
            index.sweep(index_dir)
            return changed
    except index.IndexDamaged as error:
        log.warning("search index damaged, rebuilding: %s", error)
        return rebuild(index_dir, session)


def rebuild(index_dir: str | Path, session: Session, progress: Callable[[int], None] | None = None) -> int:
    """Build a new version beside the live one and exchange them; how many documents it has.

    Readers and writers go on with the live one meanwhile. What they changed is compared and made good under the
    writer's lock before the exchange, so that nothing is lost. Raises IndexBusy if another rebuild is going on.
    """
    index_dir = Path(index_dir)
    with index.locked(index_dir, "rebuild.lock", 0):
        folder = index.new_version(index_dir)
        try:
            count = _fill(folder, session, progress)
            with index.locked(index_dir, "writer.lock", index.LOCK_SECONDS):
                for ids in _batches(_differences(folder, session).post_ids):
                    _write(folder, session, ids)
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


def _write(folder: Path, session: Session, post_ids: Sequence[int]) -> int:
    """Write what differs below these posts, in one commit."""
    wanted = {document.post_id: document for document in _documents(session, _below(post_ids))}
    with index.reading_errors():
        writer = index.open_writer(folder)
        try:
            there = _there(writer, set(post_ids) | set(wanted))
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
        writer.commit(mergetype=index.merge_by_size)
    return len(fresh) + len(there.keys() - wanted.keys())


def _below(post_ids: Sequence[int]) -> ColumnElement[bool]:
    return or_(*(column.in_(post_ids) for column in (post.c.id, post.c.question_id, post.c.parent_id)))


def _there(writer: Any, ids: set[int]) -> dict[int, list[tuple[int, int]]]:
    """The documents of these posts and below them: post id -> [(document number, mark)], of which there should be one."""
    searcher = writer.searcher()
    if not searcher.doc_count():
        return {}
    post_ids, marks = (searcher.reader().column_reader(name) for name in ("post_id", "mark"))
    found: dict[int, list[tuple[int, int]]] = {}
    for number in searcher.docs_for_query(Or([Term("under", str(id)) for id in ids])):
        found.setdefault(post_ids[number], []).append((number, marks[number]))
    return found


def _fill(folder: Path, session: Session, progress: Callable[[int], None] | None) -> int:
    """Every post into an empty index. Postings are sorted on disk, so memory is bounded."""
    count = 0
    writer = index.open_writer(folder)
    try:
        for batch in _all_documents(session):
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
    for batch in _all_documents(session):
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
    with index.open_index(folder).searcher() as searcher:
        if not searcher.doc_count():
            return marks
        post_ids, values = (searcher.reader().column_reader(name) for name in ("post_id", "mark"))
        for number in searcher.reader().all_doc_ids():
            marks[post_ids[number]] = 0 if post_ids[number] in marks else values[number]
    return marks


def _all_documents(session: Session) -> Iterator[list[Document]]:
    """Every document, in batches by key."""
    last, is_more = 0, True
    while is_more:
        batch = _documents(session, post.c.id > last, BATCH)
        yield batch
        is_more = len(batch) == BATCH
        last = batch[-1].post_id if batch else last


def _documents(session: Session, which: ColumnElement[bool], most: int | None = None) -> list[Document]:
    """The documents of these posts by id: of those that are not deleted, nor what they stand below."""
    question, parent = post.alias("question"), post.alias("parent")
    rows = _fresh(
        session,
        select(
            post.c.id, post.c.parent_id, question.c.id, post.c.kind, post.c.title, post.c.body,
            func.coalesce(Account.name, ""), func.coalesce(Product.slug, ""), post.c.created_at,
        )
        .join(question, question.c.id == func.coalesce(post.c.question_id, post.c.id))
        .outerjoin(parent, parent.c.id == post.c.parent_id)
        .outerjoin(Account, Account.id == post.c.author_id)
        .outerjoin(Product, Product.id == question.c.product_id)
        .where(which, *(table.c.deleted_at.is_(None) for table in (post, question, parent)))
        .order_by(post.c.id)
        .limit(most),
    )  # fmt: skip
    tags = _tags(session, {row[2] for row in rows})
    return [Document(*(*row, tuple(tags.get(row[2], ())))) for row in rows]


def _tags(session: Session, question_ids: Iterable[int]) -> dict[int, list[str]]:
    tags: dict[int, list[str]] = {}
    for ids in _batches(list(question_ids)):
        statement = (
            select(question_tag.c.question_id, Tag.slug)
            .join(Tag, Tag.id == question_tag.c.tag_id)
            .where(question_tag.c.question_id.in_(ids))
            .order_by(Tag.slug)
        )
        for question_id, slug in _fresh(session, statement):
            tags.setdefault(question_id, []).append(slug)
    return tags


def _fresh(session: Session, statement: Select[Any]) -> Sequence[Any]:
    """Rows as committed by now, whatever the session has begun: read-only, and ended at once."""

    def read() -> Sequence[Any]:
        will_write(False)  # in the copied context only
        with Session(session.get_bind(Post)) as fresh:
            return fresh.execute(statement).all()

    return copy_context().run(read)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[at : at + BATCH] for at in range(0, len(ids), BATCH))
