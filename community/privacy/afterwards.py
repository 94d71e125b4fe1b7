"""What follows from an erased account outside the tables, once it is committed. The index is brought in line elsewhere."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from community import uploads
from community.models import Event


def remove_files(session: Session, events: Sequence[Event]) -> None:
    """A reaction: delete the files of their images; the rows are gone already. Idempotent."""
    uploads.delete_files(key for event in events for key in event.details.get("uploads", ()))
