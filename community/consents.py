"""What a person lets the company do with their data; each decision is kept, the newest holds, and it holds at once."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from community import verbatims
from community.errors import Invalid, NotAllowed
from community.models import CONSENTS, Account, Consent, Customer, Interaction, Profile, Signal
from community.recognition import own_customers


def set_consent(session: Session, account: Account, kind: str, is_given: bool, now: datetime) -> None:
    """Note the decision about `profiling` or `visits`, and let it take effect in this transaction.

    Raises Invalid for another kind, NotAllowed for staff.
    """
    if kind not in CONSENTS:
        raise Invalid(_("There is no such consent."))
    if is_given and account.is_staff:
        raise NotAllowed(_("No profile is made of staff, and their visits are not noted."))
    session.flush()
    session.refresh(account, ["may_profile", "may_observe"], with_for_update={"key_share": True})
    if is_given == current(account, kind) == newest(session, account, kind):
        return
    session.add(Consent(account_id=account.id, kind=kind, is_given=is_given, at=now))
    if kind == "profiling":
        account.may_profile = is_given
    else:
        account.may_observe = is_given
    session.flush()
    customers = own_customers(session, account)
    if kind == "profiling":
        _profile(session, customers, is_given, now)
    elif not is_given:
        _forget_visits(session, customers, now)


def current(account: Account, kind: str) -> bool:
    return account.may_profile if kind == "profiling" else account.may_observe


def newest(session: Session, account: Account, kind: str) -> bool | None:
    """The last decision; None when there was none yet."""
    rows = select(Consent.is_given).where(Consent.account_id == account.id, Consent.kind == kind)
    return session.scalar(rows.order_by(Consent.id.desc()).limit(1))


def _profile(session: Session, customers: Sequence[int], is_given: bool, now: datetime) -> None:
    """The customers first: a mining step that holds them ends before their signals are deleted."""
    session.execute(update(Customer).where(Customer.id.in_(customers)).values(is_profiled=is_given))
    if is_given:
        for customer_id in customers:
            verbatims.touch(session, customer_id, now)
        return
    session.execute(delete(Signal).where(Signal.customer_id.in_(customers)))
    session.execute(delete(Profile).where(Profile.customer_id.in_(customers)))


def _forget_visits(session: Session, customers: Sequence[int], now: datetime) -> None:
    visits = delete(Interaction).where(Interaction.customer_id.in_(customers), Interaction.reason == "visited")
    session.execute(visits)
    for customer_id in customers:
        verbatims.touch(session, customer_id, now)
