"""Tells those who raised a theme what became of it: once each, whoever is killed, and however often it is delivered.

One transaction holds what a person hears and that they heard it. Who is to hear stands in the tellings that publishing
made; what they allow is looked at again at that moment.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import mail, outbox
from community.complaints import publishing, sending
from community.db import writing
from community.inserting import insert_missing
from community.models import Account, Complaint, Event, Notification, Outcome, Telling
from community.notifications.service import note_mailed
from community.outcomes import audience, words
from community.outcomes.audience import Heard, Raiser

log = logging.getLogger(__name__)

A_UNIT = 10  # people told in one transaction: others write in between
AT_ONCE = 300  # people told for one event; then another event goes on, so that nothing else waits behind


def tell_of_outcomes(session: Session, events: Sequence[Event]) -> None:
    """Tell who still waits: a reaction."""
    for outcome_id in dict.fromkeys(event.subject_id for event in events):
        tell_all(session, outcome_id)


def go_on(session: Session, events: Sequence[Event]) -> None:
    """A withdrawn outcome may have been brought back: whoever was not told before it was withdrawn hears now."""
    themes = {event.subject_id for event in events}
    waiting = select(Telling.id).where(
        Telling.outcome_id == Outcome.id, Telling.told_at.is_(None), Telling.left_out.is_(None)
    )
    rows = select(Outcome.id).where(Outcome.theme_id.in_(themes), Outcome.state == "published", waiting.exists())
    for outcome_id in session.scalars(rows).all():
        tell_all(session, outcome_id)


def tell_all(session: Session, outcome_id: int) -> int:
    """Unit after unit; one person who cannot be told does not keep the others from hearing. How many were told.

    Raises the first error at the end, so that the outbox tries again later.
    """
    told, looked_at, first_error = 0, 0, None
    failed: set[int] = set()
    size = A_UNIT
    while looked_at < AT_ONCE:
        try:
            count, done = tell_some(session, outcome_id, size, failed)
        except Exception as error:
            session.rollback()
            log.warning("outcome %d: telling %d failed", outcome_id, size, exc_info=True)
            first_error = first_error or error
            if size == 1:
                failed.add(next_waiting(session, outcome_id, failed))
            size = 1
            continue
        told, looked_at = told + done, looked_at + count
        if not count:
            break
    else:
        go_on_later(session, outcome_id)
    log.info("outcome %d: %d told", outcome_id, told)
    if first_error:
        raise first_error
    return told


def next_waiting(session: Session, outcome_id: int, failed: set[int]) -> int:
    key = session.scalar(waiting(outcome_id, failed).with_only_columns(Telling.id).limit(1)) or 0
    session.rollback()
    return key


def waiting(outcome_id: int, failed: set[int]):  # type: ignore[no-untyped-def]
    return (
        select(Telling)
        .where(
            Telling.outcome_id == outcome_id, Telling.told_at.is_(None), Telling.left_out.is_(None),
            Telling.id.not_in(failed),
        )
        .order_by(Telling.id)
    )  # fmt: skip


def tell_some(session: Session, outcome_id: int, most: int, failed: set[int]) -> tuple[int, int]:
    """One transaction: how many were looked at, and how many of them were told."""
    session.rollback()
    now = datetime.now(UTC)
    with writing():
        outcome = session.scalar(
            select(Outcome).where(Outcome.id == outcome_id, Outcome.state == "published").with_for_update(read=True)
        )
        if outcome is None:  # withdrawn
            session.rollback()
            return 0, 0
        rows = list(session.scalars(waiting(outcome_id, failed).limit(most).with_for_update(skip_locked=True)))
        heard = judged_again(session, outcome, rows, now)
        for row in rows:
            one = heard[row.customer_id]
            if one.left_out:
                row.left_out = one.left_out
            else:
                tell(session, outcome, row, one, now)
                row.told_at = now
        count = (len(rows), sum(row.told_at is not None for row in rows))
        session.commit()
    return count


def judged_again(session: Session, outcome: Outcome, rows: Sequence[Telling], now: datetime) -> dict[int, Heard]:
    told = audience.told_lately(session, audience.family(session, outcome.theme_id), now, outcome.id)
    people = [Raiser(row.customer_id, row.way, row.complaint_id) for row in rows]
    return {one.raiser.customer_id: one for one in audience.judged(session, people, told)} if people else {}


def tell(session: Session, outcome: Outcome, row: Telling, one: Heard, now: datetime) -> None:
    account = session.get(Account, one.account_id) if one.account_id else None
    if row.way == "case":
        tell_on_case(session, outcome, row, one, account, now)
    elif account:
        is_new = notify(session, outcome, account, None, one.how == "mail", now)
        if is_new and one.how == "mail":
            mail.queue_all(session, [words.letter(outcome, account)], now)


def tell_on_case(
    session: Session, outcome: Outcome, row: Telling, one: Heard, account: Account | None, now: datetime
) -> None:  # fmt: skip
    """A notice on the case, and its mail in the thread of the case; beside it a notification for who has an account."""
    found = case_of(session, row.complaint_id)
    if found is None:
        return
    _to, reader = sending.address_of(session, found)
    if account and not notify(session, outcome, account, found.id, one.how == "mail", now):
        return
    stop, headers = words.case_headers(row.customer_id, account)
    with force_locale(sending.language_of(session, found, reader)):
        publishing.tell(
            session, found, words.notice(outcome), now, is_mailed=one.how == "mail", headers=headers,
            links=[(_("Stop mails like this one"), stop)],
        )  # fmt: skip


def case_of(session: Session, complaint_id: int | None) -> Complaint | None:
    """The case, or the one that it was merged into."""
    found = session.get(Complaint, complaint_id) if complaint_id else None
    for _step in range(10):
        if found is None or found.merged_into_id is None:
            break
        found = session.get(Complaint, found.merged_into_id)
    return found


def notify(
    session: Session, outcome: Outcome, account: Account, complaint_id: int | None, is_mailed: bool, now: datetime
) -> bool:  # fmt: skip
    """Whether the account has not heard of this outcome before: one person may be two customers."""
    row = {
        "account_id": account.id, "kind": words.KIND, "outcome_id": outcome.id, "created_at": now,
        "details": words.details(outcome, complaint_id),
    }  # fmt: skip
    new = insert_missing(session, Notification, [row], Notification.id)
    if new and is_mailed:
        note_mailed(session, [new[0].id], now)
    return bool(new)


def go_on_later(session: Session, outcome_id: int) -> None:
    session.rollback()
    with writing():
        outbox.record(session, "outcome.published", outcome_id, None, datetime.now(UTC))
        session.commit()
