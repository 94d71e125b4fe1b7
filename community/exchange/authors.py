"""The accounts behind the posts of a Stack Exchange dump: known by external id, made where they are missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.exchange.dump import Dump, Row, moment, row_id
from community.exchange.recognising import Contact, recognise_many
from community.models import Account
from community.names import free_handles

LONGEST_NAME = 80  # characters, as the column has it


@dataclass(frozen=True, slots=True)
class Author:
    """Whom a row names: by number, or by nothing but a name."""

    external_id: str
    name: str
    since: datetime


def user_of(row: Row, dump: Dump, now: datetime) -> Author:
    """The author that a row of Users.xml describes. Raises Invalid."""
    number = row_id(row)
    name = _name(row.get("DisplayName", "")) or f"user{number}"
    return Author(dump.key(number), name, moment(row, "CreationDate", now))


def author_of(row: Row, number: str, name: str, dump: Dump, now: datetime) -> Author | None:
    """The author of a post, comment or vote; None where the dump keeps no trace. Raises Invalid."""
    shown, since = _name(row.get(name, "")), moment(row, "CreationDate", now)
    if row.get(number):
        user_id = row_id(row, number)
        return Author(dump.key(user_id), shown or f"user{user_id}", since)
    return Author(dump.key(f"name-{shown.casefold()}"), shown, since) if shown else None


def accounts_of(session: Session, authors: Iterable[Author], now: datetime) -> tuple[dict[str, Account], int]:
    """Accounts by external id, and how many of them were made now. Nobody can sign in to a new one."""
    wanted: dict[str, Author] = {}
    for author in authors:
        earlier = wanted.setdefault(author.external_id, author)
        if author.since < earlier.since:
            wanted[author.external_id] = author
    known = session.scalars(select(Account).where(Account.external_id.in_(wanted)))
    accounts = {str(account.external_id): account for account in known}
    missing = {key: author for key, author in wanted.items() if key not in accounts}
    handles = free_handles(session, [author.name for author in missing.values()])
    pairs = zip(missing.items(), handles, strict=True)
    new = {key: _account(author, handle) for (key, author), handle in pairs}
    session.add_all(new.values())
    session.flush()
    return accounts | new, len(new)


def make_customers(session: Session, accounts: Iterable[Account], now: datetime) -> None:
    """Those of the accounts that are no customer's yet become one: `recognition.customer_of` for many at once."""
    strangers = {
        str(account.id): account for account in accounts if account.customer_id is None and not account.is_staff
    }
    contacts = {address: Contact(account.name, account.created_at) for address, account in strangers.items()}
    for address, customer_id in recognise_many(session, "forum", contacts, now).items():
        strangers[address].customer_id = customer_id
    session.flush()


def _account(author: Author, handle: str) -> Account:
    """Profiled like every contact that the company brings in: for an import, the company answers for the consents."""
    return Account(
        email=None, name=author.name, handle=handle, password=None, active=False, fs_uniquifier=uuid4().hex,
        created_at=author.since, confirmed_at=author.since, may_profile=True, external_id=author.external_id, roles=[],
    )  # fmt: skip


def _name(text: str) -> str:
    return " ".join(text.split())[:LONGEST_NAME]
