"""Mail that comes in: a reply becomes a comment or an answer, a stopping mail stops. Here the parts are put together.

Each Message-ID is taken once. Machines are not answered. Whoever wrote hears by mail, once, when it was not posted.
"""

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from hashlib import sha256

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community import mail
from community import mail_addresses as addresses
from community.errors import DomainError
from community.exchange.html_markdown import markdown_of
from community.inserting import insert_missing
from community.mail_words import words_of
from community.models import Account, Answer, Comment, Post, Question, ReceivedMail
from community.notifications import letters, preferences
from community.questions import service as questions
from community.questions.rules import LONGEST_COMMENT
from community.web.languages import LOCALES

log = logging.getLogger(__name__)

SENT_TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
OURS = re.compile(r"\b(reply|stop)\+([a-z2-7]{20,40})@([\w.-]+)", re.IGNORECASE)
AUTOMATIC_SUBJECT = re.compile(
    r"^\s*(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|undeliver|delivery status"
    r"|自动回复|自動回覆|自动答复|外出)", re.IGNORECASE,
)  # fmt: skip
LONGEST_HEADERS = 100_000  # bytes, of a mail that is too large to be read
LONGEST_RETURNED = 5_000  # characters of their words that a refusal gives back


class Refused(Exception):
    """The mail is not posted. With a reason, its writer is told."""

    def __init__(self, outcome: str, reason: str = "", account: Account | None = None, words: str = ""):
        super().__init__(outcome)
        self.outcome, self.reason, self.account, self.words = outcome, reason, account, words


@dataclass
class Reply:
    """A reply that may be posted."""

    account: Account
    post: Post
    question: Question
    words: str


def receive(session: Session, raw: bytes, now: datetime) -> str:
    """Take one mail, and do what it asks for; the outcome: posted, stopped, again, or why not. The caller commits."""
    message = parsed(raw)
    key = message_key(message, raw)
    row = {"message_id": key, "outcome": "taken", "received_at": now}
    if not insert_missing(session, ReceivedMail, [row], ReceivedMail.id):
        return "again"
    facts: dict[str, object] = {}
    try:
        facts = act(session, message, len(raw), now)
    except Refused as refusal:
        facts = {"outcome": refusal.outcome, "account_id": refusal.account.id if refusal.account else None}
        if refusal.reason and refusal.account:
            session.flush()
            answer_refused(session, message, refusal, key, now)
    session.execute(update(ReceivedMail).where(ReceivedMail.message_id == key).values(**facts))
    log.info("mail in: %s, account %s", facts["outcome"], facts.get("account_id"))
    return str(facts["outcome"])


def parsed(raw: bytes) -> EmailMessage:
    """Of a mail that is too large only the beginning, for its headers."""
    most = current_app.config["MAIL_RECEIVED_BYTES"]
    return message_from_bytes(raw if len(raw) <= most else raw[:LONGEST_HEADERS], policy=policy.default)


def message_key(message: EmailMessage, raw: bytes) -> str:
    """What the mail is known by: its Message-ID, or a digest of it all when that is missing or no such thing."""
    named = header(message, "Message-ID").strip()
    return named if re.fullmatch(r"<[!-;=?-~]{3,250}>", named) else f"sha256:{sha256(raw).hexdigest()}"


def header(message: EmailMessage, name: str) -> str:
    """All headers of this name, as text; broken ones are read as far as that goes."""
    try:
        return ", ".join(str(value) for value in message.get_all(name, []))
    except Exception:  # the standard parser raises many kinds on hostile headers
        return ", ".join(str(value) for key, value in message.raw_items() if key.lower() == name.lower())


def act(session: Session, message: EmailMessage, size: int, now: datetime) -> dict[str, object]:
    """Post it, or stop what it wants stopped; what to note. Raises Refused."""
    if is_automatic(message):
        raise Refused("automatic")
    use, code = our_address(message)
    if use == "stop":
        return stop(session, code)
    account, post, question = target(session, message, code, now)
    with force_locale(letters.language_of(account)):
        if size > current_app.config["MAIL_RECEIVED_BYTES"]:
            raise Refused("too large", _("It was too large."), account)
        reply = Reply(account, post, question, words(message, account))
        return {"outcome": "posted", "account_id": account.id, "post_id": written(session, reply, now).id}


def is_automatic(message: EmailMessage) -> bool:
    """Whether a machine sent it: an absence note, a bounce, a list, or this site itself."""
    submitted = header(message, "Auto-Submitted").strip().lower()
    precedence = header(message, "Precedence").strip().lower()
    senders = [address.lower() for _name, address in getaddresses([header(message, "From")])]
    return (
        submitted not in {"", "no"}
        or precedence in {"bulk", "junk", "list", "auto_reply"}
        or any(header(message, name) for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponse", "List-Id"))
        or header(message, "Return-Path").strip() == "<>"
        or message.get_content_type() in {"multipart/report", "message/delivery-status"}
        or bool(AUTOMATIC_SUBJECT.match(header(message, "Subject")))
        or any(re.match(r"(?:mailer-daemon|postmaster|no-?reply)@", one) for one in senders)
        or addresses.sender().lower() in senders
        or header(message, "Message-ID").strip().endswith(f"@{addresses.mail_host()}>")
    )


def our_address(message: EmailMessage) -> tuple[str, str]:
    """What the address that it was sent to is for, and its code. Raises Refused."""
    domain = current_app.config["MAIL_REPLY_DOMAIN"].lower()
    found = OURS.findall(", ".join(header(message, name) for name in SENT_TO))
    ours = [(use.lower(), code) for use, code, host in found if domain and host.lower() == domain]
    if not ours:
        raise Refused("no address")
    return ours[0]


def stop(session: Session, code: str) -> dict[str, object]:
    """Whoever holds the address may stop its mails: no sender is asked for, as with the link."""
    found = addresses.read_stop(code)
    if found is None or session.get(Account, found[0]) is None:
        raise Refused("bad address")
    preferences.stop(session, *found)
    return {"outcome": "stopped", "account_id": found[0]}


def target(session: Session, message: EmailMessage, code: str, now: datetime) -> tuple[Account, Post, Question]:
    """Who replies to what. Raises Refused."""
    to = addresses.read_reply(code)
    account = session.get(Account, to.account_id) if to else None
    if to is None or account is None or not account.email:
        raise Refused("bad address")
    if not account.active or not account.confirmed_at:
        raise Refused("suspended", account=account)
    with force_locale(letters.language_of(account)):
        senders = getaddresses([header(message, "From")])
        if [address.casefold() for _name, address in senders] != [account.email.casefold()]:
            reason = _("It did not come from %(address)s, the address of your account.", address=account.email)
            raise Refused("wrong sender", reason, account)
        if now.astimezone(UTC).date() > to.last_day:
            raise Refused("expired", _("The mail that you replied to is too old."), account, words(message, account))
        post = session.scalar(select(Post).where(Post.id == to.post_id, Post.deleted_at.is_(None)))
        question = post if isinstance(post, Question) else session.get(Question, post.question_id) if post else None
        if post is None or question is None or question.deleted_at:
            raise Refused("gone", _("What you replied to was deleted."), account, words(message, account))
    return account, post, question


def words(message: EmailMessage, account: Account) -> str:
    """What they wrote. Raises Refused when that is nothing."""
    said = words_of(message, markdown_of, known_lines())
    if not said.strip():
        raise Refused("empty", _("There were no new words in it, only a quote, a signature or pictures."), account)
    return said


def known_lines() -> list[str]:
    """What stands in our mails and never in what somebody writes: the line on top, in each language, and our address."""
    lines = [f"@{current_app.config['MAIL_REPLY_DOMAIN']}", f"<{addresses.sender()}>"]
    for locale in LOCALES:
        with force_locale(locale):
            lines.append(letters.line_above())
    return lines


def written(session: Session, reply: Reply, now: datetime) -> Post:
    """The post that the reply became: an answer to a question, else a comment. Raises Refused when a rule says no.

    What is too long for a comment is posted as an answer; the asker's own counts as talk, as on the page.
    """
    try:
        with session.begin_nested():
            parent = session.get(Post, reply.post.parent_id) if isinstance(reply.post, Comment) else reply.post
            if (
                isinstance(parent, Question | Answer)
                and reply.post.kind != "question"
                and len(reply.words) <= LONGEST_COMMENT
            ):
                return questions.comment(session, parent, reply.words, reply.account, now)
            return questions.answer(session, reply.question, reply.words, reply.account, now)
    except DomainError as error:
        reason = str(error.message or _("It is not possible any more."))
        raise Refused("refused", reason, reply.account, reply.words) from error


def answer_refused(session: Session, message: EmailMessage, refusal: Refused, key: str, now: datetime) -> None:
    """Tell the account's owner, at the address of the account and never at another, with their words for another try."""
    account = refusal.account
    assert account is not None
    with force_locale(letters.language_of(account)):
        facts = {
            "reason": refusal.reason, "words": refusal.words[:LONGEST_RETURNED], "line": _("Your reply was not posted"),
            "url": page_of(message, refusal), **letters.frame(account, "all"),
        }  # fmt: skip
        text, html = letters.render("mail/refused.txt", **facts), letters.render("mail/refused.html", **facts)
        subject = str(facts["line"])
    headers = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "Precedence": "bulk"}
    if key.startswith("<"):
        headers |= {"In-Reply-To": key, "References": key}
    mail.queue(
        session, account.email or "", subject, text, now, html=html, account=account, headers=headers,
        key=f"refused:{sha256(key.encode()).hexdigest()[:40]}",
    )  # fmt: skip


def page_of(message: EmailMessage, refusal: Refused) -> str:
    """Where the words can be posted by hand."""
    to = addresses.read_reply(our_address(message)[1])
    return addresses.page_url(f"/posts/{to.post_id}" if to and refusal.outcome != "gone" else "/")
