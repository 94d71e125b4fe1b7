"""Reads of people: a profile and what somebody did, who helps most, who has a badge."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Select, exists, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased, selectinload

from community import reputation
from community.crediting import is_public, person
from community.errors import NotFound
from community.models import Account, Answer, Award, Post, Question, Role, account_role
from community.trust import THRESHOLDS, Facts, next_level
from community.web.caching import for_a_while
from community.web.urls import page_key

PAGE = 20
TOP = 20
HOLDERS = 50  # on the page of a badge
LATEST_AWARDS = 500  # among which the page of all badges looks for who has each
SHOWN_HOLDERS = 5
MONTH = timedelta(days=30)
COMPANY = ("agent", "manager", "admin")

Key = tuple[datetime, int]


@dataclass
class Page:
    """One page of a list and the key of the next."""

    rows: list[Any]
    next_key: str | None


@dataclass(frozen=True)
class Progress:
    """What an account has, the next level, and what is missing to it."""

    facts: Facts
    level: str | None
    missing: Facts


def paged(session: Session, rows: Select[Any], moment: Any, row_id: Any, after: Key | None, size: int = PAGE) -> Page:
    """One page of rows, newest first; each row begins with what `moment` and `row_id` are columns of."""
    if after:
        rows = rows.where(tuple_(moment, row_id) < tuple_(literal(after[0], moment.type), literal(after[1])))
    found = list(session.execute(rows.order_by(moment.desc(), row_id.desc()).limit(size + 1)))
    if len(found) <= size:
        return Page(found, None)
    last = found[size - 1][0]
    return Page(found[:size], page_key(getattr(last, moment.key), last.id))


def person_of(session: Session, handle: str) -> Account:
    """Whose public page it is. Raises NotFound for nobody, the suspended and the erased."""
    found = session.scalar(select(Account).where(Account.handle == handle.casefold(), is_public()))
    if found is None:
        raise NotFound
    return found


def deed_counts(session: Session, account: Account) -> dict[str, int]:
    """How many questions, answers and solutions of the account stand."""
    standing = (Post.author_id == account.id, Post.deleted_at.is_(None), Post.erased_at.is_(None))
    accepted = Answer.__table__.c.accepted_at
    row = session.execute(
        select(
            func.count().filter(Post.kind == "question"),
            func.count().filter(Post.kind == "answer"),
            func.count(accepted),
        )
        .select_from(Post)
        .where(*standing)
    ).one()
    return {"questions": row[0], "answers": row[1], "solved": row[2]}


def questions_of(session: Session, account: Account, after: Key | None) -> Page:
    """Questions that stand, newest first, in rows of one."""
    rows = (
        select(Question)
        .where(Question.author_id == account.id, Question.deleted_at.is_(None), Question.erased_at.is_(None))
        .options(selectinload(Question.author), selectinload(Question.product), selectinload(Question.tags))
    )
    return paged(session, rows, Question.created_at, Question.id, after)


def answers_of(session: Session, account: Account, after: Key | None, only_solutions: bool = False) -> Page:
    """Answers that stand with the questions that they answer, newest first."""
    asked = aliased(Question)
    rows = (
        select(Answer, asked)
        .join(asked, asked.id == Answer.question_id)
        .where(
            Answer.author_id == account.id, Answer.deleted_at.is_(None), Answer.erased_at.is_(None),
            asked.deleted_at.is_(None),
        )
    )  # fmt: skip
    if only_solutions:
        rows = rows.where(Answer.accepted_at.is_not(None))
    return paged(session, rows, Answer.created_at, Answer.id, after)


def awards_of(session: Session, account: Account) -> list[Award]:
    """Newest first; there are no more than there are badges."""
    rows = select(Award).where(Award.account_id == account.id).order_by(Award.awarded_at.desc(), Award.id.desc())
    return list(session.scalars(rows.limit(100)))


def progress(session: Session, account: Account, now: datetime) -> Progress | None:
    """How far it is to the next level; None for the staff and where a person gave the level."""
    if account.is_staff or account.is_trust_fixed:
        return None
    standing = reputation.standing_of(session, [account.id])[account.id]
    facts, level = reputation.facts_of(account, standing, now), next_level(account.trust)
    return Progress(facts, level, facts.lacks(THRESHOLDS[level]) if level else Facts())


def top_helpers(session: Session, now: datetime) -> list[tuple[Account, int, int]]:
    """Who solved most in thirty days, with solutions and votes. A few minutes old, for it reads a month of answers."""
    counted = for_a_while("people.month", _seconds(), lambda: _month(session, now))
    accounts = _accounts(session, [row[0] for row in counted])
    return [(accounts[one], solved, score) for one, solved, score in counted if one in accounts]


def _month(session: Session, now: datetime) -> list[tuple[int, int, int]]:
    """By answers of the last thirty days that solved somebody else's question; then by their votes."""
    asked, author, asker, since = aliased(Question), aliased(Account), aliased(Account), now - MONTH
    solved = func.count().label("solved")
    score = func.sum(Answer.score).label("score")
    rows = (
        select(Answer.author_id, solved, score)
        .join(asked, asked.id == Answer.question_id)
        .join(author, author.id == Answer.author_id)
        .join(asker, asker.id == asked.author_id)
        .where(
            asked.active_at >= since, asked.deleted_at.is_(None), Answer.created_at >= since,
            Answer.accepted_at.is_not(None), Answer.deleted_at.is_(None), person(author) != person(asker),
            is_public(author), ~_is_company(author),
        )
        .group_by(Answer.author_id)
        .order_by(solved.desc(), score.desc(), Answer.author_id)
        .limit(TOP)
    )  # fmt: skip
    return [(row[0], row[1], int(row[2])) for row in session.execute(rows)]


def most_reputed(session: Session) -> list[Account]:
    """Who has most points, the company's people left out."""
    ids = for_a_while("people.all", _seconds(), lambda: _most_reputed(session))
    accounts = _accounts(session, ids)
    return [accounts[one] for one in ids if one in accounts]


def _most_reputed(session: Session) -> list[int]:
    rows = select(Account.id).where(Account.reputation > 0, is_public(), ~_is_company(Account))
    return list(session.scalars(rows.order_by(Account.reputation.desc(), Account.id).limit(TOP)))


def _seconds() -> float:
    return 10 * float(current_app.config["COUNTS_SECONDS"])


def _accounts(session: Session, ids: list[int]) -> dict[int, Account]:
    return {one.id: one for one in session.scalars(select(Account).where(Account.id.in_(ids), is_public()))}


def _is_company(account: type[Account]) -> Any:
    roles = account_role.c
    company = select(Role.id).where(Role.name.in_(COMPANY))
    return exists().where(roles.account_id == account.id, roles.role_id.in_(company))


def badge_counts(session: Session) -> dict[str, int]:
    """How many have each badge; a few minutes old."""
    rows = select(Award.badge, func.count()).group_by(Award.badge)
    return for_a_while("badges", _seconds(), lambda: {badge: count for badge, count in session.execute(rows)})


def latest_holders(session: Session) -> dict[str, list[Account]]:
    """Some of those who earned each badge lately."""
    rows = select(Award.badge, Account).join(Account, Account.id == Award.account_id).where(is_public())
    holders: dict[str, list[Account]] = defaultdict(list)
    for badge, account in session.execute(rows.order_by(Award.id.desc()).limit(LATEST_AWARDS)):
        if len(holders[badge]) < SHOWN_HOLDERS:
            holders[badge].append(account)
    return holders


def holders(session: Session, badge: str, after: Key | None) -> Page:
    """Awards of a badge with their accounts, the latest first."""
    rows = select(Award, Account).join(Account, Account.id == Award.account_id)
    rows = rows.where(Award.badge == badge, is_public())
    return paged(session, rows, Award.awarded_at, Award.id, after, HOLDERS)
