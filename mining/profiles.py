"""Customers' facts to signals and profiles, a batch of customers a transaction; only those whose facts changed."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from community.models import (
    UNRESOLVED,
    Account,
    Answer,
    Complaint,
    Customer,
    Interaction,
    Mention,
    Profile,
    Signal,
    Verbatim,
)  # fmt: skip
from mining import signals
from mining.signals import Facts, Said
from mining.units import Units

BATCH = 500
REMEMBERED = timedelta(days=365)
REFRESH = timedelta(days=1)  # signals fade: every profile is computed anew once a day
MOST_SAID = 200  # verbatims of one customer, newest first


def renew_profiles(units: Units, now: datetime, progress: Callable[[str, int, int], None]) -> int:
    """Compute signals and profiles of the customers that changed, or were not computed today; how many."""
    total = units.read(lambda session: count_stale(session, now))
    done = 0
    while done < total + BATCH:  # more may fall due meanwhile, but not for ever
        count = units.write(lambda session: renew_batch(session, now))
        if not count:
            break
        done += count
        progress("profiles", done, max(total, done))
    return done


def stale(now: datetime):  # type: ignore[no-untyped-def]
    """Customers whose profile falls due; of those who do not consent none is made, though their words are read."""
    is_due = or_(
        Profile.customer_id.is_(None),
        (Customer.changed_at > Profile.computed_at) & (Profile.computed_at < now),
        Profile.computed_at < now - REFRESH,
    )
    return Customer.is_profiled & is_due


def count_stale(session: Session, now: datetime) -> int:
    rows = select(func.count(Customer.id)).join(Profile, isouter=True).where(stale(now))
    return session.scalar(rows) or 0


def renew_batch(session: Session, now: datetime) -> int:
    rows = select(Customer.id, Customer.created_at).join(Profile, isouter=True).where(stale(now)).order_by(Customer.id)
    ours = rows.limit(BATCH).with_for_update(of=Customer, key_share=True, skip_locked=True)  # the rest are another's
    chosen = {row.id: row.created_at for row in session.execute(ours)}
    if not chosen:
        return 0
    facts = facts_of(session, chosen, now)
    noticed = {key: signals.notice(facts[key], now) for key in chosen}
    session.execute(delete(Signal).where(Signal.customer_id.in_(chosen)))
    session.execute(delete(Profile).where(Profile.customer_id.in_(chosen)))
    rows_of_signals = [
        {
            "customer_id": key, "kind": signal.kind, "weight": signal.weight, "at": signal.at,
            "mention_id": signal.mention_id, "complaint_id": signal.complaint_id, "post_id": signal.post_id,
        }
        for key, found in noticed.items()
        for signal in found
    ]  # fmt: skip
    if rows_of_signals:
        session.execute(insert(Signal), rows_of_signals)
    session.execute(insert(Profile), [profile_row(key, facts[key], noticed[key], now) for key in chosen])
    return len(chosen)


def profile_row(key: int, facts: Facts, found: Sequence[signals.Noticed], now: datetime) -> dict[str, object]:
    points = signals.loyalty(found)
    return {
        "customer_id": key, "loyalty": points, "level": signals.level(points), "stage": signals.stage(facts, now),
        "reasons": signals.reasons(found), "computed_at": now,
    }  # fmt: skip


def facts_of(session: Session, chosen: dict[int, datetime], now: datetime) -> dict[int, Facts]:
    said, unresolved = said_by(session, list(chosen), now), unresolved_of(session, list(chosen))
    helped, contacts = help_given(session, list(chosen), now), contacts_of(session, list(chosen), now)
    visits = contacts_of(session, list(chosen), now, are_visits=True)
    return {
        key: Facts(said[key], unresolved[key], helped[key], contacts[key], since, visits[key])
        for key, since in chosen.items()
    }


def said_by(session: Session, customers: list[int], now: datetime) -> dict[int, list[Said]]:
    """Each customer's latest mined verbatims with the mention of the strongest feeling (or that says they leave)."""
    newest = (
        select(
            Verbatim.id, Verbatim.customer_id, Verbatim.said_at, Verbatim.score, Verbatim.leaving,
            func.row_number().over(partition_by=Verbatim.customer_id, order_by=Verbatim.said_at.desc()).label("nth"),
        )
        .where(Verbatim.customer_id.in_(customers), Verbatim.score.is_not(None), Verbatim.said_at > now - REMEMBERED)
        .subquery()
    )  # fmt: skip
    strength = func.abs(Mention.score) + case((Mention.leaving, 2.0), else_=0.0)
    loudest = select(
        Mention.id, Mention.verbatim_id,
        func.row_number().over(partition_by=Mention.verbatim_id, order_by=(strength.desc(), Mention.start)).label("nth"),
    ).where(Mention.verbatim_id.in_(select(newest.c.id).where(newest.c.nth <= MOST_SAID))).subquery()  # fmt: skip
    rows = session.execute(
        select(newest.c.customer_id, newest.c.said_at, newest.c.score, newest.c.leaving, loudest.c.id)
        .join(loudest, (loudest.c.verbatim_id == newest.c.id) & (loudest.c.nth == 1), isouter=True)
        .where(newest.c.nth <= MOST_SAID)
        .order_by(newest.c.said_at, newest.c.id)
    )
    found: dict[int, list[Said]] = defaultdict(list)
    for customer_id, at, score, leaving, mention_id in rows:
        found[customer_id].append(Said(at, score, bool(leaving), mention_id))
    return found


def unresolved_of(session: Session, customers: list[int]) -> dict[int, list[tuple[int, datetime]]]:
    rows = session.execute(
        select(Complaint.customer_id, Complaint.id, Complaint.created_at).where(
            Complaint.customer_id.in_(customers), Complaint.status.in_(UNRESOLVED)
        )
    )
    found: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    for customer_id, key, at in rows:
        found[customer_id].append((key, at))
    return found


def help_given(session: Session, customers: list[int], now: datetime) -> dict[int, list[tuple[int, datetime, float]]]:
    """Answers that were accepted (2) or found helpful (half a point a vote, 2 at most)."""
    rows = session.execute(
        select(Account.customer_id, Answer.id, Answer.created_at, Answer.accepted_at, Answer.score)
        .join(Account, Account.id == Answer.author_id)
        .where(
            Account.customer_id.in_(customers), Answer.deleted_at.is_(None), Answer.created_at > now - REMEMBERED,
            or_(Answer.accepted_at.is_not(None), Answer.score > 0),
        )
    )  # fmt: skip
    found: dict[int, list[tuple[int, datetime, float]]] = defaultdict(list)
    for customer_id, key, at, accepted_at, score in rows:
        found[customer_id].append((key, at, (2.0 if accepted_at else 0.0) + min(2.0, 0.5 * max(score, 0))))
    return found


def contacts_of(
    session: Session, customers: list[int], now: datetime, are_visits: bool = False
) -> dict[int, list[datetime]]:
    """When they were in touch; or the days on which they only came to read, of those who consent to that being noted."""
    rows = session.execute(
        select(Interaction.customer_id, Interaction.at).where(
            Interaction.customer_id.in_(customers), Interaction.at > now - 2 * REMEMBERED,
            (Interaction.reason == "visited").is_(are_visits),
        )
    )  # fmt: skip
    found: dict[int, list[datetime]] = defaultdict(list)
    for customer_id, at in rows:
        found[customer_id].append(at)
    return found
