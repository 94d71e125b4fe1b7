"""Who is it: the customer behind an address of a channel. Every feature that receives a contact asks here."""

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Account, Customer, Identity


def normal_address(channel: str, address: str) -> str:
    """The same person's address written one way: e-mail in lower case, telephone digits only, the rest trimmed."""
    address = " ".join(address.split())
    if channel == "phone":
        return (re.sub(r"[^\d+]", "", address) or address)[:255]
    if "@" in address[1:]:
        return address.casefold()[:255]
    return address[:255]


def recognise(session: Session, channel: str, address: str, name: str, now: datetime) -> Customer:
    """The customer with this address, made now if it is new."""
    normal = normal_address(channel, address)
    found = session.scalar(
        select(Customer).join(Identity).where(Identity.channel == channel, Identity.address == normal)
    )
    if found:
        return found
    customer = Customer(name=name[:120] or normal[:120], created_at=now, changed_at=now)
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
    customer = recognise(session, "forum", str(account.id), account.name, now)
    account.customer_id = customer.id
    return customer
