"""What an agent types to find a case: a name, an address, its number, words of what was said."""

from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from community.models import Complaint, Customer, Identity, Message, Note
from community.web.urls import row_number

LONGEST = 200  # characters
MOST_WORDS = 6


def holding(typed: str) -> list[ColumnElement[bool]]:
    """One condition a word: it stands in the case, its conversation, its notes, or with its customer; as a part of a
    word too, which finds Chinese and half a number."""
    return [_holding_one(word) for word in typed[:LONGEST].split()[:MOST_WORDS]]


def _holding_one(word: str) -> ColumnElement[bool]:
    def holds(column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return column.icontains(word, autoescape=True)

    said = select(Message.complaint_id).where(holds(Message.body))
    noted = select(Note.complaint_id).where(holds(Note.body))
    named = select(Customer.id).where(holds(Customer.name))
    reached = select(Identity.customer_id).where(holds(Identity.address))
    ways = [
        holds(Complaint.subject), holds(Complaint.body), holds(Complaint.mail_address),
        Complaint.external_id == word, Complaint.id.in_(said), Complaint.id.in_(noted),
        Complaint.customer_id.in_(named), Complaint.customer_id.in_(reached),
    ]  # fmt: skip
    number = row_number(word.lstrip("#"))
    return or_(*ways, Complaint.id == number) if number else or_(*ways)
