"""How it went: one question after each resolution, answered by a link in a mail or on the page of the case."""

from datetime import datetime, timedelta

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from community import mail_addresses as addresses
from community.complaints import sending, service
from community.complaints.changing import lock
from community.errors import Conflict, Invalid, NotFound
from community.models import Account, Complaint, Rating

SCORES = (1, 2, 3, 4, 5)
LONGEST_SENTENCE = 1_000
LATEST = timedelta(days=1)  # who is not asked by then is not asked: no old cases after an upgrade
BATCH = 50


def ask_all(session: Session, now: datetime) -> int:
    """Ask the customers of cases that were resolved lately, once the reply cannot be taken back; how many."""
    settled = now - timedelta(seconds=current_app.config["UNDO_SEND_SECONDS"] + 50)
    asked = exists().where(Rating.complaint_id == Complaint.id, Rating.asked_at >= Complaint.resolved_at)
    rows = select(Complaint).where(
        Complaint.status == "resolved", Complaint.resolved_at.between(now - LATEST, settled), ~asked
    )
    found = list(session.scalars(rows.order_by(Complaint.id).limit(BATCH)))
    for complaint in found:
        lock(session, complaint)
        if complaint.status == "resolved":  # still, now that nobody else can change it
            ask(session, complaint, now)
    return len(found)


def ask(session: Session, complaint: Complaint, now: datetime) -> Rating:
    """The question, and its mail."""
    rating = Rating(complaint_id=complaint.id, asked_at=now)
    session.add(rating)
    session.flush()
    url = addresses.page_url(f"/rate/{addresses.case_token('rating', rating.id)}")
    _to, account = sending.address_of(session, complaint)
    with force_locale(sending.language_of(session, complaint, account)):
        facts = {
            "line": _("We think that this is solved. How well did we do?"),
            "links": [(_("Rate it: one question, one minute"), url)], "takes_replies": True,
        }  # fmt: skip
    headers = {"Message-ID": f"<case-{complaint.id}.rating-{rating.id}@{addresses.mail_host()}>"}
    sending.queue(session, complaint, f"rating:{rating.id}", facts, headers, now)
    return rating


def open_question(session: Session, complaint: Complaint) -> Rating | None:
    """The one that waits for an answer."""
    rows = select(Rating).where(Rating.complaint_id == complaint.id, Rating.rated_at.is_(None))
    return session.scalar(rows.order_by(Rating.id.desc()).limit(1))


def may_rate(session: Session, complaint: Complaint) -> bool:
    """Whether the page asks: it is resolved, and was not rated since."""
    if complaint.status not in ("resolved", "closed") or complaint.resolved_at is None:
        return False
    rated = select(Rating.id).where(
        Rating.complaint_id == complaint.id, Rating.rated_at.is_not(None), Rating.asked_at >= complaint.resolved_at
    )
    return session.scalar(rated.limit(1)) is None


def rate_case(
    session: Session, complaint: Complaint, score: int | None, sentence: str, by: Account, now: datetime
) -> Rating:
    """From the page of the case, whether the mail was sent already or not. Raises Invalid, Conflict."""
    lock(session, complaint)
    if not may_rate(session, complaint):
        raise Conflict(_("This was rated already. Thank you."))
    rating = open_question(session, complaint)
    if rating is None or (complaint.resolved_at and rating.asked_at < complaint.resolved_at):  # or of an earlier time
        rating = Rating(complaint_id=complaint.id, asked_at=max(now, complaint.resolved_at or now))
        session.add(rating)
        session.flush()
    return rate(session, rating, score, sentence, by, now)


def rate(
    session: Session, rating: Rating, score: int | None, sentence: str, by: Account | None, now: datetime
) -> Rating:
    """Keep the score and the sentence, which is a verbatim. Raises Invalid, and Conflict when it was rated before."""
    if score not in SCORES:
        raise Invalid(_("Choose one of the five."))
    sentence = " ".join(sentence.split())
    if len(sentence) > LONGEST_SENTENCE:
        raise Invalid(_("The text is longer than %(most)s characters.", most=LONGEST_SENTENCE))
    session.refresh(rating, with_for_update=True)
    if rating.rated_at is not None:
        raise Conflict(_("This was rated already. Thank you."))
    rating.score, rating.rated_at = score, now
    if sentence:
        complaint = session.get_one(Complaint, rating.complaint_id)
        rating.message_id = service.hear(session, complaint, sentence, by, now, kind="rating").id
    session.flush()
    return rating


def rating_of(session: Session, token: str) -> Rating:
    """The question that the link of a mail leads to. Raises NotFound."""
    rating_id = addresses.read_case_token("rating", token)
    rating = session.get(Rating, rating_id) if rating_id else None
    if rating is None:
        raise NotFound
    return rating


def latest(session: Session, complaint_id: int) -> Rating | None:
    """The last judgement."""
    rows = select(Rating).where(Rating.complaint_id == complaint_id, Rating.rated_at.is_not(None))
    return session.scalar(rows.order_by(Rating.id.desc()).limit(1))
