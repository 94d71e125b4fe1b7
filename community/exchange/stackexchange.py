"""A Stack Exchange dump into the community: tags, users, questions, answers, comments, votes, in this order.

Idempotent by external id. Each batch is one transaction, which the caller commits; a second run goes on.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.batches import batches
from community.errors import Invalid
from community.exchange import post_writing
from community.exchange.authors import accounts_of, user_of
from community.exchange.dump import Dump, Row
from community.exchange.dump_posts import PostRow, Skipped, comment_row, post_row, tags_of
from community.exchange.dump_votes import vote_row, write_votes
from community.exchange.reporting import Tally
from community.exchange.sieve import placed, readable, unknown
from community.models import Tag

BATCH = 500  # rows of one transaction
LONGEST_SITE = 60  # characters; with a number behind it, it must fit into external_id
QUESTION, ANSWER = "1", "2"
FILES = {
    "Tags.xml": "tags are made from the questions",
    "Users.xml": "authors are made from OwnerUserId and OwnerDisplayName",
    "Posts.xml": "no questions or answers",
    "Comments.xml": "no comments",
    "Votes.xml": "the posts' own Score is all there is",
}
Step = tuple[str, Callable[[Row], bool], Callable[[list[Row], Tally], None]]


class StackExchangeImport:
    """Stores what one import is about; `run` does it and leaves a tally for each file."""

    def __init__(self, session: Session, folder: Path, site: str, now: datetime):
        self.session, self.dump, self.now = session, Dump(folder, site), now
        self.tally = {name: Tally(f"rows of {name}") for name in FILES}
        self.accepted: dict[str, str] = {}  # answer -> question, by external id; the one thing held in memory
        if not 0 < len(site) <= LONGEST_SITE:
            raise Invalid(f"--site has 1 to {LONGEST_SITE} characters")
        if not any(map(self.dump.has, FILES)):
            raise Invalid(f"{folder} holds none of {', '.join(FILES)}")

    @property
    def tallies(self) -> list[Tally]:
        return list(self.tally.values())

    def run(self) -> Iterator[int]:
        """Rows read so far, each time a batch is written and waits for the commit."""
        for name, instead in FILES.items():
            if not self.dump.has(name):
                self.tally[name].missing = f"{name} missing: {instead}"
        for name, is_wanted, step in self._steps():
            if self.dump.has(name):
                for batch in batches(filter(is_wanted, self.dump.rows(name)), BATCH):
                    self.tally[name].read += len(batch)
                    step(batch, self.tally[name])
                    yield sum(tally.read for tally in self.tallies)
        if self.accepted:
            self.tally["Posts.xml"].notes["accepted answers that the dump does not hold"] += len(self.accepted)

    def _steps(self) -> tuple[Step, ...]:
        return (
            ("Tags.xml", _is_any, self._tags),
            ("Users.xml", _is_any, self._users),
            ("Posts.xml", _is_no_answer, self._questions),
            ("Posts.xml", _is_answer, self._answers),  # a second reading: an answer may stand before its question
            ("Comments.xml", _is_any, self._comments),
            ("Votes.xml", _is_any, self._votes),
        )

    def _tags(self, rows: list[Row], tally: Tally) -> None:
        slugs = {tag for row in rows for tag in tags_of(row.get("TagName", ""))}
        known = set(self.session.scalars(select(Tag.slug).where(Tag.slug.in_(slugs))))
        post_writing.tags_named(self.session, slugs)
        tally.imported += len(slugs - known)
        tally.already += len(known)
        if without := len(rows) - len(slugs):
            tally.skipped["TagName missing or there twice"] += without

    def _users(self, rows: list[Row], tally: Tally) -> None:
        authors = readable(rows, lambda row: user_of(row, self.dump, self.now), tally)
        _, made = accounts_of(self.session, authors, self.now)
        tally.imported += made
        tally.already += len(authors) - made

    def _questions(self, rows: list[Row], tally: Tally) -> None:
        for row in rows:
            if row.get("AcceptedAnswerId"):
                self.accepted[self.dump.key(row["AcceptedAnswerId"])] = self.dump.key(row.get("Id", ""))
        questions = self._new_posts(rows, tally)
        post_writing.write_questions(self.session, questions, tally, self.now)
        tally.imported += len(questions)

    def _answers(self, rows: list[Row], tally: Tally) -> None:
        keys = [self.dump.key(row.get("Id", "")) for row in rows]
        accepted = {key: self.accepted.pop(key) for key in keys if key in self.accepted}
        answers = self._new_posts(rows, tally)
        places = post_writing.places_of(self.session, {row.parent_key for row in answers}, is_for_comments=False)
        answers = placed(answers, places, tally, "answer whose question is not there")
        post_writing.write_answers(self.session, answers, places, accepted, tally, self.now)
        tally.imported += len(answers)

    def _comments(self, rows: list[Row], tally: Tally) -> None:
        read = readable(rows, lambda row: comment_row(row, self.dump, tally, self.now), tally)
        comments = unknown(self.session, read, tally)
        places = post_writing.places_of(self.session, {row.parent_key for row in comments}, is_for_comments=True)
        comments = placed(comments, places, tally, "comment whose post is not there")
        post_writing.write_comments(self.session, comments, places, tally, self.now)
        tally.imported += len(comments)

    def _votes(self, rows: list[Row], tally: Tally) -> None:
        votes = readable(rows, lambda row: vote_row(row, self.dump, self.now), tally)
        write_votes(self.session, votes, tally, self.now)

    def _new_posts(self, rows: list[Row], tally: Tally) -> list[PostRow]:
        return unknown(self.session, readable(rows, lambda row: self._post(row, tally), tally), tally)

    def _post(self, row: Row, tally: Tally) -> PostRow:
        kind = row.get("PostTypeId", "")
        if kind not in (QUESTION, ANSWER):
            raise Skipped(f"PostTypeId {kind[:10] or 'missing'}: neither question nor answer")
        return post_row(row, self.dump, tally, self.now)


def _is_any(_row: Row) -> bool:
    return True


def _is_answer(row: Row) -> bool:
    return row.get("PostTypeId") == ANSWER


def _is_no_answer(row: Row) -> bool:
    return not _is_answer(row)
