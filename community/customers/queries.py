"""Reads of customers."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, selectinload

from community.errors import NotFound
from community.models import (
    LEVELS,
    Complaint,
    Customer,
    Interaction,
    Mention,
    Post,
    Profile,
    Question,
    Signal,
    Theme,
    Topic,
    Verbatim,
)

PAGE = 50
MOST_CONTACTS = 100
MOST_SIGNALS = 60


@dataclass
class Contact:
    """One line of the timeline."""

    at: datetime
    channel: str
    reason: str
    heading: str
    text: str
    sentiment: str | None
    question_id: int | None
    post_id: int | None
    complaint_id: int | None


@dataclass
class SignalLine:
    """A signal with the words that caused it."""

    signal: Signal
    words: str | None


def customers(session: Session, level: str | None, page: int, theme_id: int | None = None) -> list[Customer]:
    """One page of customers, those in danger first; of one theme, who spoke of it. Raises NotFound for an unknown level."""
    if level is not None and level not in LEVELS:
        raise NotFound
    rows = select(Customer).join(Profile, isouter=True).options(selectinload(Customer.profile))
    if level:
        rows = rows.where(Profile.level == level)
    if theme_id:
        spoke = (
            select(Verbatim.customer_id)
            .join(Mention, Mention.verbatim_id == Verbatim.id)
            .join(Topic, Topic.id == Mention.topic_id)
            .where(Topic.theme_id == theme_id)
        )
        rows = rows.where(Customer.id.in_(spoke))
    rows = rows.order_by(case((Profile.loyalty.is_(None), 1), else_=0), Profile.loyalty, Customer.id)
    return list(session.scalars(rows.limit(PAGE + 1).offset((page - 1) * PAGE)))


def theme(session: Session, theme_id: int) -> Theme:
    """Raises NotFound."""
    found = session.get(Theme, theme_id)
    if found is None:
        raise NotFound
    return found


def level_counts(session: Session) -> dict[str, int]:
    rows = session.execute(select(Profile.level, func.count()).group_by(Profile.level))
    return dict.fromkeys(LEVELS, 0) | {level: count for level, count in rows}


def customer(session: Session, customer_id: int) -> Customer:
    found = session.scalar(
        select(Customer)
        .where(Customer.id == customer_id)
        .options(selectinload(Customer.identities), selectinload(Customer.profile))
    )
    if found is None:
        raise NotFound
    return found


def timeline(session: Session, customer_id: int, most: int = MOST_CONTACTS) -> list[Contact]:
    """The latest contacts in all channels, newest first."""
    verbatim_of = (Verbatim.post_id == Interaction.post_id) | (
        (Verbatim.complaint_id == Interaction.complaint_id) & (Interaction.reason == "complained")
    )
    rows = session.execute(
        select(Interaction, Post, Complaint, Verbatim.sentiment)
        .join(Post, Post.id == Interaction.post_id, isouter=True)
        .join(Complaint, Complaint.id == Interaction.complaint_id, isouter=True)
        .join(Verbatim, verbatim_of, isouter=True)
        .where(Interaction.customer_id == customer_id, Interaction.reason != "visited")
        .order_by(Interaction.at.desc(), Interaction.id.desc())
        .limit(most)
    ).all()
    titles = question_titles(session, [getattr(post, "question_id", None) or post.id for _, post, _, _ in rows if post])
    return [contact(row, post, complaint, sentiment, titles) for row, post, complaint, sentiment in rows]


def contact(
    row: Interaction, post: Post | None, complaint: Complaint | None, sentiment: str | None, titles: dict[int, str]
) -> Contact:
    question_id = (getattr(post, "question_id", None) or post.id) if post else None
    heading = titles.get(question_id or 0, "") if post else complaint.subject if complaint else ""
    text = post.body if post else complaint.body if complaint and row.reason == "complained" else ""
    return Contact(
        row.at, row.channel, row.reason, heading, text, sentiment, question_id, row.post_id, row.complaint_id
    )


def question_titles(session: Session, ids: list[int]) -> dict[int, str]:
    rows = session.execute(select(Question.id, Question.title).where(Question.id.in_(ids)))
    return {question_id: title or "" for question_id, title in rows}


def signals(session: Session, customer_id: int, most: int = MOST_SIGNALS) -> list[SignalLine]:
    """The signals that weigh most, each with its words."""
    rows = session.execute(
        select(Signal, Verbatim.text, Mention.start, Mention.end)
        .join(Mention, Mention.id == Signal.mention_id, isouter=True)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id, isouter=True)
        .where(Signal.customer_id == customer_id)
        .order_by(func.abs(Signal.weight).desc(), Signal.at.desc())
        .limit(most)
    )
    return [SignalLine(signal, text[start:end] if text else None) for signal, text, start, end in rows]
