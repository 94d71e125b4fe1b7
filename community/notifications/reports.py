"""Tells those who subscribed that a report was issued: once each, under the bell and by mail."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.mail import Letter
from community.models import Account, Report, Role, Subscription
from community.notifications import letters, preferences
from community.notifications.alerts import MAY_READ, told
from community.notifications.service import may_mail

MOST = 500  # people told of one report
Departments = tuple[str, ...]  # whose themes somebody wants; none named: everybody's
Body = Callable[[str, Departments], dict[str, Any]]  # language and departments -> what the mail's template needs


def tell(session: Session, report: Report, details: dict[str, Any], body: Body, now: datetime) -> int:
    """How many were told now; who was told before is not told again. One mail each, however many subscriptions."""
    wanted = who_hears(session, report)
    readers = list(session.scalars(select(Account).where(Account.id.in_(wanted)).order_by(Account.id)))
    often = preferences.frequencies(session, [reader.id for reader in readers])
    key = report.id
    at_once = [reader for reader in readers if may_mail(reader) and often[reader.id]["report"] == "now"]
    written = {reader.id: letter(reader, key, details, body, wanted[reader.id]) for reader in at_once}
    rows: list[dict[str, Any]] = [
        {"account_id": reader.id, "kind": "report", "report_id": key, "details": details, "created_at": now}
        for reader in readers
    ]
    return told(session, rows, written, now)


def letter(reader: Account, key: int, details: dict[str, Any], body: Body, departments: Departments) -> Letter:
    language = letters.language_of(reader)
    facts = body(language, departments)
    return letters.from_template(reader, "report", "mail/report", details, facts, f"report:{key}:{reader.id}")


def who_hears(session: Session, report: Report) -> dict[int, Departments]:
    """Account id -> the departments that it wants, of those who subscribed and may read insights."""
    product = Subscription.product_id
    rows = session.execute(
        select(Subscription.account_id, Subscription.department)
        .join(Account, Account.id == Subscription.account_id)
        .where(
            Subscription.what == report.kind, Subscription.is_refused.is_(False), Account.active,
            product == report.product_id if report.product_id else product.is_(None),
            Account.roles.any(Role.name.in_(MAY_READ)),
        )
        .order_by(Subscription.account_id)
        .limit(MOST)
    )  # fmt: skip
    found: dict[int, set[str | None]] = defaultdict(set)
    for account_id, department in rows.tuples():
        found[account_id].add(department)
    return {key: () if None in names else tuple(sorted(filter(None, names))) for key, names in found.items()}
