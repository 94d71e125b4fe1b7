"""Whoever called an erased person by @handle calls nobody any more: a handle is a name, and others' posts are public."""

from collections.abc import Sequence
from datetime import datetime
from re import Match

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community import verbatims
from community.batches import batches
from community.models import Account, Post, Revision
from community.names import possible_handles
from community.web.markdown_links import LINKED

NOBODY = "@…"  # in any language; no account can have it


def forget(session: Session, account_id: int, handle: str, now: datetime) -> set[int]:
    """Write NOBODY in place of the handle in all posts and in how they read before; ids of the posts that changed.

    The words of the others stay theirs, and unmarked as edited.
    """
    mark = f"@{handle}"
    found = list(session.scalars(select(Post.id).where(Post.body.icontains(mark, autoescape=True)).order_by(Post.id)))
    before = list(session.scalars(select(Revision.id).where(Revision.body.icontains(mark, autoescape=True))))
    changed: set[int] = set()
    for ids in batches(found):
        rows = session.scalars(select(Post).where(Post.id.in_(ids)).order_by(Post.id).with_for_update()).all()
        for post, body in zip(rows, _without(session, account_id, handle, [post.body for post in rows]), strict=True):
            if body != post.body:
                post.body = body
                verbatims.renew(session, post, now)
                changed.add(post.id)
    for ids in batches(before):
        texts = session.execute(select(Revision.id, Revision.body).where(Revision.id.in_(ids))).all()
        for (key, old), body in zip(
            texts, _without(session, account_id, handle, [row.body for row in texts]), strict=True
        ):
            if body != old:
                session.execute(update(Revision).where(Revision.id == key).values(body=body))
    session.flush()
    return changed


def _without(session: Session, account_id: int, handle: str, texts: Sequence[str]) -> list[str]:
    """The texts without calls of this account; those of others whose handle begins alike stay."""
    runs = {found["handle"] for text in texts for found in LINKED.finditer(text) if found["handle"]}
    wanted = {one for run in runs for one in possible_handles(run)}
    known: set[str] = set()
    for some in batches(sorted(wanted)):
        rows = select(Account.handle).where(Account.handle.in_(some), Account.id != account_id)
        known.update(session.scalars(rows))

    def uncalled(found: Match[str]) -> str:
        run = found["handle"]
        meant = next((one for one in possible_handles(run or "") if one == handle or one in known), None)
        return NOBODY + run[len(handle) :] if run and meant == handle else found[0]

    return [LINKED.sub(uncalled, text) for text in texts]
