"""The demo: a small company's community of ninety days, read from the JSON files in `demo/`.

Days in the files are days before `now`. A person, a thread or a complaint that is there already is left alone as
a whole, so a second run adds nothing, whenever it runs.
"""

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from community import outbox, reputation, verbatims
from community.exchange import demo_cases
from community.exchange.demo_moderation import add_moderation, moderated
from community.exchange.demo_threads import add_thread
from community.models import Account, Complaint, Customer, Identity, Message, Product, Question, Role
from community.names import free_handle
from community.recognition import normal_address
from community.roles import ensure_roles

FILES = Path(__file__).with_name("demo")
LOCALES = {"en": "en", "zh-Hans": "zh_CN", "zh-Hant": "zh_CN"}
HANDLED = ("resolved", "closed")

Row = dict[str, Any]
People = dict[str, Account]


def load(session: Session, now: datetime, password_hash: str) -> Counter[str]:
    """How many rows of each kind were added: what the demo has and the database had not."""
    added: Counter[str] = Counter()
    roles = ensure_roles(session)
    products = _products(session, added)
    people = _people(session, roles, password_hash, now, added)
    for row in _missing(session, _rows("questions"), "key", select(Question.external_id)):
        added += add_thread(session, row, products[row["product"]], people, now)
    extras = demo_cases.extras()
    told = _rows("complaints") + fix()["complaints"] + _rows("lately")  # the last of them raise each kind of alert
    for row in _missing(session, told, "external_id", select(Complaint.external_id)):
        added += _complaint(session, row, products[row["product"]], people, now)
        opened = session.scalars(select(Complaint).order_by(Complaint.id.desc()).limit(1)).one()
        demo_cases.work_on(session, opened, extras["cases"].get(row["external_id"], {}), people, now)
    added += demo_cases.canned_replies(session, extras["canned"], now)
    if added:
        reputation.recount_all(session, now)
    return added + add_moderation(session, people, now)


def fix() -> Row:
    """The invented fix of one story: what its customers say since, and what the company tells them."""
    found: Row = json.loads((FILES / "fix.json").read_text(encoding="utf-8"))
    return found


def _rows(name: str) -> list[Row]:
    rows: list[Row] = json.loads((FILES / f"{name}.json").read_text(encoding="utf-8"))
    return rows


def _missing(session: Session, rows: list[Row], key: str, external_ids: Any) -> list[Row]:
    known = set(session.scalars(external_ids))
    return [row for row in rows if f"demo:{row[key]}" not in known]


def _products(session: Session, added: Counter[str]) -> dict[str, Product]:
    products = {product.slug: product for product in session.scalars(select(Product))}
    for row in _rows("products"):
        if row["slug"] not in products:
            products[row["slug"]] = Product(**row)
            session.add(products[row["slug"]])
            added["products"] += 1
    session.flush()
    return products


def _people(session: Session, roles: dict[str, Role], password_hash: str, now: datetime, added: Counter[str]) -> People:
    """All accounts of the demo by key: customers and staff."""
    people: People = {}
    first_day: Row = {"joined_day": 90.0, "roles": ["customer"]}
    for row in _rows("people") + _rows("staff") + [moderated()["person"]]:
        row = first_day | row
        # by either: the e-mail address may have been changed since, or belong to an account made by hand
        known = or_(Account.external_id == f"demo:{row['key']}", Account.email == row["email"])
        account = session.scalar(select(Account).where(known))
        if account is None:
            account = _account(session, row, [roles[name] for name in row["roles"]], password_hash, now)
            added["accounts"] += 1
            if "value" in row:
                _customer(session, row, account, now)
                added["customers"] += 1
        people[row["key"]] = account
    return people


def _account(session: Session, row: Row, roles: list[Role], password_hash: str, now: datetime) -> Account:
    account = Account(
        email=row["email"], name=row["name"], password=password_hash, active=True, fs_uniquifier=uuid4().hex,
        locale=LOCALES[row["language"]], created_at=now - timedelta(days=row["joined_day"]),
        confirmed_at=now - timedelta(days=row["joined_day"]), handle=free_handle(session, row["name"]),
        external_id=f"demo:{row['key']}", roles=roles,
    )  # fmt: skip
    account.may_profile = not account.is_staff
    session.add(account)
    session.flush()
    return account


def _customer(session: Session, row: Row, account: Account, now: datetime) -> None:
    customer = Customer(
        name=row["name"], value=row["value"], city=row["city"], created_at=account.created_at, changed_at=now
    )
    session.add(customer)
    session.flush()
    account.customer_id = customer.id
    addresses = [(one["channel"], one["address"]) for one in row["identities"]] + [("forum", str(account.id))]
    for channel, address in addresses:
        address = normal_address(channel, address)
        session.add(Identity(customer_id=customer.id, channel=channel, address=address))
    session.flush()


def _complaint(session: Session, row: Row, product: Product, people: People, now: datetime) -> Counter[str]:
    opened_at = now - timedelta(days=row["day"])
    customer_id = people[row["by"]].customer_id
    assert customer_id is not None
    complaint = Complaint(
        customer_id=customer_id, channel=row["channel"], external_id=f"demo:{row['external_id']}",
        subject=row["subject"], body=row["body"], product_id=product.id, status=row["status"],
        assignee_id=_assignee_id(row, people), created_at=opened_at, resolved_at=_resolved_at(row, opened_at, now),
    )  # fmt: skip
    session.add(complaint)
    session.flush()
    verbatims.of_complaint(session, complaint, now)
    outbox.record(session, "complaint.opened", complaint.id, people[row["by"]], now, imported=True)
    _replies(session, complaint, row, people, now)
    return Counter(complaints=1, replies=len(row["replies"]))


def _replies(session: Session, complaint: Complaint, row: Row, people: People, now: datetime) -> None:
    messages = [
        Message(
            complaint_id=complaint.id, author_id=people[reply["by"]].id, from_customer=reply["by"] == row["by"],
            body=reply["body"], created_at=min(complaint.created_at + timedelta(hours=reply["after_hours"]), now),
        )
        for reply in row["replies"]
    ]  # fmt: skip
    session.add_all(messages)
    session.flush()
    for message in messages:
        verbatims.of_message(session, complaint, message, now)


def _assignee_id(row: Row, people: People) -> int | None:
    """The first of the staff who replied works the case."""
    return next((people[reply["by"]].id for reply in row["replies"] if reply["by"] != row["by"]), None)


def _resolved_at(row: Row, opened_at: datetime, now: datetime) -> datetime | None:
    """An hour after the last word; a case without replies is closed within the day."""
    if row["status"] not in HANDLED:
        return None
    last = max((reply["after_hours"] for reply in row["replies"]), default=23.0)
    return min(opened_at + timedelta(hours=last + 1), now)
