"""The customers behind many addresses of one channel at once; `community.recognition` does the same for one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Customer, Identity
from community.recognition import refusing


@dataclass(frozen=True, slots=True)
class Contact:
    """What an import knows of the person behind an address."""

    name: str
    first_at: datetime
    city: str = ""


def recognise_many(session: Session, channel: str, contacts: Mapping[str, Contact], now: datetime) -> dict[str, int]:
    """The id of the customer at each normalised address, made now if it is new: a few statements for all.

    A customer is known since the first contact, so an older one than any before moves `created_at` back.
    Ids and not rows, lest each later update of one customer look through all of them in the session.
    """
    known = select(Identity.address, Customer).join(Customer, Customer.id == Identity.customer_id)
    known = known.where(Identity.channel == channel, Identity.address.in_(contacts))
    customers: dict[str, Customer] = {row.address: row.Customer for row in session.execute(known)}
    for address, customer in customers.items():
        customer.created_at = min(customer.created_at, contacts[address].first_at)
        customer.city = customer.city or contacts[address].city or None
    strangers = {address: contact for address, contact in contacts.items() if address not in customers}
    refused = refusing(session, strangers) if channel == "email" else set()
    new = {
        address: _customer(address, contact, now, is_profiled=address not in refused)
        for address, contact in strangers.items()
    }
    session.add_all(new.values())
    session.flush()
    session.add_all(
        Identity(customer_id=customer.id, channel=channel, address=address) for address, customer in new.items()
    )
    return {address: customer.id for address, customer in (customers | new).items()}


def _customer(address: str, contact: Contact, now: datetime, is_profiled: bool) -> Customer:
    return Customer(
        name=contact.name[:120] or address[:120], city=contact.city or None,
        created_at=min(contact.first_at, now), changed_at=now, is_profiled=is_profiled,
    )  # fmt: skip
