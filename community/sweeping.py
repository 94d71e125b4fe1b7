"""Images that nothing shows any more: their rows, then their files. A reaction to deleted posts, and a nightly chore."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from community import uploads
from community.db import db, writing
from community.models import Comment, Draft, Event, Post, Upload

WAITS = timedelta(hours=24)  # for a post or a draft to show it
BATCH = 500


def remove_with_posts(session: Session, events: Sequence[Event]) -> None:
    """A reaction: the images of deleted posts, and of what was deleted with them, go too."""
    ids = {event.subject_id for event in events}
    below = Post.id.in_(ids) | Post.question_id.in_(ids) | Comment.parent_id.in_(ids)
    while remove(session, Upload.post_id.in_(select(Post.id).where(below, is_gone()))) == BATCH:
        pass


def sweep() -> dict[str, Any]:
    """A chore: images that no post and no draft has shown for a day, those of deleted posts, and files without a row."""
    now = datetime.now(UTC)
    in_draft = exists().where(Draft.account_id == Upload.account_id, Draft.body.contains(Upload.key))
    loose = Upload.post_id.is_(None) & (Upload.created_at < now - WAITS) & ~in_draft
    gone = Upload.post_id.in_(select(Post.id).where(is_gone()))
    removed = 0
    while count := remove(db.session(), loose | gone):
        removed += count
    files = remove_strays(db.session(), now)
    return {"images": removed, "files": files} if removed or files else {}


def is_gone() -> ColumnElement[bool]:
    """What comes back, as a hidden post may, keeps its images."""
    return or_(Post.deleted_at.is_not(None) & Post.hidden_with_id.is_(None), Post.erased_at.is_not(None))


def remove(session: Session, condition: ColumnElement[bool]) -> int:
    """Delete up to BATCH images by rows and then by files; one that another post shows passes to it. How many."""
    session.rollback()
    keys = []
    with writing():
        found = list(session.scalars(select(Upload).where(condition).order_by(Upload.id).limit(BATCH)))
        for upload in found:
            upload.post_id = uploads.other_post(session, upload, upload.post_id or 0)
            if upload.post_id is None:
                keys.append(upload.key)
                session.delete(upload)
        session.commit()
    uploads.delete_files(keys)
    return len(found)


def remove_strays(session: Session, now: datetime) -> int:
    """Delete files that no row names: an upload that was rolled back, a deletion that was cut short. How many."""
    removed = 0
    for folder in sorted(Path(current_app.config["UPLOADS_DIR"]).glob("[0-9a-f][0-9a-f]")):
        for paths in old_files(folder, now - WAITS):
            keys = {path.stem for path in paths}
            known = set(session.scalars(select(Upload.key).where(Upload.key.in_(keys))))
            session.rollback()
            for path in paths:
                if path.stem not in known:
                    path.unlink(missing_ok=True)
                    removed += 1
    return removed


def old_files(folder: Path, before: datetime) -> Iterator[list[Path]]:
    """The files last written before that moment, in batches."""
    batch: list[Path] = []
    for entry in os.scandir(folder):
        if entry.stat().st_mtime < before.timestamp():
            batch.append(Path(entry.path))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
