"""Issues reports: of each week and month by itself, and of a period that somebody ordered. Each once, and frozen.

What it counted never changes. It keeps the places of its quotes in texts, and a text that is deleted takes them along.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

import config
from community import outbox
from community.models import Mention, Product, Report, ReportQuote, Subscription, Verbatim
from mining import weeks
from mining.reports import heard_and_told
from mining.scope import told_by_other_periods
from mining.units import Units, alone
from mining.weeks import Period
from mining.weighing import keep_days

log = logging.getLogger(__name__)

PATIENCE = timedelta(hours=12)  # so long a period's report waits for texts that are not mined yet
MOST_PRODUCTS = 50  # with a report of their own
A_STATEMENT = 500
Stored = Callable[[Session, Report], None]
Step = Callable[[int], None]  # how many steps are done, of STEPS
STEPS = 3  # texts compared, counted, stored


@dataclass(frozen=True)
class Wanted:
    """A report to be issued; its key says which it is, whoever issues it."""

    kind: str
    key: str
    start: datetime
    end: datetime
    product: Product | None = None
    department: str | None = None


def silent(_step: int) -> None:
    """No progress."""


def zone() -> ZoneInfo:
    return ZoneInfo(config.settings()["REPORT_ZONE"])


def issue_due(units: Units, now: datetime) -> int:
    """Issue the reports of weeks and months that are over and have none yet; how many."""
    wanted = units.read(lambda session: due(session, now, zone()))
    return sum(issue(units, one, now) is not None for one in wanted)


def due(session: Session, now: datetime, of: ZoneInfo) -> list[Wanted]:
    """The oldest first. None of a time before anybody spoke, and none while its texts wait to be mined."""
    first = session.scalar(select(func.min(Verbatim.said_at)))
    over = [one for one in weeks.past(now, of) if first and first < one.end]
    products = followed(session) if over else {}
    wanted = sorted((one for period in over for one in scopes(period, over, products)), key=lambda one: one.end)
    issued = set(session.scalars(select(Report.key).where(Report.key.in_([one.key for one in wanted]))))
    missing = [one for one in wanted if one.key not in issued]
    return [one for one in missing if now > one.end + PATIENCE or not is_waiting(session, one)]


def scopes(period: Period, over: Sequence[Period], products: dict[str, list[Product]]) -> Iterator[Wanted]:
    """Of a period the report of all, and of the latest those of the products that somebody follows."""
    key = f"{period.kind}:{period.first}"
    yield Wanted(period.kind, key, period.start, period.end)
    if period == next(one for one in over if one.kind == period.kind):
        for product in products.get(period.kind, ()):
            yield Wanted(period.kind, f"{key}:product:{product.id}", period.start, period.end, product)


def followed(session: Session) -> dict[str, list[Product]]:
    """Weekly and monthly -> the products whose report somebody subscribed to."""
    rows = session.execute(
        select(Subscription.what, Product)
        .join(Product, Product.id == Subscription.product_id)
        .where(Subscription.what.in_(("weekly", "monthly")), Subscription.is_refused.is_(False))
        .distinct()
        .order_by(Product.id)
        .limit(2 * MOST_PRODUCTS)
    )
    found: dict[str, list[Product]] = {}
    for what, product in rows.tuples():
        found.setdefault(what, []).append(product)
    return found


def is_waiting(session: Session, wanted: Wanted) -> bool:
    """Whether a text of its period has not been mined at all."""
    said_then = (Verbatim.said_at >= wanted.start) & (Verbatim.said_at < wanted.end)
    return bool(session.scalar(select(exists().where(Verbatim.mined_revision.is_(None), said_then))))


def issue(units: Units, wanted: Wanted, now: datetime, done: Step = silent, also: Stored | None = None) -> int | None:
    """Compute the report and store it, with `also` in the same transaction; None when it had been issued before."""
    keep_days(units, wanted.start, wanted.end)
    done(1)
    content = units.read(lambda session: content_of(session, wanted))
    done(2)

    def store(session: Session) -> int | None:
        alone(session, "report")
        if session.scalar(select(Report.id).where(Report.key == wanted.key)):
            return None
        report = frozen(session, wanted, content, now)
        outbox.record(session, "report.issued", report.id, None, now)
        if also:
            also(session, report)
        return report.id

    key = units.write(store)
    if key:
        log.info("report %d issued: %s", key, wanted.key)
    return key


def content_of(session: Session, wanted: Wanted) -> dict[str, Any]:
    """What the report found, with all names as they are now."""
    least, product = config.settings()["K_ANONYMITY"], wanted.product
    period = (wanted.start, wanted.end)
    hidden = told_by_other_periods(session, period, product.id if product else None, least)
    content = heard_and_told(session, *period, least, product.slug if product else None, hidden)[1]
    if wanted.department:
        content = of_department(content, wanted.department)
    slugs = {slug for theme in content["themes"].values() for slug in theme["products"]}
    slugs |= {product.slug} if product else set()
    rows = session.scalars(select(Product).where(Product.slug.in_(slugs)))
    names = {row.slug: {"name": row.name, "name_zh": row.name_zh} for row in rows}
    return content | {"products": names, "product": product.slug if product else None, "zone": zone().key}


def of_department(content: dict[str, Any], department: str) -> dict[str, Any]:
    """The report without the themes of others; the totals are everybody's."""
    themes = {key: theme for key, theme in content["themes"].items() if theme["department"] == department}
    found = content["knowledge"]
    knowledge = {
        name: [row for row in rows if str(row["theme"]) in themes] if isinstance(rows, list) else rows
        for name, rows in found.items()
    }
    ranked = {kind: [key for key in ids if str(key) in themes] for kind, ids in content["ranked"].items()}
    return content | {"themes": themes, "ranked": ranked, "knowledge": knowledge}


def frozen(session: Session, wanted: Wanted, content: dict[str, Any], now: datetime) -> Report:
    """The stored report with the places of those of its quotes whose texts are still there."""
    quoted = places(session, [key for theme in content["themes"].values() for key in theme["quotes"]])
    themes = {
        key: theme | {"quotes": [quote for quote in theme["quotes"] if quote in quoted]}
        for key, theme in content["themes"].items()
    }
    report = Report(
        kind=wanted.kind, key=wanted.key, product_id=wanted.product.id if wanted.product else None,
        department=wanted.department, starts_at=wanted.start, ends_at=wanted.end, created_at=now.astimezone(UTC),
        content=content | {"themes": themes},
    )  # fmt: skip
    session.add(report)
    session.flush()
    for row in quoted.values():
        row.report_id = report.id
    session.add_all(quoted.values())
    session.flush()
    return report


def places(session: Session, mentions: Sequence[int]) -> dict[int, ReportQuote]:
    """Mention id -> where it stands, of those that still do."""
    found = {}
    for at in range(0, len(mentions), A_STATEMENT):
        rows = select(Mention, Verbatim.text_hash).join(Verbatim, Verbatim.id == Mention.verbatim_id)
        for row, text_hash in session.execute(rows.where(Mention.id.in_(mentions[at : at + A_STATEMENT]))).tuples():
            found[row.id] = ReportQuote(
                mention=row.id, verbatim_id=row.verbatim_id, text_hash=text_hash, start=row.start, end=row.end,
                sentiment=row.sentiment, score=row.score, intent=row.intent,
            )  # fmt: skip
    return found
