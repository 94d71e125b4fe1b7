"""Reads of one case: its conversation as the customer or an agent sees it, and what happened to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, selectinload

from community.complaints.sending import is_held
from community.errors import NotFound
from community.models import Attachment, Complaint, ComplaintChange, Message, Note

MOST_CHANGES = 200


@dataclass
class Turn:
    """One thing in the conversation, with its files: opened, message, note."""

    kind: str
    at: datetime
    row: Any
    files: list[Attachment] = field(default_factory=list)
    is_held: bool = False


def complaint(session: Session, complaint_id: int) -> Complaint:
    """Raises NotFound."""
    found = session.scalar(
        select(Complaint)
        .where(Complaint.id == complaint_id)
        .options(selectinload(Complaint.customer), selectinload(Complaint.product), selectinload(Complaint.assignee))
    )
    if found is None:
        raise NotFound
    return found


def family(session: Session, found: Complaint) -> list[Complaint]:
    """The case and those that were merged into it."""
    merged = select(Complaint).where(Complaint.merged_into_id == found.id).order_by(Complaint.id)
    return [found, *session.scalars(merged.limit(50))]


def conversation(session: Session, cases: Sequence[Complaint], for_agent: bool, now: datetime) -> list[Turn]:
    """All that was said in these cases, oldest first. Notes, and what can still be taken back, are for agents."""
    ids = [one.id for one in cases]
    files: dict[tuple[int, int | None], list[Attachment]] = {}
    rows = select(Attachment).where(Attachment.complaint_id.in_(ids), Attachment.draft_id.is_(None))
    rows = rows.options(defer(Attachment.data))
    for file in session.scalars(rows.order_by(Attachment.id)):
        files.setdefault((file.complaint_id, file.message_id), []).append(file)
    turns = [Turn("opened", one.created_at, one, files.get((one.id, None), [])) for one in cases]
    said = select(Message).where(Message.complaint_id.in_(ids)).options(selectinload(Message.author))
    for message in session.scalars(said.order_by(Message.id)):
        held = is_held(message, now)
        if for_agent or not held:
            its_own = files.get((message.complaint_id, message.id), [])
            turns.append(Turn("message", message.created_at, message, its_own, held))
    if for_agent:
        notes = select(Note).where(Note.complaint_id.in_(ids)).options(selectinload(Note.author)).order_by(Note.id)
        turns += [Turn("note", note.created_at, note) for note in session.scalars(notes)]
    return sorted(turns, key=lambda turn: turn.at)


def changes(session: Session, ids: Sequence[int], since: int | None = None) -> list[ComplaintChange]:
    """The log of these cases, newest first; with `since`, what came behind that version."""
    rows = select(ComplaintChange).where(ComplaintChange.complaint_id.in_(ids))
    if since is not None:
        rows = rows.where(ComplaintChange.version > since)
    rows = rows.options(selectinload(ComplaintChange.actor)).order_by(ComplaintChange.id.desc())
    return list(session.scalars(rows.limit(MOST_CHANGES)))


def message_of(session: Session, found: Complaint, message_id: int) -> Message:
    """Raises NotFound unless it is one of this case's."""
    message = session.get(Message, message_id)
    if message is None or message.complaint_id != found.id:
        raise NotFound
    return message


def require_sent(session: Session, message_id: int, now: datetime) -> None:
    """Raises NotFound while the message can still be taken back."""
    message = session.get(Message, message_id)
    if message is None or is_held(message, now):
        raise NotFound


def siblings(session: Session, found: Complaint) -> list[Complaint]:
    """Other cases of the same person, newest first: what it could be merged with."""
    rows = select(Complaint).where(
        Complaint.customer_id == found.customer_id, Complaint.id != found.id, Complaint.merged_into_id.is_(None)
    )
    return list(session.scalars(rows.order_by(Complaint.id.desc()).limit(20)))
