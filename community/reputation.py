"""Reputation, trust levels and badges, counted from the tables whenever something changed, never added up.

Counting twice gives the same. docs/trust.md says the rules in plain words.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import case, func, or_, select, union
from sqlalchemy.orm import Session

from community import badges, crediting
from community.db import db, writing
from community.models import Account, Award, Event, Notification, Post, Verbatim
from community.trust import THRESHOLDS, Facts, days_since, level_of

log = logging.getLogger(__name__)

ANSWER_HELPFUL = 10
QUESTION_HELPFUL = 5
NOT_HELPFUL = -2
SOLUTION = 15
THANKS = 2  # for saying which answer solved it

BATCH = 100  # accounts counted in one transaction: some 30 ms, in which nobody else writes on SQLite
NEWS = timedelta(days=7)  # a badge that was earned earlier, as an import shows, is given without a word
MISSED = timedelta(days=7)  # for so long the worker may stand still and still find whose days came
SLICES = 7  # days in which everybody is counted once, whatever happened
MOST_A_NIGHT = 20_000  # accounts
DAYS = sorted({threshold.days for threshold in THRESHOLDS.values()} | {badges.YEAR.days})
TOUCHING_THE_THREAD = {"answer.accepted", "answer.unaccepted", "question.deleted", "answer.deleted"}


@dataclass(frozen=True)
class Standing:
    """What one account has by the tables."""

    points: int = 0
    posts: int = 0
    votes: int = 0
    solutions: int = 0


def recount(session: Session, events: Sequence[Event]) -> None:
    """Reaction: count anew for everybody whom these events may concern."""
    ids = concerned(session, events)
    _recount_in_batches(session, ids)


def concerned(session: Session, events: Sequence[Event]) -> list[int]:
    """Ids of the actors and of the authors of the subjects; where an answer lost or won, of all in its thread."""
    accounts = {event.subject_id for event in events if event.kind.startswith("account.")}
    accounts |= {event.actor_id for event in events if event.actor_id}
    subjects = {event.subject_id for event in events if not event.kind.startswith("account.")}
    touched = {event.subject_id for event in events if event.kind in TOUCHING_THE_THREAD}
    threads = set(session.scalars(select(func.coalesce(Post.question_id, Post.id)).where(Post.id.in_(touched))))
    authors = union(
        select(Post.author_id).where(Post.id.in_(subjects | threads)),
        select(Post.author_id).where(Post.question_id.in_(threads)),
    )
    return sorted(accounts | {author for author in session.scalars(authors) if author})


def recount_all(session: Session, now: datetime, after_batch: Callable[[], None] = lambda: None) -> int:
    """Count anew for every account; how many there were. `after_batch` may commit."""
    counted, last = 0, 0
    while ids := list(session.scalars(select(Account.id).where(Account.id > last).order_by(Account.id).limit(BATCH))):
        recount_accounts(session, ids, now)
        after_batch()
        counted, last = counted + len(ids), ids[-1]
    return counted


def recount_nightly() -> dict[str, Any]:
    """Chore: those whose days came, those who wrote lately, and a seventh of all."""
    session = db.session()
    ids = due(session, datetime.now(UTC))
    _recount_in_batches(session, ids)
    return {"accounts": len(ids)} if ids else {}


def due(session: Session, now: datetime) -> list[int]:
    """Ids of the accounts to count tonight, MOST_A_NIGHT at most of each sort."""
    last = session.scalar(select(func.max(Account.id))) or 0
    slices = max(SLICES, -(-last // MOST_A_NIGHT))
    came = [Account.created_at.between(now - timedelta(days) - MISSED, now - timedelta(days)) for days in DAYS]
    has_written = select(Post.id).where(Post.author_id == Account.id).exists()
    sorts = (
        select(Account.id).where(or_(*came), has_written),
        select(Account.id).where(Account.id % slices == now.toordinal() % slices, has_written),
        select(Post.author_id)
        .join(Verbatim, Verbatim.post_id == Post.id)
        .where(Verbatim.said_at >= now - timedelta(days=2), Post.author_id.is_not(None))
        .distinct(),
    )
    return sorted({account_id for rows in sorts for account_id in session.scalars(rows.limit(MOST_A_NIGHT))})


def recount_accounts(session: Session, ids: Sequence[int], now: datetime) -> None:
    """Write reputation, trust and new awards of these accounts; a fixed number of statements, then what changed.

    Their rows are locked first, so that of two counts at once the later one sees what the earlier one wrote.
    """
    rows = select(Account).where(Account.id.in_(ids)).order_by(Account.id).execution_options(populate_existing=True)
    accounts = list(session.scalars(rows.with_for_update(key_share=True, of=Account)))
    standings = standing_of(session, [account.id for account in accounts])
    for account in accounts:
        standing = standings[account.id]
        if account.reputation != standing.points:
            account.reputation = standing.points
        if not account.is_trust_fixed and not account.is_staff:
            account.trust = level_of(facts_of(account, standing, now))
    _award(session, {account.id: account for account in accounts if not account.is_company}, now)
    session.flush()


def facts_of(account: Account, standing: Standing, now: datetime) -> Facts:
    """What the account's trust level depends on."""
    return Facts(days_since(account.created_at, now), standing.posts, standing.votes, standing.solutions)


def standing_of(session: Session, ids: Sequence[int]) -> dict[int, Standing]:
    """What each of these accounts has, in four statements."""
    cast, solved, thanked = (rows(ids).subquery() for rows in (crediting.votes, crediting.solutions, crediting.thanks))
    points = case(
        (cast.c.value < 0, NOT_HELPFUL), (cast.c.kind == "answer", ANSWER_HELPFUL), else_=QUESTION_HELPFUL
    )  # fmt: skip
    helpful = func.sum(case((cast.c.value > 0, 1), else_=0))
    by_votes = select(cast.c.account_id, func.sum(points), helpful).group_by(cast.c.account_id)
    votes = {row[0]: (int(row[1]), int(row[2])) for row in session.execute(by_votes)}
    solutions, thanks = _counts(session, solved.c.account_id), _counts(session, thanked.c.account_id)
    standing = (Post.author_id.in_(ids), Post.deleted_at.is_(None), Post.erased_at.is_(None))
    posts = _counts(session, Post.author_id, *standing)
    return {
        one: Standing(
            points=max(0, votes.get(one, (0, 0))[0] + SOLUTION * solutions.get(one, 0) + THANKS * thanks.get(one, 0)),
            posts=posts.get(one, 0),
            votes=votes.get(one, (0, 0))[1],
            solutions=solutions.get(one, 0),
        )
        for one in ids
    }


def _counts(session: Session, whose: Any, *conditions: Any) -> dict[int, int]:
    rows = session.execute(select(whose, func.count()).where(*conditions).group_by(whose))
    return {account_id: count for account_id, count in rows}


def _award(session: Session, accounts: dict[int, Account], now: datetime) -> None:
    """Give what was earned and not given yet; what was earned lately is told to those who can sign in."""
    given = select(Award.account_id, Award.badge).where(Award.account_id.in_(accounts))
    known = {(account_id, badge) for account_id, badge in session.execute(given)}
    for one in badges.earned(session, list(accounts), now):
        if (one.account_id, one.badge) in known:
            continue
        session.add(Award(account_id=one.account_id, badge=one.badge, post_id=one.post_id, awarded_at=one.at))
        if accounts[one.account_id].active and one.at > now - NEWS:
            told = {"badge": one.badge}
            session.add(Notification(account_id=one.account_id, kind="badge", details=told, created_at=now))


def _recount_in_batches(session: Session, ids: Iterable[int]) -> None:
    """Each batch in a transaction of its own, short enough for others to write in between."""
    for batch in _batches(ids):
        session.rollback()
        with writing():
            recount_accounts(session, batch, datetime.now(UTC))
            session.commit()


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while batch := list(islice(rest, BATCH)):
        yield batch
