"""Mail to the complaints inbox: a new case, or a turn in one. What cannot be taken is refused with a reason and kept.

A mail belongs to a case by the signed address that it answers to, or by the headers that name a mail of that case; in
both only if it comes from somebody who is known to be its customer. Else it opens a case of its own.
"""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from email.message import EmailMessage

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community import mail_addresses as addresses
from community.complaints import service
from community.complaints.attaching import File
from community.complaints.mail_reading import FEW, MarkdownOf, Read, read, subject_of
from community.mail_parsing import SENT_TO, header, is_automatic, is_bounce, is_own, is_sent_to, senders
from community.models import Account, Complaint, Customer, Identity, Message, ReceivedMail
from community.recognition import customer_of, normal_address, recognise

MOST_AN_HOUR = 20  # mails of one sender: more is a machine, whatever it says
LONGEST_MEMORY = 50  # message ids of a thread that are looked up
CASE = re.compile(r"\bcase\+([a-z2-7]{20,40})@([\w.-]+)", re.IGNORECASE)
REASONS = {
    "automatic": _l("A machine sent it: an absence note, a list or a notice."),
    "bounce": _l("A mail of ours could not be delivered."),
    "own address": _l("It came from an address of this site, and would go in a circle."),
    "too many": _l("More than twenty mails of this sender in an hour."),
    "encrypted": _l("It is encrypted, and nobody here has the key."),
    "empty": _l("There is nothing in it that could be read."),
    "no sender": _l("It does not say who sent it."),
    "wrong sender": _l("It answers to a case, but comes from an address that is not known to be its customer's."),
    "unreadable": _l("It is broken so that nothing could be made of it."),
    "no address": _l("It was sent to an address that nothing answers to."),
    "cut": _l("It was larger than what is read. The case has its beginning; the original is kept here."),
}


class Refused(Exception):
    """The mail became no part of a case."""

    def __init__(self, outcome: str):
        super().__init__(outcome)
        self.outcome = outcome


def is_for_cases(session: Session, message: EmailMessage) -> bool:
    """Whether it is meant for the complaints inbox, as far as its headers say."""
    wanted = is_sent_to(message, current_app.config["MAIL_COMPLAINTS"])
    return bool(wanted or signed_case(message) or thread_case(session, message))


def take(
    session: Session, message: EmailMessage, size: int, now: datetime, markdown_of: MarkdownOf,
    known: Collection[str], is_forced: bool = False,
) -> dict[str, object]:  # fmt: skip
    """Make a case or a turn of it; what to note of the mail. Raises Refused.

    `is_forced`: an agent has looked at it, so that a machine or a stranger to the case may have sent it.
    """
    from_ = senders(message)
    if not is_forced:
        refuse_machines(session, message, from_, now)
    if not from_:
        raise Refused("no sender")
    found = read(message, markdown_of, known)
    complaint = case_of(session, message, from_[0][1], is_forced)
    is_cut = size > current_app.config["MAIL_RECEIVED_BYTES"]
    words = words_of(found, complaint is not None, is_cut, is_forced)
    files = small(found.files)
    if complaint is None:
        complaint = opened(session, message, from_[0], words, files, now)
        outcome = "opened"
    else:
        service.hear(session, complaint, words, None, now, files=files)
        if not complaint.mail_address and is_customer(session, complaint, from_[0][1]):
            complaint.mail_address = from_[0][1]
        outcome = "threaded"
    return {"outcome": "cut" if is_cut else outcome, "complaint_id": complaint.id}


def refuse_machines(session: Session, message: EmailMessage, from_: list[tuple[str, str]], now: datetime) -> None:
    """Raises Refused for what nobody wrote."""
    if is_bounce(message):
        raise Refused("bounce")
    if is_own(message):
        raise Refused("own address")
    if is_automatic(message):
        raise Refused("automatic")
    if from_:
        lately = select(func.count()).where(
            ReceivedMail.sender == from_[0][1].lower()[:320], ReceivedMail.received_at > now - timedelta(hours=1)
        )
        if (session.scalar(lately) or 0) > MOST_AN_HOUR:
            raise Refused("too many")


def words_of(found: Read, is_turn: bool, is_cut: bool, is_forced: bool) -> str:
    """What is kept of its text. Raises Refused when there is nothing to keep."""
    words = found.words if is_turn or len(found.words) >= FEW else found.whole or found.words
    if not words and found.is_encrypted and not is_forced:
        raise Refused("encrypted")
    if not words and not found.files and not is_forced:
        raise Refused("empty")
    words = words[: service.LONGEST_BODY - 200].strip() or _("(There are no words in this mail.)")
    cut = _("(The mail was too large; this is its beginning.)")
    return f"{words}\n\n{cut}" if is_cut else words


def small(files: list[File]) -> list[File]:
    most = current_app.config["ATTACHMENT_MOST_BYTES"]
    return [file for file in files if len(file.data) <= most]


def opened(
    session: Session, message: EmailMessage, sender: tuple[str, str], words: str, files: list[File], now: datetime
) -> Complaint:
    """A new case of whoever sent it: the customer of the account with this address, else of the address."""
    name, address = sender[0].strip() or sender[1], sender[1]
    account = session.scalar(
        select(Account).where(func.lower(Account.email) == address.lower(), Account.confirmed_at.is_not(None))
    )
    customer = customer_of(session, account, now) if account else None
    customer = customer or recognise(session, "email", address, name[:120], now)
    subject = subject_of(message)[: service.LONGEST_SUBJECT] or words.split("\n")[0][:80]
    return service.open_complaint(
        session, customer, subject, words, None, None, now, channel="email", address=address[:320], files=files
    )


def case_of(session: Session, message: EmailMessage, sender: str, is_forced: bool) -> Complaint | None:
    """The case that it goes on with; the other one if that was merged. Raises Refused for a stranger's signed address."""
    signed = signed_case(message)
    case_id = signed or thread_case(session, message)
    found = session.get(Complaint, case_id) if case_id else None
    if found is None:
        return None
    if not is_forced and not is_customer(session, found, sender):
        if signed:
            raise Refused("wrong sender")
        return None
    return session.get(Complaint, found.merged_into_id) if found.merged_into_id else found


def signed_case(message: EmailMessage) -> int | None:
    domain = current_app.config["MAIL_REPLY_DOMAIN"].lower()
    for code, host in CASE.findall(", ".join(header(message, name) for name in SENT_TO)):
        if domain and host.lower() == domain and (case_id := addresses.read_case(code)):
            return case_id
    return None


def thread_case(session: Session, message: EmailMessage) -> int | None:
    """The case of one of the mails that its headers name: one of ours, or one that came before."""
    ids = re.findall(r"<[^<>\s]{3,250}>", f"{header(message, 'In-Reply-To')} {header(message, 'References')}")
    ids = ids[:LONGEST_MEMORY]
    ours = re.compile(rf"<case-(\d{{1,9}})(?:\.(\d{{1,9}}))?@{re.escape(addresses.mail_host())}>")
    for one in ids:
        if (match := ours.fullmatch(one)) and is_sent(session, int(match[1]), match[2]):
            return int(match[1])
    known = select(ReceivedMail.complaint_id).where(
        ReceivedMail.message_id.in_(ids), ReceivedMail.complaint_id.is_not(None)
    )
    return session.scalar(known.order_by(ReceivedMail.id.desc()).limit(1)) if ids else None


def is_sent(session: Session, case_id: int, message_id: str | None) -> bool:
    """Whether there is such a case, and such a turn of it."""
    if message_id is None:
        return session.get(Complaint, case_id) is not None
    its_own = select(Message.id).where(Message.id == int(message_id), Message.complaint_id == case_id)
    return session.scalar(its_own) is not None


def is_customer(session: Session, complaint: Complaint, sender: str) -> bool:
    """Whether this address is known to be the customer's."""
    address = normal_address("email", sender)
    if complaint.mail_address and normal_address("email", complaint.mail_address) == address:
        return True
    account = select(Account.id).where(
        Account.customer_id == complaint.customer_id, func.lower(Account.email) == address,
        Account.confirmed_at.is_not(None),
    )  # fmt: skip
    identity = select(Identity.id).join(Customer).where(
        Identity.customer_id == complaint.customer_id, Identity.address == address
    )  # fmt: skip
    return session.scalar(account.limit(1)) is not None or session.scalar(identity.limit(1)) is not None
