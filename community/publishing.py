"""Reactions between complaints and the forum: what a customer agreed to is asked, and the public answer comes back.

Each may be called twice for an event, and then finds that it is done.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import mail_addresses as addresses
from community.complaints import publishing, sending
from community.db import writing
from community.errors import DomainError
from community.models import Account, Answer, Complaint, Event, Note, Product, Publication, Question
from community.names import clean_line
from community.questions import service as questions

LONGEST_QUOTE = 300  # characters of the answer


def publish(session: Session, events: Sequence[Event]) -> None:
    """Ask what was agreed to, under the customer's name or the agent's, as they chose."""
    for event in events:
        session.rollback()
        with writing():
            found = session.get(Publication, event.subject_id, with_for_update=True)
            if found is not None and found.state == "consented":
                _ask(session, found, datetime.now(UTC))
            session.commit()


def _ask(session: Session, found: Publication, now: datetime) -> None:
    by = publishing.asker(session, found) if found.is_named else None
    by = by or session.get(Account, found.proposed_by_id or 0)
    complaint = session.get_one(Complaint, found.complaint_id)
    if by is None:  # the agent left meanwhile, and the customer wanted no name
        found.state = "withdrawn"
        return
    product = session.get(Product, complaint.product_id) if complaint.product_id else None
    try:
        with session.begin_nested():
            asked = questions.ask(session, found.title, found.body, product, (), by, now)
    except DomainError as error:  # silenced, or too many posts in an hour: the agents can propose it again
        found.state, found.decided_at = "withdrawn", now
        text = _("It could not be published as a question: %(reason)s", reason=str(error.message))
        session.add(Note(complaint_id=complaint.id, author_id=None, body=text, created_at=now))
        return
    found.question_id, found.state = asked.id, "published"
    with force_locale(_language(session, complaint)):
        link = f"[{clean_line(found.title)}]({addresses.page_url(f'/questions/{asked.id}')})"
        is_held = asked.deleted_at is not None
        text = _("A moderator looks at it first; then it is public: %(link)s", link=link) if is_held else ""
        publishing.tell(session, complaint, text or _("It is public now: %(link)s", link=link), now)


def tell_of_answers(session: Session, events: Sequence[Event]) -> None:
    """The first public answer comes back to the complaint, and the one that solved it."""
    for event in events:
        session.rollback()
        with writing():
            given = session.get(Answer, event.subject_id)
            if given is not None and given.deleted_at is None and not given.is_reply:
                _tell(session, given, event.kind == "answer.accepted", datetime.now(UTC))
            session.commit()


def _tell(session: Session, given: Answer, is_solution: bool, now: datetime) -> None:
    rows = select(Publication).where(Publication.question_id == given.question_id, Publication.state == "published")
    for found in session.scalars(rows.with_for_update()):
        if found.told_post_id == given.id or (found.told_post_id and not is_solution):
            continue
        complaint = session.get_one(Complaint, found.complaint_id)
        question = session.get_one(Question, given.question_id)
        found.told_post_id = given.id
        with force_locale(_language(session, complaint)):
            said = _("Somebody answered the public question:") if not is_solution else _("The public question is solved:")  # fmt: skip
            link = f"[{clean_line(question.title or '')}]({addresses.page_url(f'/posts/{given.id}')})"
            body = clean_line(given.body)[:LONGEST_QUOTE]
            publishing.tell(session, complaint, f"{said} {link}\n\n> {body}", now)


def _language(session: Session, complaint: Complaint) -> str:
    _to, account = sending.address_of(session, complaint)
    return sending.language_of(session, complaint, account)
