"""The right to schedule: one worker holds it for a short while, renews it, and checks its token at each commit.

A worker that slept through its lease finds another's token and must not commit: that is the fence.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.models import Lease

LASTS = timedelta(seconds=20)


class LeaseLost(Exception):
    """Another worker holds the lease now; whatever was about to be committed must not be."""


def acquire(session: Session, name: str, holder: str, now: datetime) -> int | None:
    """The token if `holder` holds the lease now, newly or still; None while another does. Commit at once."""
    lease = session.scalar(select(Lease).where(Lease.name == name).with_for_update())
    if lease is None:
        session.add(Lease(name=name, holder=holder, token=1, expires_at=now + LASTS))
        session.flush()
        return 1
    if lease.holder != holder:
        if lease.expires_at > now:
            return None
        lease.holder, lease.token = holder, lease.token + 1
    elif lease.expires_at <= now:
        lease.token += 1
    lease.expires_at = now + LASTS
    session.flush()
    return lease.token


def fence(session: Session, name: str, token: int) -> None:
    """Check, in the transaction about to be committed, that the token is still the newest. Raises LeaseLost."""
    held = session.execute(
        update(Lease).where(Lease.name == name, Lease.token == token).values(token=token).returning(Lease.token)
    )
    if held.first() is None:
        raise LeaseLost(f"the lease {name!r} with token {token} was taken by another worker")


def release(session: Session, name: str, holder: str, now: datetime) -> None:
    """Give it up, so that a standing-by worker need not wait."""
    session.execute(update(Lease).where(Lease.name == name, Lease.holder == holder).values(expires_at=now))
