"""Reads of the privacy page: all that is known about one person, in a constant number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, literal, select, union_all
from sqlalchemy.orm import Session

from community.models import (
    UNRESOLVED,
    Account,
    Answer,
    ApiToken,
    Award,
    Complaint,
    Consent,
    Customer,
    Draft,
    Identity,
    Interaction,
    Mention,
    Message,
    Notification,
    Passkey,
    Post,
    Profile,
    SavedSearch,
    Signal,
    SignIn,
    Upload,
    Verbatim,
    Vote,
    Watch,
)
from community.recognition import own_customers

MONTH = timedelta(days=30)
MOST_SIGNALS = 40
MOST_SIGN_INS = 50
MOST_CONSENTS = 100
LONGEST_WORDS = 400


@dataclass
class SignalLine:
    """What the same words, case or answer were taken for: one kind of signal or several, with its weight."""

    kinds: list[tuple[str, float]]
    at: datetime
    words: str | None
    question_id: int | None
    post_id: int | None
    complaint_id: int | None


@dataclass
class Contacts:
    """How often the person was in touch by one channel, and when last."""

    channel: str
    count: int
    last_at: datetime


@dataclass
class Texts:
    """How many of their texts there are, and how many of them the machine has read."""

    written: int = 0
    read: int = 0
    leaving: int = 0


@dataclass
class Deeds:
    """What the sentences about the level are made of."""

    contacts_lately: int = 0
    unresolved: int = 0
    helped: int = 0
    last_contact_at: datetime | None = None


@dataclass
class Known:
    """All that the company knows about the person."""

    customer: Customer | None = None
    profile: Profile | None = None
    identities: list[Identity] = field(default_factory=list)
    signals: list[SignalLine] = field(default_factory=list)
    texts: Texts = field(default_factory=Texts)
    deeds: Deeds = field(default_factory=Deeds)
    contacts: list[Contacts] = field(default_factory=list)
    visits: int = 0


def known(session: Session, account: Account, now: datetime) -> Known:
    """What is kept of the customer that the account is; empty of somebody who has not been in touch yet."""
    ids = own_customers(session, account)
    if not ids:
        return Known()
    by_channel = contacts(session, ids)
    return Known(
        customer=session.get(Customer, ids[0]),
        profile=session.scalar(_first(select(Profile).where(Profile.customer_id.in_(ids)), Profile.customer_id, ids)),
        identities=list(session.scalars(
            select(Identity).where(Identity.customer_id.in_(ids)).order_by(Identity.channel, Identity.id).limit(50)
        )),
        signals=signals(session, ids),
        texts=texts(session, ids),
        deeds=deeds(session, account, ids, by_channel, now),
        contacts=[row for row in by_channel if row.channel != "visited"],
        visits=sum(row.count for row in by_channel if row.channel == "visited"),
    )  # fmt: skip


def _first(rows: Any, column: Any, ids: Sequence[int]) -> Any:
    """The row of the customer that the account belongs to before those of the others."""
    return rows.order_by(case((column == ids[0], 0), else_=1), column).limit(1)


def signals(session: Session, customers: Sequence[int]) -> list[SignalLine]:
    """The newest signals, with their words and where these stand."""
    said_in = Post.__table__.alias("said_in")
    rows = session.execute(
        select(
            Signal.kind, Signal.weight, Signal.at, Mention.id, Verbatim.text, Mention.start, Mention.end,
            func.coalesce(said_in.c.question_id, said_in.c.id), said_in.c.id,
            func.coalesce(Signal.complaint_id, Verbatim.complaint_id, Message.complaint_id),
        )
        .join(Mention, Mention.id == Signal.mention_id, isouter=True)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id, isouter=True)
        .join(Message, Message.id == Verbatim.message_id, isouter=True)
        .join(said_in, said_in.c.id == func.coalesce(Signal.post_id, Verbatim.post_id), isouter=True)
        .where(Signal.customer_id.in_(customers))
        .order_by(Signal.at.desc(), Signal.id.desc())
        .limit(MOST_SIGNALS)
    )  # fmt: skip
    lines: list[SignalLine] = []
    by_mention: dict[int, SignalLine] = {}
    for kind, weight, at, mention_id, text, start, end, question_id, post_id, complaint_id in rows:
        if known := by_mention.get(mention_id):
            known.kinds.append((kind, weight))
            continue
        words = text[start:end][:LONGEST_WORDS] if text else None
        lines.append(SignalLine([(kind, weight)], at, words, question_id, post_id, complaint_id))
        if mention_id:
            by_mention[mention_id] = lines[-1]
    return lines


def texts(session: Session, customers: Sequence[int]) -> Texts:
    row = session.execute(
        select(
            func.count(), func.count(Verbatim.mined_revision),
            func.count(case((Verbatim.leaving.is_(True), 1))),
        ).where(Verbatim.customer_id.in_(customers))
    ).one()  # fmt: skip
    return Texts(*row)


def contacts(session: Session, customers: Sequence[int]) -> list[Contacts]:
    """By channel; visits, which are no contact, as a channel of their own."""
    channel = case((Interaction.reason == "visited", "visited"), else_=Interaction.channel)
    rows = session.execute(
        select(channel, func.count(), func.max(Interaction.at))
        .where(Interaction.customer_id.in_(customers))
        .group_by(channel)
        .order_by(func.count().desc(), channel)
    )
    return [Contacts(*row) for row in rows]


def deeds(
    session: Session, account: Account, customers: Sequence[int], by_channel: Sequence[Contacts], now: datetime
) -> Deeds:
    lately = select(func.count()).where(
        Interaction.customer_id.in_(customers), Interaction.reason != "visited", Interaction.at > now - MONTH
    )
    unresolved = select(func.count()).where(Complaint.customer_id.in_(customers), Complaint.status.in_(UNRESOLVED))
    helped = select(func.count(Answer.id)).where(
        Answer.author_id == account.id, Answer.deleted_at.is_(None),
        Answer.accepted_at.is_not(None) | (Answer.score > 0),
    )  # fmt: skip
    row = session.execute(select(*(one.scalar_subquery() for one in (lately, unresolved, helped)))).one()
    return Deeds(row[0], row[1], row[2], max((one.last_at for one in by_channel), default=None))


def consents(session: Session, account: Account) -> list[Consent]:
    rows = select(Consent).where(Consent.account_id == account.id).order_by(Consent.id.desc())
    return list(session.scalars(rows.limit(MOST_CONSENTS)))


def sign_ins(session: Session, account: Account, now: datetime) -> list[SignIn]:
    rows = select(SignIn).where(SignIn.account_id == account.id, SignIn.expires_at > now)
    return list(session.scalars(rows.order_by(SignIn.created_at.desc()).limit(MOST_SIGN_INS)))


def kept(session: Session, account: Account) -> dict[str, int]:
    """How much of what the person put here is kept, by its name; one statement."""
    written = Post.author_id == account.id
    customers = own_customers(session, account)
    counts = {
        "posts": select(func.count(Post.id)).where(written, Post.deleted_at.is_(None), Post.erased_at.is_(None)),
        "complaints": select(func.count(Complaint.id)).where(Complaint.customer_id.in_(customers)),
        "votes": select(func.count(Vote.id)).where(Vote.voter_id == account.id),
        "uploads": select(func.count(Upload.id)).where(Upload.account_id == account.id),
        "drafts": select(func.count(Draft.id)).where(Draft.account_id == account.id),
        "watched": select(func.count(Watch.id)).where(Watch.account_id == account.id),
        "saved searches": select(func.count(SavedSearch.id)).where(SavedSearch.account_id == account.id),
        "notifications": select(func.count(Notification.id)).where(Notification.account_id == account.id),
        "badges": select(func.count(Award.id)).where(Award.account_id == account.id),
        "passkeys": select(func.count(Passkey.id)).where(Passkey.user_id == account.id),
        "tokens": select(func.count(ApiToken.id)).where(ApiToken.account_id == account.id),
    }
    rows = union_all(*(select(literal(name), count.scalar_subquery()) for name, count in counts.items()))
    return {name: count for name, count in session.execute(rows)}
