"""A database of its own for a measurement, filled in bulk; nothing of it stays."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, insert, select
from sqlalchemy.orm import Session, sessionmaker

from community.db import Base
from community.models import Complaint, Customer, Verbatim
from mining.units import Units

NOW = datetime(2026, 1, 1, tzinfo=UTC)
A_CUSTOMER = 5  # texts


@contextmanager
def database() -> Iterator[Units]:
    """An empty database on disk, in SQLite as a small installation has it."""
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'bench.db'}")
        Base.metadata.create_all(engine)
        try:
            yield Units(sessionmaker(engine, expire_on_commit=False))
        finally:
            engine.dispose()


def tell(units: Units, texts: Sequence[str], first: int = 0) -> None:
    """Each text a complaint that waits to be mined, numbered from `first`."""
    units.write(lambda session: add(session, texts, first))


def add(session: Session, texts: Sequence[str], first: int) -> None:
    numbers = range(first + 1, first + 1 + len(texts))
    people = sorted({1 + number // A_CUSTOMER for number in numbers})
    known = set(
        session.scalars(select(Customer.id).where(Customer.id.in_(people[:1])))
    )  # the last one may have more to say
    said = [NOW + timedelta(minutes=number) for number in numbers]
    session.execute(insert(Customer), [
        {"id": key, "name": f"Customer {key}", "created_at": NOW, "changed_at": NOW} for key in people if key not in known
    ])  # fmt: skip
    session.execute(insert(Complaint), [
        {"id": number, "customer_id": 1 + number // A_CUSTOMER, "channel": "email", "subject": "", "body": text, "created_at": at}
        for number, text, at in zip(numbers, texts, said, strict=True)
    ])  # fmt: skip
    session.execute(insert(Verbatim), [
        {
            "id": number, "customer_id": 1 + number // A_CUSTOMER, "channel": "email", "complaint_id": number,
            "is_private": True, "text": text, "text_hash": hashlib.sha256(text.encode()).hexdigest()[:32], "said_at": at,
        }
        for number, text, at in zip(numbers, texts, said, strict=True)
    ])  # fmt: skip
