"""A complaint on its way to a public question: proposed by an agent, agreed to by the customer, word for word.

The question itself is asked by the worker (community/publishing.py), where complaints and the forum are put together;
there the public answer comes back too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import mail_addresses as addresses
from community import outbox
from community.complaints import sending
from community.complaints.changing import changing, lock, require_worker
from community.complaints.service import LONGEST_BODY, LONGEST_SUBJECT, hear
from community.errors import Conflict, Invalid, NotFound
from community.masking import mask_people
from community.models import Account, Complaint, Customer, Message, Publication

WAITING = ("proposed", "consented")
SHORTEST_TITLE = 3  # as of any question
LONGEST_SENTENCE = 1_000  # characters, of what the customer says is wrong


def current(session: Session, complaint_id: int) -> Publication | None:
    """The latest that was proposed."""
    rows = select(Publication).where(Publication.complaint_id == complaint_id).order_by(Publication.id.desc())
    return session.scalar(rows.limit(1))


def draft(session: Session, complaint: Complaint) -> tuple[str, str]:
    """Title and text to begin with: the complaint's own, with what could tell who wrote it covered."""
    names = [session.get_one(Customer, complaint.customer_id).name]
    names += session.scalars(select(Account.name).where(Account.customer_id == complaint.customer_id))
    return mask_people(complaint.subject, names), mask_people(complaint.body, names)


def propose(session: Session, complaint: Complaint, title: str, body: str, by: Account, now: datetime) -> Publication:
    """Ask the customer, by mail and on the page of the case. Raises NotAllowed, Invalid, Conflict."""
    require_worker(by)
    lock(session, complaint)
    title, body = " ".join(title.split()), body.replace("\r\n", "\n").strip()
    if not SHORTEST_TITLE <= len(title) <= LONGEST_SUBJECT or not 1 <= len(body) <= LONGEST_BODY:
        raise Invalid(_("A question has a title and a text."))
    there = current(session, complaint.id)
    if there and there.state in (*WAITING, "published"):
        raise Conflict(_("The customer was asked already."))
    found = Publication(
        complaint_id=complaint.id, proposed_by_id=by.id, title=title, body=body, state="proposed", proposed_at=now
    )
    session.add(found)
    session.flush()
    _to, account = sending.address_of(session, complaint)
    with force_locale(sending.language_of(session, complaint, account)):
        facts = {
            "line": _("Others may have the same problem. May we publish yours as a question, as you see it there?"),
            "links": [(_("Look at it and decide"), addresses.page_url(path_of(found)))],
        }
    headers = {"Message-ID": f"<case-{complaint.id}.publication-{found.id}@{addresses.mail_host()}>"}
    sending.queue(session, complaint, f"publication:{found.id}", facts, headers, now)
    return found


def path_of(publication: Publication) -> str:
    return f"/publish/{addresses.case_token('publication', publication.id)}"


def publication_of(session: Session, token: str) -> Publication:
    """What the link leads to, also when it was taken back: its page says so. Raises NotFound."""
    publication_id = addresses.read_case_token("publication", token)
    found = session.get(Publication, publication_id) if publication_id else None
    if found is None:
        raise NotFound
    return found


def later(session: Session, publication: Publication) -> Publication | None:
    """What the customer is asked now in place of one that was taken back."""
    there = current(session, publication.complaint_id)
    return there if there and there.id != publication.id and there.state == "proposed" else None


def has_account(session: Session, publication: Publication) -> bool:
    """Whether it could be asked under the customer's own name."""
    return asker(session, publication) is not None


def asker(session: Session, publication: Publication) -> Account | None:
    complaint = session.get_one(Complaint, publication.complaint_id)
    rows = select(Account).where(Account.customer_id == complaint.customer_id, Account.active)
    return session.scalar(rows.order_by(Account.id).limit(1))


def decide(session: Session, publication: Publication, decision: str, now: datetime, sentence: str = "") -> None:
    """The customer's word: named, unnamed or declined. Raises Invalid, and Conflict when it was decided before.

    What they write beside a no is a turn of theirs in the case. Beside a yes it would be a change to what is agreed
    to word for word, so nothing is published on it.
    """
    if decision not in ("named", "unnamed", "declined"):
        raise Invalid(_("Choose one of the answers."))
    sentence = sentence.strip()
    if sentence and decision != "declined":
        raise Invalid(_("You wrote that something is wrong. Say no, and we change it first; or empty the field."))
    if len(sentence) > LONGEST_SENTENCE:
        raise Invalid(_("The text is longer than %(most)s characters.", most=LONGEST_SENTENCE))
    session.refresh(publication, with_for_update=True)
    if publication.state == "withdrawn":
        raise Conflict(_("We took this proposal back. Nothing was published."))
    if publication.state != "proposed":
        raise Conflict(_("This was decided already."))
    publication.state = "declined" if decision == "declined" else "consented"
    publication.is_named = decision == "named" and has_account(session, publication)
    publication.decided_at = now
    if decision != "declined":
        outbox.record(session, "publication.agreed", publication.id, None, now)
    elif sentence:
        complaint = session.get_one(Complaint, publication.complaint_id)
        hear(session, complaint, sentence, asker(session, publication), now)
    session.flush()


def why_declined(session: Session, publication: Publication | None) -> Message | None:
    """What the customer wrote beside their no: their turn of that very moment."""
    if publication is None or publication.state != "declined":
        return None
    rows = select(Message).where(
        Message.complaint_id == publication.complaint_id, Message.from_customer,
        Message.created_at == publication.decided_at,
    )  # fmt: skip
    return session.scalar(rows.limit(1))


def withdraw(session: Session, publication: Publication, by: Account, now: datetime) -> None:
    """The agent takes the proposal back. Raises NotAllowed, and Conflict when the customer has decided."""
    require_worker(by)
    session.refresh(publication, with_for_update=True)
    if publication.state != "proposed":
        raise Conflict(_("The customer has decided already."))
    publication.state, publication.decided_at = "withdrawn", now
    session.flush()


def tell(
    session: Session, complaint: Complaint, body: str, now: datetime, *, is_mailed: bool = True,
    headers: Mapping[str, str] | None = None, links: Sequence[tuple[str, str]] = (),
) -> Message:  # fmt: skip
    """A notice in the conversation, and by mail: no turn of an agent, so it changes no status."""
    message = Message(
        complaint_id=complaint.id, author_id=None, from_customer=False, kind="notice", body=body, created_at=now
    )
    session.add(message)
    session.flush()
    with changing(session, complaint, "told", None, now, message=message):
        pass
    if is_mailed:
        named = {"Message-ID": addresses.case_message_id(complaint.id, message.id)} | dict(headers or {})
        facts = sending.turn_facts(message, "") | {"links": links}
        sending.queue(session, complaint, sending.mail_key(message), facts, named, now)
    return message
