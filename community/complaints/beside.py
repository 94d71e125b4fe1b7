"""What an agent wants to know beside the reply: who this is, what else they and others said, which public answers fit.

Timeline, signals and the search belong to other features; `app.py` hands them in.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from community import mail_addresses as addresses
from community.models import Complaint, Customer, Fitting, Mention, Message, Profile, Question, Verbatim
from community.web.urls import row_number

MOST_CONTACTS, MOST_SIGNALS, MOST_CASES, MOST_ANSWERS, MOST_TOPICS = 8, 4, 5, 5, 8
LONGEST_QUERY = 120  # characters of the subject that are looked for


@dataclass(frozen=True)
class Sources:
    """What other features know."""

    timeline: Callable[[Session, int, int], Sequence[Any]]
    signals: Callable[[Session, int, int], Sequence[Any]]
    answers: Callable[[Session, str, int], Sequence[tuple[int, str]]]  # text -> question ids and titles


@dataclass
class Beside:
    """All of it for one case."""

    customer: Customer
    profile: Profile | None
    timeline: Sequence[Any]
    signals: Sequence[Any]
    same_topic: Sequence[Complaint]
    answers: Sequence[Question]
    compared_at: datetime | None  # by meaning; None: by topics and words alone


def register(app: Flask, sources: Sources) -> None:
    app.extensions["earshot_beside"] = sources


def read(session: Session, complaint: Complaint) -> Beside:
    """A constant number of statements."""
    sources: Sources = current_app.extensions["earshot_beside"]
    topics = topics_of(session, complaint.id)
    fitting = session.get(Fitting, complaint.id)
    return Beside(
        customer=complaint.customer,
        profile=session.get(Profile, complaint.customer_id),
        timeline=sources.timeline(session, complaint.customer_id, MOST_CONTACTS),
        signals=sources.signals(session, complaint.customer_id, MOST_SIGNALS),
        same_topic=same_topic(session, complaint, topics),
        answers=answers(
            session, complaint, [key for key, _likeness in fitting.questions] if fitting else [], topics, sources
        ),
        compared_at=fitting.at if fitting else None,
    )


def topics_of(session: Session, complaint_id: int) -> list[int]:
    """What this case speaks of, as far as it was mined, most first."""
    messages = select(Message.id).where(Message.complaint_id == complaint_id)
    rows = (
        select(Mention.topic_id)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .where((Verbatim.complaint_id == complaint_id) | Verbatim.message_id.in_(messages))
        .where(Mention.topic_id.is_not(None))
        .group_by(Mention.topic_id)
        .order_by(func.count().desc(), Mention.topic_id)
    )
    return [topic_id for topic_id in session.scalars(rows.limit(MOST_TOPICS)) if topic_id is not None]


def same_topic(session: Session, complaint: Complaint, topics: Sequence[int]) -> list[Complaint]:
    """Other people's cases about the same, those with most in common first."""
    if not topics:
        return []
    common = func.count(func.distinct(Mention.topic_id))
    ids = (
        select(Verbatim.complaint_id)
        .join(Mention, Mention.verbatim_id == Verbatim.id)
        .where(Mention.topic_id.in_(topics), Verbatim.complaint_id.is_not(None))
        .where(Verbatim.complaint_id != complaint.id, Verbatim.customer_id != complaint.customer_id)
        .group_by(Verbatim.complaint_id)
        .order_by(common.desc(), Verbatim.complaint_id.desc())
    )
    found = list(session.scalars(ids.limit(MOST_CASES)))
    rows = select(Complaint).where(Complaint.id.in_(found)).options(selectinload(Complaint.customer))
    by_id = {row.id: row for row in session.scalars(rows)}
    return [by_id[one] for one in found if one in by_id]


def answers(
    session: Session, complaint: Complaint, meant: Sequence[int], topics: Sequence[int], sources: Sources
) -> list[Question]:
    """Public questions that were answered: that mean the same, on the same topics, then with the words of the subject."""
    on_topic = (
        select(Verbatim.post_id)
        .join(Mention, Mention.verbatim_id == Verbatim.id)
        .where(Mention.topic_id.in_(topics), Verbatim.post_id.is_not(None))
        .group_by(Verbatim.post_id)
        .order_by(func.count(func.distinct(Mention.topic_id)).desc(), func.count().desc(), Verbatim.post_id.desc())
        .limit(20)
    )
    found = [*meant, *(post_id for post_id in (session.scalars(on_topic) if topics else ()) if post_id)]
    text = re.sub(r"[^\w\s]+|\b_+", " ", complaint.subject)[:LONGEST_QUERY].strip()
    found += [question_id for question_id, _title in (sources.answers(session, text, 10) if text else [])]
    ids = list(dict.fromkeys(found))
    rows = select(Question).where(
        Question.id.in_(ids), Question.answer_count > 0, Question.deleted_at.is_(None), Question.erased_at.is_(None)
    )
    by_id = {row.id: row for row in session.scalars(rows)}
    return [by_id[one] for one in ids if one in by_id][:MOST_ANSWERS]


def link_to(question_id: str, session: Session) -> str:
    """A public question as a line for a reply; empty when it is not there."""
    question = session.get(Question, row_number(question_id) or 0)
    if question is None or question.deleted_at or question.erased_at:
        return ""
    return f"[{question.title}]({addresses.page_url(f'/questions/{question.id}')})"
