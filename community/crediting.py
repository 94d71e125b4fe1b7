"""Which votes and acceptances count, so that friends and second accounts cannot make a name for each other.

The accounts of one customer are one person. Nothing counts between a person's own accounts, nothing counts on what was
deleted, and of what one person gives to one author on one day (UTC) only the first few count.

The statements are for the accounts of the parameter IDS: they are built once, for to build one takes longer than to
run it.
"""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Date, Select, and_, bindparam, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement

from community.models import Account, Answer, Post, Question, Vote

VOTES_A_DAY = 5  # of one person for one author
SOLUTIONS_A_DAY = 3  # of one asker for one author
THANKS_A_DAY = 5  # acceptances that bring the asker points
IDS: BindParameter[Any] = bindparam("account_ids", expanding=True)


class utc_day(FunctionElement[Any]):  # noqa: N801  (a function of SQL)
    """The date of a moment, in UTC."""

    type = Date()
    inherit_cache = True


@compiles(utc_day)
def _date(element: Any, compiler: Any, **options: Any) -> str:
    return f"date({compiler.process(element.clauses, **options)})"


@compiles(utc_day, "postgresql")
def _date_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"date(timezone('UTC', {compiler.process(element.clauses, **options)}))"


def person(account: type[Account]) -> ColumnElement[int]:
    """The same number for all accounts of one customer."""
    return func.coalesce(account.customer_id, -account.id)


def is_public(account: type[Account] = Account) -> ColumnElement[bool]:
    """Whether the account is neither suspended nor erased. Imported members cannot sign in, and are members still."""
    imported = and_(account.external_id.is_not(None), account.email.is_(None))
    return or_(account.active.is_(True), imported)


def votes() -> Select[Any]:
    """The votes that count for these authors: account_id, post_id, kind, value, at."""
    author, voter = aliased(Account), aliased(Account)
    place = func.row_number().over(
        partition_by=(Post.author_id, person(voter), utc_day(Vote.created_at)), order_by=(Vote.created_at, Vote.id)
    )
    rows = (
        select(
            Post.author_id.label("account_id"), Vote.post_id, Post.kind, Vote.value, Vote.created_at.label("at"),
            place.label("place"),
        )
        .join(Post, Post.id == Vote.post_id)
        .join(author, author.id == Post.author_id)
        .join(voter, voter.id == Vote.voter_id)
        .where(
            Post.author_id.in_(IDS), Post.deleted_at.is_(None), Post.erased_at.is_(None), is_public(voter),
            person(author) != person(voter),
        )
        .subquery()
    )  # fmt: skip
    named = (rows.c.account_id, rows.c.post_id, rows.c.kind, rows.c.value, rows.c.at)
    return select(*named).where(rows.c.place <= VOTES_A_DAY)


def solutions() -> Select[Any]:
    """The accepted answers that count for these authors: account_id, post_id, at."""
    asked, author, asker = aliased(Question), aliased(Account), aliased(Account)
    gone = -1_000_000_000 - asked.id  # an asker who has left is somebody else each time
    asked_by = func.coalesce(person(asker), gone)
    rows = _accepted(asked, author, asker).where(Answer.author_id.in_(IDS))
    return _first(rows, Answer.author_id, (Answer.author_id, asked_by, utc_day(Answer.accepted_at)), SOLUTIONS_A_DAY)


def thanks() -> Select[Any]:
    """The acceptances that count for these askers: account_id, post_id of the answer, at."""
    asked, author, asker = aliased(Question), aliased(Account), aliased(Account)
    rows = _accepted(asked, author, asker).where(asked.author_id.in_(IDS))
    return _first(rows, asked.author_id, (asked.author_id, utc_day(Answer.accepted_at)), THANKS_A_DAY)


def _accepted(asked: type[Question], author: type[Account], asker: type[Account]) -> Select[Any]:
    """Answers that solved another person's question and still stand."""
    return (
        select(Answer.id.label("post_id"), Answer.accepted_at.label("at"))
        .join(asked, asked.id == Answer.question_id)
        .join(author, author.id == Answer.author_id)
        .join(asker, asker.id == asked.author_id, isouter=True)
        .where(
            Answer.accepted_at.is_not(None), Answer.deleted_at.is_(None), asked.deleted_at.is_(None),
            or_(asker.id.is_(None), person(author) != person(asker)),
        )
    )  # fmt: skip


def _first(rows: Select[Any], who: Any, partition: tuple[Any, ...], most: int) -> Select[Any]:
    """The first `most` rows of each partition."""
    place = func.row_number().over(partition_by=partition, order_by=(Answer.accepted_at, Answer.id))
    all_rows = rows.add_columns(who.label("account_id"), place.label("place")).subquery()
    kept = all_rows.c.place <= most
    return select(all_rows.c.account_id, all_rows.c.post_id, all_rows.c.at).where(kept)
