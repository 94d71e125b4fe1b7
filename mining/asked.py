"""The questions of a time as columns: who asked, when a useful answer came, when and by whom it was solved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from community.models import Account, Answer, Product, Question, Role, account_role
from mining.columns import Bools, Coded, Ints, coded, micros

NEVER = np.iinfo(np.int64).max
GONE = -10  # stands for all authors who erased their account: nobody knows how many
MOST = 50_000  # the newest questions are looked at


@dataclass(frozen=True)
class Asked:
    """Questions by customers, the latest first. Moments in microseconds, NEVER for what has not happened."""

    customer: Ints
    at: Ints
    product: Coded
    useful: Ints  # when somebody else first proposed something that is not voted down
    solved: Ints
    by_member: Bools  # the accepted answer is by somebody who does not work here

    def of(self, rows: Bools) -> "Asked":
        return Asked(
            self.customer[rows], self.at[rows], self.product.of(rows), self.useful[rows], self.solved[rows],
            self.by_member[rows],
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.at)


def read(session: Session, start: datetime, end: datetime) -> Asked:
    """One statement. Questions of staff are none of a customer's; those out of sight are left out."""
    asker = aliased(Account)
    accepted = aliased(Answer, flat=True)
    proposed = aliased(Answer, flat=True)
    useful = (
        select(func.min(proposed.created_at))
        .where(
            proposed.question_id == Question.id, proposed.deleted_at.is_(None), proposed.is_reply.is_not(True),
            proposed.score >= 0, proposed.author_id.is_distinct_from(Question.author_id),
        )
        .correlate(Question)
        .scalar_subquery()
    )  # fmt: skip
    of_staff = (
        select(account_role.c.account_id)
        .join(Role, Role.id == account_role.c.role_id)
        .where(account_role.c.account_id == accepted.author_id, Role.name != "customer")
    )
    statement = (
        select(
            asker.customer_id, Question.created_at, Product.slug, useful, Question.solved_at,
            accepted.id.is_not(None) & ~exists(of_staff),
        )
        .select_from(Question)
        .join(asker, asker.id == Question.author_id, isouter=True)
        .join(Product, Product.id == Question.product_id, isouter=True)
        .join(
            accepted,
            (accepted.question_id == Question.id) & accepted.accepted_at.is_not(None) & accepted.deleted_at.is_(None),
            isouter=True,
        )
        .where(Question.created_at >= start, Question.created_at < end, Question.deleted_at.is_(None))
        .where(Question.author_id.is_(None) | asker.customer_id.is_not(None))
        .order_by(Question.created_at.desc(), Question.id.desc())
        .limit(MOST)
    )  # fmt: skip
    return columns([tuple(row) for row in session.execute(statement)])


def columns(rows: list[tuple[Any, ...]]) -> Asked:
    own: Mapping[int, tuple[Any, ...]] = dict(enumerate(zip(*rows, strict=True))) if rows else {}
    customer, at, slugs, useful, solved, by_member = (own.get(n, ()) for n in range(6))
    return Asked(
        np.array([GONE if key is None else key for key in customer], np.int64), moments(at), coded(slugs),
        moments(useful), moments(solved), np.array(by_member, np.bool_),
    )  # fmt: skip


def moments(values: tuple[datetime | None, ...]) -> Ints:
    return np.array([NEVER if value is None else micros(value) for value in values], np.int64)
