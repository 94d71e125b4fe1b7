"""Files that go along with a mail: those of the turn of a case that it tells of, as many as a mail may carry."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Attachment, Mail

TURN = "message:"  # begins the key of a mail with a turn of a case


@dataclass(frozen=True)
class Enclosure:
    """One file in a mail."""

    name: str
    media_type: str
    data: bytes


def how_many_go(sizes: Sequence[int]) -> int:
    """How many of the files, the first ones, go along: all of them together have at most MAIL_MOST_BYTES."""
    total, most = 0, int(current_app.config["MAIL_MOST_BYTES"])
    for number, size in enumerate(sizes):
        total += size
        if total > most:
            return number
    return len(sizes)


def sizes_of_turn(session: Session, message_id: int) -> list[int]:
    """Bytes of its files, in the order in which they were added."""
    rows = select(Attachment.size).where(Attachment.message_id == message_id).order_by(Attachment.id)
    return list(session.scalars(rows))


def enclosed(session: Session, mail: Mail) -> list[Enclosure]:
    """What goes along with it; nothing for a mail that is no turn of a case."""
    if not mail.key or not mail.key.startswith(TURN):
        return []
    message_id = int(mail.key.removeprefix(TURN))
    most = how_many_go(sizes_of_turn(session, message_id))
    columns = (Attachment.name, Attachment.media_type, Attachment.data)
    rows = select(*columns).where(Attachment.message_id == message_id).order_by(Attachment.id).limit(most)
    return [Enclosure(*row) for row in session.execute(rows)] if most else []
