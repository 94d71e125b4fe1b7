"""Days on which somebody came to read, of those who consent to that being noted: one contact a day, no pages.

A page view costs a look into the cookie. Once a day it costs one write, on a connection of its own that does not wait:
when the database is busy, the next page tries again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from flask import Flask, Response, request, session
from flask_security import current_user
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from community.db import BUSY_TIMEOUT_MS, db, is_busy, writing
from community.models import Account, Interaction
from community.recognition import customer_of

WAIT_MS = 25  # of a page for another writer, once a day
NOTED = "visited"  # in the cookie: the day that was noted


def register(app: Flask) -> None:
    app.after_request(on_page)


def on_page(response: Response) -> Response:
    """Note the day's first page of a person who consents; whatever happens, the page goes out as it is."""
    if request.method != "GET" or response.status_code != 200 or response.mimetype != "text/html":
        return response
    if "sign_in" not in session or not current_user.is_authenticated or not current_user.may_observe:
        return response
    now = datetime.now(UTC)
    today = now.date().isoformat()
    if session.get(NOTED) != f"{current_user.id} {today}" and note(current_user.id, now):
        session[NOTED] = f"{current_user.id} {today}"
    return response


def note(account_id: int, now: datetime) -> bool:
    """Write the visit unless this day has one already; False when the database was busy."""
    return is_written(lambda own: visit(own, account_id, now))


def is_written(work: Callable[[Session], None]) -> bool:
    """Do it in a unit of work of its own that waits for nobody; False, and nothing done, when the database is busy."""
    try:
        with writing(), impatient() as own:
            work(own)
            own.commit()
    except OperationalError as error:
        if not is_busy(error) and "lock timeout" not in str(error):
            raise
        return False
    return True


def visit(own: Session, account_id: int, now: datetime) -> None:
    """Not without consent, not of staff, and once a day whatever the number of browsers."""
    account = own.scalar(select(Account).where(Account.id == account_id).with_for_update(key_share=True))
    if account is None or not account.may_observe:
        return
    customer = customer_of(own, account, now)
    if customer is None:
        return
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    known = select(Interaction.id).where(
        Interaction.customer_id == customer.id, Interaction.at >= midnight, Interaction.reason == "visited"
    )
    if own.scalar(known.limit(1)) is None:
        own.add(Interaction(customer_id=customer.id, channel="forum", reason="visited", at=now))


@contextmanager
def impatient() -> Iterator[Session]:
    """A session on a connection of its own that gives up after WAIT_MS."""
    with db.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        driver = connection.connection.driver_connection
        try:
            if is_sqlite:
                driver.be_patient(WAIT_MS)  # type: ignore[union-attr]
            with Session(connection) as own:
                if not is_sqlite:
                    own.execute(text(f"SET LOCAL lock_timeout = '{WAIT_MS}ms'"))
                yield own
        finally:
            if is_sqlite:
                driver.be_patient(BUSY_TIMEOUT_MS)  # type: ignore[union-attr]
