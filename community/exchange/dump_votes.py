"""Rows of Votes.xml. Public dumps do not say who voted, and then the posts' own Score is all there is to know."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.exchange.authors import Author, accounts_of, author_of
from community.exchange.dump import Dump, Row, moment, row_id
from community.exchange.dump_posts import Skipped
from community.exchange.reporting import Tally
from community.models import Post, Vote

VALUES = {"2": 1, "3": -1}
NO_VOTER = "vote without a voter: counted in the post's Score"
OTHERS = {"1": "acceptance: taken from AcceptedAnswerId of the question"}


@dataclass(frozen=True, slots=True)
class VoteRow:
    """One person's judgement of one post."""

    post_key: str
    voter: Author
    value: int
    created_at: datetime


def vote_row(row: Row, dump: Dump, now: datetime) -> VoteRow:
    """Raises Invalid or Skipped."""
    kind = row.get("VoteTypeId", "")
    if kind not in VALUES:
        raise Skipped(OTHERS.get(kind, f"VoteTypeId {kind[:10] or 'missing'}: neither up nor down"))
    post_key, voter = dump.key(row_id(row, "PostId")), author_of(row, "UserId", "", dump, now)
    if voter is None:
        raise Skipped(NO_VOTER)
    return VoteRow(post_key, voter, VALUES[kind], moment(row, "CreationDate", now))


def write_votes(session: Session, rows: list[VoteRow], tally: Tally, now: datetime) -> None:
    """New votes; scores stay as they are, since Score counted these votes already."""
    keys = {row.post_key for row in rows}
    found = session.execute(select(Post.external_id, Post.id).where(Post.external_id.in_(keys)))
    posts = {row.external_id: row.id for row in found}
    standing = [row for row in rows if row.post_key in posts]
    if dangling := len(rows) - len(standing):
        tally.skipped["vote whose post is not there"] += dangling
    accounts, _ = accounts_of(session, (row.voter for row in standing), now)
    cast = session.execute(select(Vote.voter_id, Vote.post_id).where(Vote.post_id.in_(posts.values())))
    known = {(voter_id, post_id) for voter_id, post_id in cast}
    for row in standing:
        place = accounts[row.voter.external_id].id, posts[row.post_key]
        if place in known:
            tally.already += 1
            continue
        known.add(place)
        session.add(Vote(voter_id=place[0], post_id=place[1], value=row.value, created_at=row.created_at))
        tally.imported += 1
    session.flush()
