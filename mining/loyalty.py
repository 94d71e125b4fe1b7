"""How loyal customers are, day by day: a row a day, since profiles themselves have no history."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from community.models import Customer, LoyaltyDay, Product, Profile, Verbatim
from mining.change import Change, around
from mining.figures import HIDDEN, Entry, entry
from mining.periods import EVERYTHING, Period
from mining.units import alone

SPOKE = timedelta(days=90)  # of a product, to count among its customers
SLACK = timedelta(days=3)  # a day that the worker missed is taken from before it


def day_of(session: Session, now: datetime) -> dict[str, dict[str, Any]]:
    """Product's slug, or EVERYTHING -> sums over its customers with a profile, as they stand now. Two statements."""
    rows = select(Profile.customer_id, Profile.loyalty, Profile.level).join(
        Customer, Customer.id == Profile.customer_id
    )
    people = {row.customer_id: (row.loyalty, row.level) for row in session.execute(rows.where(Customer.is_profiled))}
    spoke: dict[str, set[int]] = defaultdict(set, {EVERYTHING: set(people)})
    pairs = (
        select(Product.slug, Verbatim.customer_id)
        .join(Product, Product.id == Verbatim.product_id)
        .where(Verbatim.said_at >= now - SPOKE, Verbatim.said_at < now)
        .distinct()
    )
    for slug, customer in session.execute(pairs):
        if customer in people:
            spoke[slug].add(customer)
    return {slug: summed(people[customer] for customer in customers) for slug, customers in spoke.items()}


def summed(people: Iterable[tuple[int, str]]) -> dict[str, Any]:
    found = list(people)
    return {
        "customers": len(found), "sum": sum(loyalty for loyalty, _ in found),
        "squares": sum(loyalty**2 for loyalty, _ in found), "levels": dict(Counter(level for _, level in found)),
    }  # fmt: skip


def keep(session: Session, today: Mapping[str, Any], now: datetime) -> None:
    """In place of what was kept of this day."""
    day = now.astimezone(UTC).date()
    alone(session, "loyalty")
    session.execute(delete(LoyaltyDay).where(LoyaltyDay.day == day))
    session.add(LoyaltyDay(day=day, content=dict(today)))


def latest(session: Session, today: date) -> Mapping[str, Any]:
    """What was kept last, if that is not long ago."""
    row = select(LoyaltyDay.content).where(LoyaltyDay.day.between(today - SLACK, today)).order_by(LoyaltyDay.day.desc())
    return session.scalar(row.limit(1)) or {}


def history(session: Session, periods: Iterable[Period], today: date) -> dict[int, Mapping[str, Any]]:
    """Length of a period -> what was kept of the day it began on, or shortly before; none for those without. One statement."""
    starts = {one.days: one.start.astimezone(UTC).date() for one in periods}
    wanted = or_(*(LoyaltyDay.day.between(start - SLACK, start) for start in starts.values()))
    rows = dict(session.execute(select(LoyaltyDay.day, LoyaltyDay.content).where(wanted)).tuples().all())
    found = {}
    for days, start in starts.items():
        day = max((day for day in rows if start - SLACK <= day <= start), default=None)
        if day is not None and day < today:
            found[days] = rows[day]
    return found


def figure(now: Mapping[str, Any], before: Mapping[str, Any] | None, product: str, least: int) -> Entry:
    """Mean loyalty, now and when the period began."""
    ours, theirs = shown(now, product, least), shown(before or {}, product, least)
    if ours is None:
        return HIDDEN if now.get(product, {}).get("customers") else entry(None, "loyalty", 0)
    mean = ours["sum"] / ours["customers"]
    if theirs is None:
        return entry(mean, "loyalty", ours["customers"])
    old = theirs["sum"] / theirs["customers"]
    return entry(mean, "loyalty", ours["customers"], old, difference(ours, theirs))


def shown(day: Mapping[str, Any], product: str, least: int) -> Mapping[str, Any] | None:
    """The sums of a product, when enough stand behind them and behind all without them."""
    sums: Mapping[str, Any] | None = day.get(product)
    if not sums or sums["customers"] < max(2, least) or 0 < day[EVERYTHING]["customers"] - sums["customers"] < least:
        return None
    return sums


def difference(now: Mapping[str, Any], before: Mapping[str, Any]) -> Change:
    spread = sum(variance(sums) / sums["customers"] for sums in (now, before))
    sizes = min(now["customers"], before["customers"])
    means = (sums["sum"] / sums["customers"] for sums in (now, before))
    return around(next(means) - next(means), spread, sizes)


def variance(sums: Mapping[str, Any]) -> float:
    size = sums["customers"]
    return float((sums["squares"] - sums["sum"] ** 2 / size) / max(1, size - 1))
