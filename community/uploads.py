"""Images that people add to what they write: re-encoded, kept as files, named in the text by their address.

The file comes before its row and goes after it, so a crash leaves at most a file that nothing names; the sweep finds
those. An image belongs to the post that shows it; one that no post shows is kept for a day, or as long as a draft has it.
"""

import os
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from community import images
from community.db import writing
from community.errors import DomainError, Limited
from community.models import Account, Post, Upload

KEY = re.compile(r"[0-9a-f]{28}-[1-9][0-9]{0,3}x[1-9][0-9]{0,3}")
SHOWN = re.compile(rf"/uploads/({KEY.pattern})\.webp")
MOST_AT_ONCE = 4  # images chosen in a form
MOST_WAITING = 60  # images of one account that no post shows
HOUR = timedelta(hours=1)


def path_of_key(key: str) -> Path:
    """Where the file lies. The key must have matched KEY."""
    return Path(current_app.config["UPLOADS_DIR"]) / key[:2] / f"{key}.webp"


def path_of(upload: Upload) -> Path:
    return path_of_key(upload.key)


def address(upload: Upload) -> str:
    return f"/uploads/{upload.key}.webp"


def as_markdown(upload: Upload) -> str:
    return f"![{_('Image')}]({address(upload)})"


def store(session: Session, file: FileStorage, by: Account, now: datetime) -> Upload:
    """A new image, which belongs to no post yet. Raises Invalid, Limited.

    Ends what the session has begun: decoding takes a while, in which others must write.
    """
    check_rate(session, by, now)
    session.rollback()
    picture = decoded(file)
    with writing():
        return add(session, picture, by, now)


def decoded(file: FileStorage) -> images.Picture:
    limits = current_app.config
    return images.read(file.stream, shown_name(file), limits["UPLOAD_MOST_BYTES"], limits["UPLOAD_MOST_PIXELS"])


def add(session: Session, picture: images.Picture, by: Account, now: datetime) -> Upload:
    key = f"{secrets.token_hex(14)}-{picture.width}x{picture.height}"
    write_file(path_of_key(key), picture.data)
    upload = Upload(
        key=key, account_id=by.id, width=picture.width, height=picture.height, size=len(picture.data), created_at=now
    )
    session.add(upload)
    session.flush()
    return upload


def check_rate(session: Session, by: Account, now: datetime) -> None:
    most = current_app.config["UPLOADS_AN_HOUR"]
    lately = select(Upload.created_at).where(Upload.account_id == by.id, Upload.created_at > now - HOUR)
    latest = list(session.scalars(lately.order_by(Upload.created_at.desc()).limit(most)))
    if latest and len(latest) >= most:
        minutes = max(1, -int((now - HOUR - latest[-1]).total_seconds() // 60))
        raise Limited(_("%(most)s images an hour are taken. Send the next in %(num)s min.", most=most, num=minutes))
    waiting = select(func.count()).where(Upload.account_id == by.id, Upload.post_id.is_(None))
    if (session.scalar(waiting) or 0) >= MOST_WAITING:
        raise Limited(
            _("You have sent many images that you did not post. They are thrown away after a day; then go on.")
        )


def shown_name(file: FileStorage) -> str:
    """The name of a file as it may stand in a message."""
    name = re.split(r"[/\\]", file.filename or "")[-1]
    return "".join(letter for letter in name if letter.isprintable())[:60] or _("The image")


def write_file(path: Path, data: bytes) -> None:
    """All of it or nothing, and on the disk before its row is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with passing.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        passing.replace(path)
    except OSError:
        passing.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def delete_files(keys: Iterable[str]) -> None:
    """Remove the files of rows whose deletion is committed."""
    for key in keys:
        if KEY.fullmatch(key):
            path_of_key(key).unlink(missing_ok=True)


def chosen_of(files: Sequence[Any]) -> list[FileStorage]:
    """Without the empty part that a browser sends when none is chosen."""
    return [file for file in files if isinstance(file, FileStorage) and file.filename]


def keep_chosen(session: Session, form: Any, by: Account, now: datetime) -> None:
    """Store the images chosen in the form, and name them at the end of its text; what was wrong is its error.

    A unit of work of its own, which commits: a file input cannot be filled in again, so an image must not be lost
    to a mistake elsewhere in the form. Call it before anything else of the request is written.
    """
    body, wrong = keep_all(session, form.body.data or "", form.images.data or [], by, now)
    form.body.data, form.images.data, form.images.errors = body, [], wrong
    form.images.process_errors = [*form.images.process_errors, *wrong]  # which validating looks at


def keep_all(session: Session, body: str, files: Sequence[Any], by: Account, now: datetime) -> tuple[str, list[str]]:
    """The body with the images at its end, and what was wrong with the others. Commits, image by image."""
    wrong, lines = [], []
    for place, file in enumerate(chosen_of(files)):
        if place == MOST_AT_ONCE:
            wrong.append(_("Choose at most %(most)s images at a time.", most=MOST_AT_ONCE))
            break
        try:
            lines.append(as_markdown(store(session, file, by, now)))
            session.commit()
        except DomainError as error:
            session.rollback()
            wrong.append(error.message)
    return ("\n\n".join([body.rstrip(), *lines]).lstrip() if lines else body), wrong


def attach(session: Session, post: Post, by: Account) -> None:
    """The images that the post's text shows belong to it from now on, and those it no longer shows do not."""
    keys = set(SHOWN.findall(post.body))
    if not keys and post.edited_at is None:
        return  # nor did it show any before
    its_own = Upload.post_id == post.id
    theirs = Upload.account_id.in_({by.id, post.author_id} - {None})
    loose = Upload.key.in_(keys) & Upload.post_id.is_(None) & theirs
    for upload in session.scalars(select(Upload).where(its_own | loose)):
        upload.post_id = post.id if upload.key in keys else other_post(session, upload, post.id)
    session.flush()


def other_post(session: Session, upload: Upload, post_id: int) -> int | None:
    """Another post of the same person that shows the image too."""
    if upload.account_id is None:
        return None
    return session.scalar(
        select(Post.id)
        .where(
            Post.author_id == upload.account_id, Post.id != post_id, Post.deleted_at.is_(None),
            Post.body.contains(upload.key),
        )
        .order_by(Post.created_at)
        .limit(1)
    )  # fmt: skip
