"""Who is it: the customer behind an address of a channel. Every feature that receives a contact asks here."""

import re
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from community.models import CHANNELS, Account, Customer, Identity


def normal_address(channel: str, address: str) -> str:
    """The same person's address written one way: e-mail in lower case, telephone digits only, the rest trimmed."""
    address = " ".join(address.split())
    if channel == "phone":
        return (re.sub(r"[^\d+]", "", address) or address)[:255]
    if "@" in address[1:]:
        return address.casefold()[:255]
    return address[:255]


def recognise(
    session: Session, channel: str, address: str, name: str, now: datetime, is_profiled: bool | None = None
) -> Customer:
    """The customer with this address, made now if it is new.

    A new one is profiled as `is_profiled` says, else unless an account with this e-mail address does not consent.
    """
    normal = normal_address(channel, address)
    found = session.scalar(
        select(Customer).join(Identity).where(Identity.channel == channel, Identity.address == normal)
    )
    if found:
        return found
    if is_profiled is None:
        is_profiled = not refusing(session, [normal])
    customer = Customer(name=name[:120] or normal[:120], is_profiled=is_profiled, created_at=now, changed_at=now)
    session.add(customer)
    session.flush()
    session.add(Identity(customer_id=customer.id, channel=channel, address=normal))
    session.flush()
    return customer


def customer_of(session: Session, account: Account, now: datetime) -> Customer | None:
    """The customer whose account this is, made now if it is a customer's first act; None for staff."""
    if account.is_staff:
        return None
    if account.customer_id is not None:
        return session.get(Customer, account.customer_id)
    customer = recognise(session, "forum", str(account.id), account.name, now, account.may_profile)
    account.customer_id = customer.id
    return customer


def refusing(session: Session, addresses: Collection[str]) -> set[str]:
    """Those of the normalised addresses that belong to an account which does not consent to a profile."""
    emails = [address for address in addresses if "@" in address[1:]]
    if not emails:
        return set()
    rows = select(Account.email).where(
        func.lower(Account.email).in_(emails), Account.confirmed_at.is_not(None), Account.may_profile.is_(False)
    )
    return {normal_address("email", email) for email in session.scalars(rows) if email}


def own_customers(session: Session, account: Account) -> list[int]:
    """Ids of the customers that this person is: the one their account belongs to comes first.

    Behind it come those known by their confirmed e-mail address alone, whom nobody has joined to the first.
    """
    own = [account.customer_id] if account.customer_id is not None else []
    if account.email and account.confirmed_at:
        other = aliased(Account)
        rows = select(Identity.customer_id).where(
            Identity.channel.in_(CHANNELS), Identity.address == normal_address("email", account.email),
            ~select(other.id).where(other.customer_id == Identity.customer_id, other.id != account.id).exists(),
        ).order_by(Identity.customer_id)  # fmt: skip
        own += session.scalars(rows)
    return list(dict.fromkeys(own))
