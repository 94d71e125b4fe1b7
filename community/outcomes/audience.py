"""Who raised a theme, and how each of them would hear what became of it: or why not. Reads only.

A person who spoke of it in the forum hears in the forum, one who complained hears on the case: where they spoke last.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from community.batches import batches
from community.models import (
    Account,
    Complaint,
    Customer,
    Identity,
    Mention,
    Message,
    Outcome,
    Telling,
    Theme,
    Topic,
    Verbatim,
)
from community.notifications import preferences

RAISING = ("problem", "suggestion")  # who praised or asked did not raise it
MOST = 50_000  # people of one outcome
LATELY = timedelta(days=30)  # two themes that were merged, or an outcome written anew, are not told to one person twice
KIND = "outcome"


@dataclass(frozen=True)
class Raiser:
    """One customer, and where they spoke of it last."""

    customer_id: int
    way: str  # forum or case
    complaint_id: int | None
    mention_id: int = 0  # by which they were found


@dataclass(frozen=True)
class Heard:
    """How one of them hears: by mail at once, in a digest, or in the page alone; or why not at all."""

    raiser: Raiser
    how: str = ""  # mail, digest, page
    left_out: str = ""
    account_id: int | None = None


@dataclass
class Audience:
    """All of them, and the counts that a manager sees before publishing."""

    people: list[Heard] = field(default_factory=list)

    @property
    def told(self) -> list[Heard]:
        return [one for one in self.people if not one.left_out]

    def counts(self) -> dict[str, dict[str, int]]:
        """By way and how, and who is left out by reason: plain JSON."""
        return {
            "told": dict(Counter(f"{one.raiser.way} {one.how}" for one in self.told)),
            "left_out": dict(Counter(one.left_out for one in self.people if one.left_out)),
        }


def family(session: Session, theme_id: int) -> list[int]:
    """The theme and those that were merged into it."""
    return list(session.scalars(select(Theme.id).where(or_(Theme.id == theme_id, Theme.merged_into_id == theme_id))))


def raisers(session: Session, theme_id: int, before: datetime) -> list[Raiser]:
    """Customers who told a problem of the theme's or proposed something about it, by their id."""
    newest_first = (Verbatim.said_at.desc(), Verbatim.id.desc(), Mention.id)
    nth = func.row_number().over(partition_by=Verbatim.customer_id, order_by=newest_first).label("nth")
    said = (
        select(
            Verbatim.customer_id, Verbatim.post_id,
            func.coalesce(Verbatim.complaint_id, Message.complaint_id).label("complaint_id"),
            Mention.id.label("mention_id"), nth,
        )
        .join(Mention, Mention.verbatim_id == Verbatim.id)
        .join(Topic, Topic.id == Mention.topic_id)
        .join(Message, Message.id == Verbatim.message_id, isouter=True)
        .where(
            Topic.theme_id == theme_id, Mention.intent.in_(RAISING), Verbatim.said_at < before,
            Mention.considered.is_(False),  # what only leans to a topic is too unlike it to write to somebody about it
        )
        .subquery()
    )  # fmt: skip
    rows = select(said).where(said.c.nth == 1).order_by(said.c.customer_id).limit(MOST)
    return [
        Raiser(
            row.customer_id,
            "forum" if row.post_id else "case",
            None if row.post_id else row.complaint_id,
            row.mention_id,
        )
        for row in session.execute(rows)
    ]


def audience(session: Session, theme_id: int, now: datetime, outcome_id: int | None = None) -> Audience:
    """Everybody who raised it until now, judged by what holds now. `outcome_id`: the outcome that is to be told."""
    found = Audience()
    told = told_lately(session, family(session, theme_id), now, outcome_id)
    for some in batches(raisers(session, theme_id, now)):
        found.people += judged(session, some, told)
    return found


def told_lately(session: Session, theme_ids: Iterable[int], now: datetime, outcome_id: int | None) -> set[int]:
    """Customers who heard of another outcome of these themes a short while ago."""
    rows = (
        select(Telling.customer_id)
        .join(Outcome, Outcome.id == Telling.outcome_id)
        .where(Outcome.theme_id.in_(list(theme_ids)), Outcome.id != (outcome_id or 0), Telling.told_at > now - LATELY)
    )
    return set(session.scalars(rows))


def judged(session: Session, some: Sequence[Raiser], told: set[int]) -> list[Heard]:
    """How each of some hundreds hears; five statements."""
    ids = [one.customer_id for one in some]
    customers = {row.id: row for row in session.scalars(select(Customer).where(Customer.id.in_(ids)))}
    accounts = accounts_of(session, ids)
    often = preferences.frequencies(session, [account.id for account in accounts.values()])
    reached = mail_addresses(session, some)
    found = []
    for one in some:
        account = accounts.get(one.customer_id)
        wanted = often[account.id][KIND] if account else "now"
        why = left_out(customers.get(one.customer_id), one, account, one.customer_id in reached, told)
        has_mail = one.customer_id in reached if one.way == "case" else may_mail(account)
        how = "page" if wanted == "never" or not has_mail else "mail" if wanted == "now" else "digest"
        found.append(Heard(one, "" if why else how, why, account.id if account else None))
    return found


def left_out(
    customer: Customer | None, one: Raiser, account: Account | None, has_address: bool, told: set[int]
) -> str:  # fmt: skip
    """Why this customer does not hear of it; empty: they do."""
    if customer is None:
        return "erased"
    if not customer.hears_outcomes:
        return "opted out"
    if not customer.is_profiled:  # to be looked for by what the machine read in one's words is what they did not allow
        return "no consent"
    if customer.id in told:
        return "told before"
    if one.way == "forum":
        return "" if account else "no account"
    return "" if account or has_address else "no address"


def may_mail(account: Account | None) -> bool:
    return bool(account and account.email and account.confirmed_at)


def accounts_of(session: Session, customer_ids: Sequence[int]) -> Mapping[int, Account]:
    """The account of each that has one in use; of several, the oldest."""
    rows = select(Account).where(Account.customer_id.in_(customer_ids), Account.active).order_by(Account.id.desc())
    return {account.customer_id: account for account in session.scalars(rows) if account.customer_id}


def mail_addresses(session: Session, some: Sequence[Raiser]) -> set[int]:
    """Those customers whom a mail about their case would reach, as `complaints.sending` finds its address."""
    ids = [one.customer_id for one in some]
    cases = [one.complaint_id for one in some if one.complaint_id]
    wrote = select(Complaint.customer_id).where(Complaint.id.in_(cases), Complaint.mail_address.is_not(None))
    known = select(Identity.customer_id).where(
        Identity.customer_id.in_(ids), Identity.channel == "email", Identity.address.contains("@")
    )
    own = select(Account.customer_id).where(
        Account.customer_id.in_(ids), Account.active, Account.email.is_not(None), Account.confirmed_at.is_not(None)
    )
    return {key for rows in (wrote, known, own) for key in session.scalars(rows) if key is not None}
