"""Rows of Posts.xml and Comments.xml, read: each becomes a PostRow, or raises for the reason why it is none."""

import re
from dataclasses import dataclass
from datetime import datetime

from community.exchange.authors import Author, author_of
from community.exchange.dump import Dump, Row, moment, number, required, row_id
from community.exchange.html_markdown import markdown_of
from community.exchange.reporting import Tally
from community.exchange.values import LONGEST_SUBJECT, subject_of

TAG_LENGTH = 50  # characters, as the column has it


@dataclass(frozen=True, slots=True)
class PostRow:
    """A question, an answer or a comment."""

    external_id: str
    parent_key: str  # external id of the post above it; empty for a question
    author: Author | None
    title: str
    body: str
    tags: tuple[str, ...]
    score: int
    created_at: datetime
    edited_at: datetime | None


class Skipped(Exception):
    """The row is in order, but nothing to import."""


def post_row(row: Row, dump: Dump, tally: Tally, now: datetime) -> PostRow:
    """A question or an answer. Raises Invalid or Skipped."""
    is_question = row.get("PostTypeId") == "1"
    key, parent_key = dump.key(row_id(row)), "" if is_question else dump.key(row_id(row, "ParentId"))
    body = markdown_of(required(row, "Body"))
    if not body:
        raise Skipped("empty body")
    created_at = moment(row, "CreationDate", now)
    edited_at = moment(row, "LastEditDate", now) if row.get("LastEditDate") else None
    _note_missing(row, ("CreationDate", "Score", "Title") if is_question else ("CreationDate", "Score"), tally)
    return PostRow(
        external_id=key, parent_key=parent_key, body=body, score=number(row, "Score"), created_at=created_at,
        author=author_of(row, "OwnerUserId", "OwnerDisplayName", dump, now),
        title=" ".join(row.get("Title", "").split())[:LONGEST_SUBJECT] or subject_of(body),
        tags=tags_of(row.get("Tags", "")), edited_at=edited_at if edited_at and edited_at > created_at else None,
    )  # fmt: skip


def comment_row(row: Row, dump: Dump, tally: Tally, now: datetime) -> PostRow:
    """A comment; its text is Markdown already. Raises Invalid."""
    key, parent_key = dump.comment_key(row_id(row)), dump.key(row_id(row, "PostId"))
    _note_missing(row, ("CreationDate",), tally)
    return PostRow(
        external_id=key, parent_key=parent_key, body=required(row, "Text"), score=number(row, "Score"),
        author=author_of(row, "UserId", "UserDisplayName", dump, now), title="", tags=(),
        created_at=moment(row, "CreationDate", now), edited_at=None,
    )  # fmt: skip


def tags_of(text: str) -> tuple[str, ...]:
    """Slugs from `<a><b>` or, as newer dumps write, `|a|b|`."""
    # as they are, and not as slug_of would have them: c, c++ and c# are three tags
    tags = (tag.strip().casefold()[:TAG_LENGTH] for tag in re.split(r"[<>|]+", text))
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _note_missing(row: Row, names: tuple[str, ...], tally: Tally) -> None:
    for name in names:
        if not row.get(name):
            tally.notes[f"without {name}: {STAND_INS[name]}"] += 1


STAND_INS = {
    "CreationDate": "the moment of the import stands in", "Score": "0 stands in",
    "Title": "the first sentence stands in",
}  # fmt: skip
