"""Calls by @handle in what others wrote follow the person: to a new handle, and to nobody once the person is gone."""

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from re import Match
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community import verbatims
from community.batches import batches
from community.models import Account, Post, Revision
from community.names import possible_handles
from community.web.markdown_links import LINKED

NOBODY = "@…"  # in any language; no account can have it
BATCH = 500  # texts looked through at a time


def forget(session: Session, account_id: int, handle: str, now: datetime) -> set[int]:
    """Write NOBODY in place of the handle in all posts and in how they read before; ids of the posts that changed."""
    return _rewrite(session, account_id, handle, NOBODY, now)


def rename(session: Session, account_id: int, old: str, new: str, now: datetime) -> set[int]:
    """Write the new handle in place of the old one, which anybody may have from now on; ids of the posts that changed."""
    return _rewrite(session, account_id, old, f"@{new}", now)


def _rewrite(session: Session, account_id: int, handle: str, instead: str, now: datetime) -> set[int]:
    """The words of the others stay theirs, and unmarked as edited."""
    changed: set[int] = set()
    for ids in batches(list(_with(session, Post, handle))):
        rows = session.scalars(select(Post).where(Post.id.in_(ids)).order_by(Post.id).with_for_update()).all()
        bodies = _rewritten(session, account_id, handle, instead, [post.body for post in rows])
        for post, body in zip(rows, bodies, strict=True):
            if body != post.body:
                post.body = body
                verbatims.renew(session, post, now)
                changed.add(post.id)
    for ids in batches(list(_with(session, Revision, handle))):
        before = session.execute(select(Revision.id, Revision.body).where(Revision.id.in_(ids))).all()
        bodies = _rewritten(session, account_id, handle, instead, [row.body for row in before])
        for (key, old), body in zip(before, bodies, strict=True):
            if body != old:
                session.execute(update(Revision).where(Revision.id == key).values(body=body))
    session.flush()
    return changed


def _with(session: Session, table: Any, handle: str) -> Iterator[int]:
    """Ids of texts that may have the handle. It is looked for here: a database folds the letters that it knows, and
    SQLite those of ASCII only."""
    last, mark = 0, f"@{handle}"
    while True:
        texts = select(table.id, table.body).where(table.id > last, table.body.contains("@")).order_by(table.id)
        rows = session.execute(texts.limit(BATCH)).all()
        yield from (key for key, body in rows if mark in _folded(body))
        if len(rows) < BATCH:
            return
        last = rows[-1].id


def _rewritten(session: Session, account_id: int, handle: str, instead: str, texts: Sequence[str]) -> list[str]:
    """The texts with other calls of this account; those of others whose handle begins alike stay."""
    runs = {found["handle"] for text in texts for found in LINKED.finditer(text) if found["handle"]}
    wanted = {one for run in runs for one in possible_handles(run)}
    known: set[str] = set()
    for some in batches(sorted(wanted)):
        rows = select(Account.handle).where(Account.handle.in_(some), Account.id != account_id)
        known.update(session.scalars(rows))

    def called(found: Match[str]) -> str:
        run = found["handle"]
        meant = next((one for one in possible_handles(run or "") if one == handle or one in known), None)
        return instead + run[_length(run, handle) :] if run and meant == handle else found[0]

    return [LINKED.sub(called, text) for text in texts]


def _length(run: str, handle: str) -> int:
    """How much of the run is the handle: folded letters may be more or fewer than those written."""
    return next((at for at in range(1, len(run) + 1) if _folded(run[:at]) == handle), len(handle))


def _folded(text: str) -> str:
    """As handles are folded."""
    return text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
