"""Reports of a period that somebody asks for: asked here, made by the worker."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.errors import Invalid, NotFound
from community.models import DEPARTMENTS, Account, Product, ReportOrder

MOST_DAYS = 366
EARLIEST = date(2000, 1, 1)  # before it nobody was listening
MOST_WAITING = 5  # of one person
SHOWN_FOR = timedelta(hours=1)  # one that could not be made stays in sight


def today(now: datetime) -> date:
    """The day it is where reports are made."""
    return now.astimezone(ZoneInfo(current_app.config["REPORT_ZONE"])).date()


def order(
    session: Session,
    first: date,
    last: date,
    product_id: int | None,
    department: str | None,
    by: Account,
    now: datetime,
) -> ReportOrder:
    """A report that the worker will make. Raises Invalid; the same that still waits is given back."""
    check(first, last, now)
    if department is not None and department not in DEPARTMENTS:
        raise Invalid(_("There is no such department."))
    if product_id is not None and not (0 < product_id < 2**31 and session.get(Product, product_id) is not None):
        raise Invalid(_("There is no such product."))
    wanted = {"first_day": first, "last_day": last, "product_id": product_id, "department": department}
    mine = (ReportOrder.account_id == by.id, ReportOrder.finished_at.is_(None))
    known = session.scalar(select(ReportOrder).where(*mine).filter_by(**wanted).limit(1))
    if known:
        return known
    if (session.scalar(select(func.count(ReportOrder.id)).where(*mine)) or 0) >= MOST_WAITING:
        raise Invalid(_("%(most)s of your reports are still being made. Wait for one of them.", most=MOST_WAITING))
    asked = ReportOrder(account_id=by.id, asked_at=now, **wanted)
    session.add(asked)
    session.flush()
    return asked


def check(first: date, last: date, now: datetime) -> None:
    """Raises Invalid."""
    if last < first:
        raise Invalid(_("The last day comes before the first."))
    if first < EARLIEST:
        raise Invalid(_("A report begins in 2000 at the earliest."))
    if last >= today(now):
        raise Invalid(_("A report is made of days that are over: the last day is yesterday at the latest."))
    if (last - first).days >= MOST_DAYS:
        raise Invalid(_("A report covers %(most)s days at most.", most=MOST_DAYS))


def parsed_day(text: str) -> date:
    """Raises Invalid."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(_("Give both days, as in 2026-01-31.")) from error


def asked(session: Session, order_id: int) -> ReportOrder:
    """Raises NotFound."""
    found = session.get(ReportOrder, order_id)
    if found is None:
        raise NotFound
    return found


def waiting(session: Session, now: datetime, most: int = 20) -> Sequence[ReportOrder]:
    """What is being made or waits, and what could not be made a while ago; the newest first."""
    lately = ReportOrder.report_id.is_(None) & (ReportOrder.finished_at > now - SHOWN_FOR)
    rows = select(ReportOrder).where(ReportOrder.finished_at.is_(None) | lately).order_by(ReportOrder.id.desc())
    return session.scalars(rows.limit(most)).all()


def products(session: Session) -> Sequence[Product]:
    return session.scalars(select(Product).order_by(Product.name).limit(500)).all()


def usual(now: datetime) -> tuple[date, date]:
    """What the form proposes: the last four weeks."""
    last = today(now.astimezone(UTC)) - timedelta(1)
    return last - timedelta(27), last
