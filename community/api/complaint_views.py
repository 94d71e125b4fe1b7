"""Complaints for programs: a customer's own, and what agents' programs bring in from elsewhere, each once."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.api import shapes
from community.api.blueprint import api, reads, writes
from community.api.caller import known_caller, writer
from community.api.sent import sent, text
from community.complaints import case_queries, service
from community.db import db
from community.errors import Invalid, NotAllowed, NotFound
from community.models import CHANNELS, Account, Complaint, Customer, Product
from community.recognition import customer_of, recognise

OF_AGENTS = ("channel", "external_id", "address", "name")
LONGEST_KEY = 120


@api.post("/complaints")
@writes
def complain() -> Response:
    """201 with the case; 200 with the one that is there already under this channel and external_id."""
    by, now = writer(), datetime.now(UTC)
    found = sent("subject", "body", "product", *OF_AGENTS)
    if not service.is_worker(by) and any(name in found for name in OF_AGENTS):
        raise NotAllowed(_("Only the programs of agents may complain for others."))
    channel, external_id = text(found, "channel", "api"), text(found, "external_id", "")
    if channel not in CHANNELS:
        raise Invalid(_("%(name)s is one of %(choices)s.", name="channel", choices=", ".join(CHANNELS)))
    if len(external_id) > LONGEST_KEY:
        raise Invalid(_("%(name)s is too long.", name="external_id"))
    known = select(Complaint).where(Complaint.channel == channel, Complaint.external_id == external_id)
    if external_id and (there := db.session.scalar(known)):
        return answered(there, 200)
    customer = whose(db.session(), found, channel, by, now)
    opened = service.open_complaint(
        db.session(), customer, text(found, "subject"), text(found, "body"), product_of(found), by, now,
        channel=channel if service.is_worker(by) else "api", external_id=external_id or None,
        address=text(found, "address", "") if channel == "email" else None,
    )  # fmt: skip
    db.session.commit()
    return answered(opened, 201)


@api.get("/complaints/<int:complaint_id>")
@reads
def show_complaint(complaint_id: int) -> Response:
    """For its customer and for agents."""
    by = known_caller().account
    found = case_queries.complaint(db.session(), complaint_id)
    if not service.is_worker(by) and (by.customer_id is None or by.customer_id != found.customer_id):
        raise NotFound
    return answered(found, 200)


def whose(session: Session, found: dict[str, Any], channel: str, by: Account, now: datetime) -> Customer:
    """The customer who complains: the caller, or whoever an agent's program names. Raises Invalid."""
    if not service.is_worker(by):
        customer = customer_of(session, by, now)
        if customer is None:
            raise NotAllowed(_("Staff accounts have no customer to complain for. Use a customer's account."))
        return customer
    address = text(found, "address", "").strip()
    if not address:
        raise Invalid(_("%(name)s says who complains: a mail address, a number.", name="address"))
    return recognise(session, channel, address, text(found, "name", "").strip() or address, now)


def product_of(found: dict[str, Any]) -> Product | None:
    """Raises Invalid for a product that is not there."""
    if not (slug := text(found, "product", "")):
        return None
    product = db.session.scalar(select(Product).where(Product.slug == slug))
    if product is None:
        raise Invalid(_("There is no such product: %(slug)s.", slug=slug[:80]))
    return product


def answered(row: Complaint, status: int) -> Response:
    shown = case_queries.complaint(db.session(), row.id)
    turns = case_queries.conversation(db.session(), [shown], False, datetime.now(UTC))
    response = jsonify(shapes.complaint(shown, [turn.row for turn in turns if turn.kind == "message"]))
    response.status_code = status
    return response
