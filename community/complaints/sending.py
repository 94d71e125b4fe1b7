"""The company's turns on their way to the customer: held for some seconds, taken back, sent by mail where one is known."""

from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from community import mail
from community import mail_addresses as addresses
from community.complaints import attaching
from community.complaints.changing import changing, lock, require_worker, restore, state_of
from community.drafts import draft_of
from community.errors import Conflict, NotAllowed
from community.mail_files import TURN, how_many_go, sizes_of_turn
from community.models import (
    Account,
    Complaint,
    ComplaintChange,
    Draft,
    Identity,
    Mail,
    Message,
    ReceivedMail,
    Verbatim,
)
from community.names import clean_line
from community.web import markdown
from community.web.languages import LOCALES


def mail_key(message: Message) -> str:
    return f"{TURN}{message.id}"


def queue_reply(session: Session, complaint: Complaint, message: Message, by: Account, now: datetime) -> None:
    """The mail with the company's turn, which leaves when the time to take it back is over."""
    letter = turn_facts(message, by.name) | {"files_left": files_left(session, message)}
    headers = {"Message-ID": addresses.case_message_id(complaint.id, message.id)}
    queued = queue(session, complaint, mail_key(message), letter, headers, now)
    if queued and message.held_until:
        queued.due_at = message.held_until
        session.flush()


def files_left(session: Session, message: Message) -> int:
    """How many of its files are too much for the mail, and on the page of the case only."""
    sizes = sizes_of_turn(session, message.id)
    return len(sizes) - how_many_go(sizes)


def turn_facts(message: Message, signed: str) -> dict[str, Any]:
    """A turn as its mail shows it."""
    return {"body": message.body, "html": markdown.render(message.body), "signed": signed}


def queue(
    session: Session, complaint: Complaint, key: str, facts: dict[str, Any], headers: dict[str, str], now: datetime
) -> Mail | None:
    """A mail about a case to its customer, in their language and thread; None where no address is known."""
    to, account = address_of(session, complaint)
    if not to:
        return None
    with force_locale(language_of(session, complaint, account)):
        facts = {
            "site_name": current_app.config["SITE_NAME"], "number": complaint.id, "subject": complaint.subject,
            "url": addresses.page_url(f"/complaints/{complaint.id}") if account else None,
            "above": _("Please write your reply above this line"), "takes_replies": True, "line": "", "links": (),
            "files_left": 0,
        } | facts  # fmt: skip
        text = current_app.jinja_env.get_template("mail/case.txt").render(**facts).strip("\n") + "\n"
        html = current_app.jinja_env.get_template("mail/case.html").render(**facts)
    subject = clean_line(complaint.subject)
    return mail.queue(
        session, to, subject if subject.lower().startswith("re:") else f"Re: {subject}", text, now, html=html,
        account=account, key=key, headers=thread_headers(session, complaint) | headers,
    )  # fmt: skip


def thread_headers(session: Session, complaint: Complaint) -> dict[str, str]:
    """What keeps the mails of a case together, and machines from answering."""
    root = addresses.case_thread_id(complaint.id)
    received = select(ReceivedMail.message_id).where(
        ReceivedMail.complaint_id == complaint.id, ReceivedMail.message_id.startswith("<")
    )
    last = session.scalar(received.order_by(ReceivedMail.id.desc()).limit(1))
    headers = {
        "In-Reply-To": last or root, "References": f"{root} {last}" if last else root,
        "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
    }  # fmt: skip
    reply_to = addresses.case_address(complaint.id)
    return headers | ({"Reply-To": reply_to} if reply_to else {})


def address_of(session: Session, complaint: Complaint) -> tuple[str | None, Account | None]:
    """Where the customer reads: the address they wrote from, else their account's, else one that is known of them."""
    of_theirs = select(Account).where(Account.customer_id == complaint.customer_id, Account.active).order_by(Account.id)
    account = session.scalar(of_theirs.limit(1))
    if complaint.mail_address:
        return complaint.mail_address, account
    if account and account.email and account.confirmed_at:
        return account.email, account
    known = select(Identity.address).where(
        Identity.customer_id == complaint.customer_id, Identity.channel == "email", Identity.address.contains("@")
    )
    return session.scalar(known.order_by(Identity.id).limit(1)), account


def language_of(session: Session, complaint: Complaint, account: Account | None) -> str:
    """The language of the customer's account, else that of their words."""
    if account and account.locale in LOCALES:
        return account.locale
    spoken = session.scalar(select(Verbatim.language).where(Verbatim.complaint_id == complaint.id))
    is_chinese = (
        spoken.startswith("zh") if spoken else any("\u4e00" <= sign <= "\u9fff" for sign in complaint.body[:200])
    )
    return "zh_CN" if is_chinese else "en"


def is_held(message: Message, now: datetime) -> bool:
    """Whether it can still be taken back; until then its customer does not see it."""
    return message.held_until is not None and now < message.held_until


def unsend(session: Session, complaint: Complaint, message: Message, by: Account, now: datetime) -> None:
    """Take a reply back: its mail is withdrawn, the case is as before, the words are a draft again.

    Raises NotAllowed for another's, Conflict when it is on its way.
    """
    require_worker(by)
    lock(session, complaint)
    if message.from_customer or message.author_id != by.id:
        raise NotAllowed(_("Only who wrote it can take it back."))
    if not is_held(message, now) or not withdrawn(session, message):
        raise Conflict(_("It is on its way already, and cannot be taken back."))
    its_own = select(ComplaintChange).where(ComplaintChange.message_id == message.id)
    replied = session.scalars(its_own.order_by(ComplaintChange.id).limit(1)).first()
    with changing(session, complaint, "unsent", by, now, is_logged=True):
        if replied:  # what somebody did to the same since stands
            state = state_of(session, complaint)
            restore(
                complaint, {name: was for name, was in replied.before.items() if state[name] == replied.after[name]}
            )
    attaching.keep_with(session, message, keep_words(session, complaint, message, by, now))
    session.delete(message)
    session.flush()


def withdrawn(session: Session, message: Message) -> bool:
    """Whether the mail had not left: it is gone then, or there never was one."""
    its_own = Mail.key == mail_key(message)
    if session.scalar(select(Mail.id).where(its_own)) is None:
        return True
    gone = session.execute(delete(Mail).where(its_own, Mail.sent_at.is_(None), Mail.attempts == 0).returning(Mail.id))
    return gone.first() is not None


def keep_words(session: Session, complaint: Complaint, message: Message, by: Account, now: datetime) -> Draft:
    """The draft that holds them, before what was written since."""
    place = f"case:{complaint.id}"
    draft = draft_of(session, by, place)
    if draft is None:
        draft = Draft(account_id=by.id, place=place, body=message.body, saved_at=now)
        session.add(draft)
    else:
        draft.body, draft.saved_at = f"{message.body}\n\n{draft.body}", now
    session.flush()
    return draft
