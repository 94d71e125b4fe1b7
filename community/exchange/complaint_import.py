"""Complaints from rows to tables, a batch at a time: each batch is one transaction, so a kill loses at most one.

Idempotent by (channel, external_id); the caller commits each batch.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from community import outbox, verbatims
from community.batches import batches
from community.errors import Invalid
from community.exchange.complaint_rows import ComplaintRow, Refused
from community.exchange.recognising import Contact, recognise_many
from community.exchange.reporting import Tally
from community.exchange.values import slug_of
from community.models import Complaint, Product
from community.recognition import normal_address

BATCH = 500  # rows of one transaction
ANONYMOUS = "Anonymous"


class ComplaintImport:
    """Stores the settings of one import; `run` does it and leaves the counts in `tally`."""

    def __init__(self, session: Session, channel: str, product_slug: str | None, now: datetime, is_dry_run: bool):
        self.session, self.channel, self.now, self.is_dry_run = session, channel, now, is_dry_run
        self.tally = Tally("rows")
        self.seen: set[str] = set()
        self.product_id = existing_product(session, product_slug).id if product_slug else None

    def run(self, rows: Iterable[ComplaintRow | Refused], limit: int | None = None) -> Iterator[int]:
        """Rows read so far, each time a batch is written and waits for the commit."""
        for batch in batches(islice(rows, limit), BATCH):
            complaints = [row for row in batch if self._is_complaint(row)]
            new = self._unknown([row for row in complaints if isinstance(row, ComplaintRow)])
            if new and not self.is_dry_run:
                self._write(new)
            self.tally.read += len(batch)
            self.tally.imported += len(new)
            yield self.tally.read

    def _is_complaint(self, row: ComplaintRow | Refused) -> bool:
        if isinstance(row, ComplaintRow):
            return True
        if row.place:
            self.tally.error(row.place, row.reason)
        else:
            self.tally.skipped[row.reason] += 1
        return False

    def _unknown(self, rows: list[ComplaintRow]) -> list[ComplaintRow]:
        """Rows that neither the database nor an earlier line has."""
        known = set(self.session.scalars(
            select(Complaint.external_id).where(
                Complaint.channel == self.channel, Complaint.external_id.in_([row.external_id for row in rows])
            )
        ))  # fmt: skip
        new = []
        for row in rows:
            if row.external_id in self.seen:
                self.tally.skipped["external_id of an earlier row"] += 1
            elif row.external_id in known:
                self.tally.already += 1
            else:
                new.append(row)
            self.seen.add(row.external_id)
        return new

    def _write(self, rows: list[ComplaintRow]) -> None:
        products = products_named(self.session, {row.product for row in rows if row.product})
        customers = recognise_many(self.session, self.channel, self._contacts(rows), self.now)
        complaints = [self._complaint(row, customers[self._address(row)], products.get(row.product)) for row in rows]
        self.session.add_all(complaints)
        self.session.flush()
        with self.session.no_autoflush:  # nothing below is read back; one flush at the end is ten times faster
            for complaint in complaints:
                verbatims.of_complaint(self.session, complaint, self.now)
                outbox.record(self.session, "complaint.opened", complaint.id, None, self.now, imported=True)
        self.session.flush()

    def _complaint(self, row: ComplaintRow, customer_id: int, product: Product | None) -> Complaint:
        return Complaint(
            customer_id=customer_id, channel=self.channel, external_id=row.external_id, subject=row.subject,
            body=row.body, product_id=product.id if product else self.product_id, status=row.status,
            created_at=row.created_at,
        )  # fmt: skip

    def _contacts(self, rows: list[ComplaintRow]) -> dict[str, Contact]:
        contacts: dict[str, Contact] = {}
        for row in sorted(rows, key=lambda row: row.created_at, reverse=True):  # so the oldest stays
            name = row.name or (row.address or ANONYMOUS)
            contacts[self._address(row)] = Contact(name, row.created_at, row.city)
        return contacts

    def _address(self, row: ComplaintRow) -> str:
        """Rows that name no address are one anonymous customer each, who is never mistaken for a known one."""
        return normal_address(self.channel, row.address) if row.address else f"anonymous:{row.external_id}"


def existing_product(session: Session, slug: str) -> Product:
    """The product of this slug. Raises Invalid and names those that there are."""
    products = {product.slug: product for product in session.scalars(select(Product).order_by(Product.slug))}
    if slug not in products:
        raise Invalid(f'no product "{slug}"; products are {", ".join(products) or "none yet"}')
    return products[slug]


def products_named(session: Session, names: set[str]) -> dict[str, Product]:
    """The product of each name, found by slug or name, or made now."""
    products: dict[str, Product] = {}
    for product in session.scalars(select(Product)) if names else ():
        for name in (product.slug, product.name, product.name_zh):
            products.setdefault((name or product.slug).casefold(), product)
    found: dict[str, Product] = {}
    for name in sorted(names):
        slug = slug_of(name) or "other"
        product = products.get(name.casefold()) or products.get(slug) or Product(slug=slug, name=name[:120])
        products.setdefault(slug, product)
        found[name] = product
    session.add_all(found.values())
    session.flush()
    return found
