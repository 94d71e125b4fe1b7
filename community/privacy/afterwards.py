"""What follows from an erased account outside the tables, once they are committed: index and files. Idempotent."""

from collections.abc import Sequence

from flask import current_app
from sqlalchemy.orm import Session

from community import uploads
from community.models import Event
from community.search import service as search


def reindex(session: Session, events: Sequence[Event]) -> None:
    """Bring the search index in line with the posts of those who are gone."""
    ids = [post_id for event in events for post_id in event.details.get("post_ids", ())]
    if ids:
        search.apply(current_app.config["SEARCH_INDEX_DIR"], session, ids)


def remove_files(session: Session, events: Sequence[Event]) -> None:
    """Delete the files of their images; their rows are gone already."""
    uploads.delete_files(key for event in events for key in event.details.get("uploads", ()))
