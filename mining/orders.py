"""Makes the reports that somebody ordered: one at a time, the oldest first; one that a dead worker left is begun anew."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.models import Product, Report, ReportOrder
from mining.issuing import STEPS, Wanted, issue, zone
from mining.units import Units
from mining.weeks import Period

CLAIM = timedelta(minutes=10)  # a report takes seconds; of a year of millions of texts, minutes
MOST_ATTEMPTS = 3


def make_ordered(units: Units, now: datetime, most: int = 3) -> int:
    """Make up to so many of those that wait; how many were made."""
    made = 0
    for _ in range(most):
        order = units.write(lambda session: claim(session, now))
        if order is None:
            break
        wanted = units.read(lambda session, order=order: wanted_by(session, order))  # type: ignore[misc]
        make(units, order.id, wanted, now)
        made += 1
    return made


def claim(session: Session, now: datetime) -> ReportOrder | None:
    """The oldest that waits and that nobody makes; those that failed too often are given up. Commit at once."""
    waits = (ReportOrder.finished_at.is_(None), ReportOrder.claimed_until.is_(None) | (ReportOrder.claimed_until < now))
    session.execute(
        update(ReportOrder).where(*waits, ReportOrder.attempts >= MOST_ATTEMPTS).values(finished_at=now, error="failed")
    )
    rows = select(ReportOrder).where(*waits).order_by(ReportOrder.id).limit(1).with_for_update(skip_locked=True)
    order = session.scalar(rows)
    if order:
        order.claimed_until, order.attempts, order.step = now + CLAIM, order.attempts + 1, 0
        session.flush()
    return order


def wanted_by(session: Session, order: ReportOrder) -> Wanted:
    period = Period("chosen", order.first_day, order.last_day, zone())
    product = session.get(Product, order.product_id) if order.product_id else None
    return Wanted("chosen", f"order:{order.id}", period.start, period.end, product, order.department)


def make(units: Units, order_id: int, wanted: Wanted, now: datetime) -> None:
    def done(step: int) -> None:
        units.write(lambda session: note(session, order_id, step=step))

    def finish(session: Session, report: Report) -> None:
        note(session, order_id, step=STEPS, finished_at=datetime.now(UTC), report_id=report.id)

    issue(units, wanted, now, done, finish)


def note(session: Session, order_id: int, **values: object) -> None:
    session.execute(update(ReportOrder).where(ReportOrder.id == order_id).values(**values))
