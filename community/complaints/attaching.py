"""Files of a case: checked, kept in its table, given out as downloads only."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, defer
from werkzeug.datastructures import FileStorage

from community.errors import Invalid, NotFound
from community.models import Account, Attachment, Complaint, Draft, Message

MOST_FILES = 5  # of one turn
MOST_BYTES_OF_CASE = 50  # times the greatest file
LONGEST_NAME = 120


@dataclass(frozen=True)
class File:
    """A file before it is kept."""

    name: str
    media_type: str
    data: bytes


def chosen(files: Sequence[FileStorage], beside: int = 0) -> list[File]:
    """What was chosen in a form, without the empty part of a browser where nothing was. Raises Invalid.

    `beside`: how many files the turn has already.
    """
    found = [one for one in files if one.filename]
    if found and len(found) + beside > MOST_FILES:
        raise Invalid(_("Choose at most %(most)s files at a time.", most=MOST_FILES))
    return [File(one.filename or "", one.mimetype, one.stream.read()) for one in found]


def keep(
    session: Session, complaint: Complaint, message: Message | None, files: Sequence[File], now: datetime
) -> list[Attachment]:
    """Raises Invalid when a file, or all of the case's together, are too large."""
    if not files:
        return []
    most = current_app.config["ATTACHMENT_MOST_BYTES"]
    there = session.scalar(select(func.sum(Attachment.size)).where(Attachment.complaint_id == complaint.id)) or 0
    for file in files:
        there += len(file.data)
        if len(file.data) > most or there > most * MOST_BYTES_OF_CASE:
            raise Invalid(_("“%(name)s” is too large: a file has at most %(most)s MB.", name=safe_name(file.name), most=most // 2**20))  # fmt: skip
    rows = [
        Attachment(
            complaint_id=complaint.id, message_id=message.id if message else None, name=safe_name(file.name),
            media_type=safe_type(file.media_type), size=len(file.data), data=file.data, created_at=now,
        )
        for file in files
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()
    return rows


def keep_with(session: Session, message: Message, draft: Draft) -> None:
    """The files of a turn that was taken back wait with its words."""
    its_own = Attachment.message_id == message.id
    session.execute(update(Attachment).where(its_own).values(message_id=None, draft_id=draft.id))


def of_draft(session: Session, draft: Draft | None) -> list[Attachment]:
    """The files that wait with a draft, without what is in them."""
    if draft is None:
        return []
    rows = select(Attachment).where(Attachment.draft_id == draft.id).options(defer(Attachment.data))
    return list(session.scalars(rows.order_by(Attachment.id)))


def send_along(session: Session, message: Message, draft: Draft | None, ids: Collection[int]) -> None:
    """Those of the draft's files that were left ticked go with the turn; the others go with the draft."""
    if draft is not None and ids:
        its_own = (Attachment.draft_id == draft.id) & Attachment.id.in_(ids)
        session.execute(update(Attachment).where(its_own).values(message_id=message.id, draft_id=None))


def safe_name(name: str) -> str:
    """The last part of the name, without anything that a disk or a header could take amiss."""
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(letter for letter in name if letter.isprintable() and letter not in '<>:"|?*').strip(". ")
    stem, dot, ending = name.rpartition(".")
    return (f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if dot else name)[:LONGEST_NAME] or "file"


def safe_type(media_type: str) -> str:
    known = re.fullmatch(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}", media_type.lower())
    return known[0][:100] if known else "application/octet-stream"


def attachment(session: Session, complaint_ids: Sequence[int], attachment_id: int, reader: Account) -> Attachment:
    """Raises NotFound unless it belongs to one of these cases; what waits with a draft is for its writer."""
    own = select(Draft.id).where(Draft.account_id == reader.id)
    found = session.scalar(
        select(Attachment)
        .where(Attachment.id == attachment_id, Attachment.complaint_id.in_(complaint_ids))
        .where(Attachment.draft_id.is_(None) | Attachment.draft_id.in_(own))
    )
    if found is None:
        raise NotFound
    return found
