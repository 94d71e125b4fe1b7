"""Images that people add to what they write: re-encoded, kept as files, named in the text by their address."""

from sqlalchemy.orm import Session

from community.models import Account, Post


def attach(session: Session, post: Post, by: Account) -> None:
    """The images that the post's text shows belong to it from now on."""
