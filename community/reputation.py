"""Reputation, trust levels and badges, counted from the tables whenever something changed, never added up.

Counting twice gives the same. docs/trust.md says the rules in plain words.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, case, func, or_, select, tuple_, union, update
from sqlalchemy.orm import Session

from community import badges, crediting
from community.batches import batches
from community.db import db, writing
from community.inserting import insert_missing
from community.models import Account, Award, Event, Notification, Post, Verbatim
from community.trust import THRESHOLDS, Facts, days_since, level_of

ANSWER_HELPFUL = 10
QUESTION_HELPFUL = 5
NOT_HELPFUL = -2
SOLUTION = 15
THANKS = 2  # for saying which answer solved it

BATCH = 100  # accounts counted at a time
A_UNIT = 20  # of them written in one transaction: some 20 ms, in which nobody else writes on SQLite
NEWS = timedelta(days=7)  # a badge that was earned earlier, as an import shows, is given without a word
MISSED = timedelta(days=7)  # for so long the worker may stand still and still find whose days came
SLICES = 7  # days in which everybody is counted once, whatever happened
MOST_A_NIGHT = 20_000  # accounts
DAYS = sorted({threshold.days for threshold in THRESHOLDS.values()} | {badges.YEAR.days})
TOUCHING_THE_THREAD = {
    "answer.accepted", "answer.unaccepted", "question.deleted", "answer.deleted", "question.hidden", "question.shown",
    "answer.hidden", "answer.shown",
}  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """What one account has by the tables."""

    points: int = 0
    posts: int = 0
    votes: int = 0
    solutions: int = 0


@dataclass(frozen=True)
class Change:
    """What an account ought to have, and has not."""

    account_id: int
    is_active: bool
    before: tuple[int, str]  # reputation and trust
    after: tuple[int, str]
    earned: list[badges.Earned]


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
    session.execute(select(Account.id).where(Account.id.in_(ids)).order_by(Account.id).with_for_update(key_share=True))
    for change in changes(session, ids, now):
        account = session.get_one(Account, change.account_id)
        account.reputation, account.trust = change.after
        for one in change.earned:
            session.add(Award(account_id=account.id, badge=one.badge, post_id=one.post_id, awarded_at=one.at))
        session.add_all(_news(change, now, {one.badge for one in change.earned}))
    session.flush()


def changes(session: Session, ids: Sequence[int], now: datetime) -> list[Change]:
    """What of these accounts is no longer as the tables have it."""
    rows = select(Account).where(Account.id.in_(ids)).execution_options(populate_existing=True)
    accounts = list(session.scalars(rows))
    standings, earned = standing_of(session, ids), new_badges(session, accounts, now)
    found = []
    for account in accounts:
        standing, new = standings[account.id], earned.get(account.id, [])
        keeps_level = account.is_trust_fixed or account.is_staff
        trust = account.trust if keeps_level else level_of(facts_of(account, standing, now))
        before, after = (account.reputation, account.trust), (standing.points, trust)
        if new or before != after:
            found.append(Change(account.id, account.active, before, after, new))
    return found


def new_badges(session: Session, accounts: Sequence[Account], now: datetime) -> dict[int, list[badges.Earned]]:
    """What each of them has earned and not been given yet; the company's people collect none."""
    ids = [account.id for account in accounts if not account.is_company]
    given = select(Award.account_id, Award.badge).where(Award.account_id.in_(ids))
    known = {(account_id, badge) for account_id, badge in session.execute(given)}
    found: dict[int, list[badges.Earned]] = defaultdict(list)
    for one in badges.earned(session, ids, now):
        if (one.account_id, one.badge) not in known:
            found[one.account_id].append(one)
    return found


def facts_of(account: Account, standing: Standing, now: datetime) -> Facts:
    """What the account's trust level depends on."""
    return Facts(days_since(account.created_at, now), standing.posts, standing.votes, standing.solutions)


def standing_of(session: Session, ids: Sequence[int]) -> dict[int, Standing]:
    """What each of these accounts has, in four statements."""
    votes, solutions, thanks, posts = (
        {row[0]: tuple(row[1:]) for row in session.execute(statement, {"account_ids": list(ids)})}
        for statement in _sums()
    )
    found = {}
    for one in ids:
        by_votes, helpful = votes.get(one, (0, 0))
        solved, thanked, written = (counts.get(one, (0,))[0] for counts in (solutions, thanks, posts))
        points = max(0, int(by_votes) + SOLUTION * solved + THANKS * thanked)
        found[one] = Standing(points, written, int(helpful), solved)
    return found


@cache
def _sums() -> tuple[Select[Any], ...]:
    """By account: points by votes and helpful votes; solutions; thanks; posts."""
    cast, solved, thanked = (rows().subquery() for rows in (crediting.votes, crediting.solutions, crediting.thanks))
    by_kind = ((cast.c.value < 0, NOT_HELPFUL), (cast.c.kind == "answer", ANSWER_HELPFUL))
    points, helpful = case(*by_kind, else_=QUESTION_HELPFUL), case((cast.c.value > 0, 1), else_=0)
    standing = (Post.author_id.in_(crediting.IDS), Post.deleted_at.is_(None), Post.erased_at.is_(None))
    return (
        select(cast.c.account_id, func.sum(points), func.sum(helpful)).group_by(cast.c.account_id),
        select(solved.c.account_id, func.count()).group_by(solved.c.account_id),
        select(thanked.c.account_id, func.count()).group_by(thanked.c.account_id),
        select(Post.author_id, func.count()).where(*standing).group_by(Post.author_id),
    )


def _recount_in_batches(session: Session, ids: Iterable[int]) -> None:
    """Counted a batch at a time, which may take long for people with thousands of posts; then written, which does not.

    Whoever changes something after it was counted here leaves an event of their own.
    """
    for batch in batches(ids, BATCH):
        session.rollback()
        now = datetime.now(UTC)
        found = changes(session, batch, now)
        session.rollback()
        for some in batches(found, A_UNIT):
            with writing():
                late = [change.account_id for change in some if not _write_if_as_read(session, change, now)]
                if late:  # another count came between, which may have seen less, or more
                    recount_accounts(session, late, now)
                session.commit()


def _write_if_as_read(session: Session, change: Change, now: datetime) -> bool:
    """Whether it was written: not if the account is no longer as it was read."""
    reputation, trust = change.after
    written = session.execute(
        update(Account)
        .where(Account.id == change.account_id, tuple_(Account.reputation, Account.trust) == change.before)
        .values(reputation=reputation, trust=trust)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not written:
        return False
    awards = [
        {"account_id": change.account_id, "badge": one.badge, "post_id": one.post_id, "awarded_at": one.at}
        for one in change.earned
    ]
    new = {row.badge for row in insert_missing(session, Award, awards, Award.badge)}
    session.add_all(_news(change, now, new))
    return True


def _news(change: Change, now: datetime, badges_given: Container[str]) -> list[Notification]:
    """Of badges that were earned lately."""
    told = [one.badge for one in change.earned if one.badge in badges_given and one.at > now - NEWS]
    return [
        Notification(account_id=change.account_id, kind="badge", details={"badge": badge}, created_at=now)
        for badge in told
        if change.is_active
    ]
