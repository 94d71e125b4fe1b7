"""Mail that comes in: a reply becomes a comment or an answer, a stopping mail stops, a complaint becomes a case or a turn
of one. Here the parts are put together.

Each Message-ID is taken once. Machines are not answered. Whoever wrote hears by mail, once, when it was not posted;
what was meant for the complaints inbox and refused is kept as it came, for agents to look at.
"""

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
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
from community.complaints import intake
from community.complaints.mail_reading import subject_of
from community.db import AWAY
from community.errors import DomainError, Invalid
from community.exchange.html_markdown import markdown_of
from community.inserting import insert_missing
from community.mail_parsing import SENT_TO, header, is_automatic, message_key, parsed, senders
from community.mail_words import words_of
from community.models import Account, Answer, Comment, Post, Question, ReceivedMail
from community.notifications import letters, preferences
from community.questions import service as questions
from community.questions.rules import LONGEST_COMMENT
from community.web.languages import LOCALES

log = logging.getLogger(__name__)

OURS = re.compile(r"\b(reply|stop)\+([a-z2-7]{20,40})@([\w.-]+)", re.IGNORECASE)
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


def receive(session: Session, raw: bytes, now: datetime, is_inbox: bool = False) -> str:
    """Take one mail, and do what it asks for; the outcome: posted, stopped, opened, threaded, cut, again, or why not.

    `is_inbox`: it lay in the mailbox of complaints, so that it is one whatever address it names. The caller commits.
    """
    message = parsed(raw)
    key = message_key(message, raw)
    row = {"message_id": key, "outcome": "taken", "received_at": now}
    if not insert_missing(session, ReceivedMail, [row], ReceivedMail.id):
        return "again"
    is_case = is_inbox or intake.is_for_cases(session, message)
    facts = facts_of_case(session, message, raw, now) if is_case else facts_of_forum(session, message, raw, key, now)
    session.execute(update(ReceivedMail).where(ReceivedMail.message_id == key).values(**facts))
    log.info("mail in: %s, account %s", facts["outcome"], facts.get("account_id"))
    return str(facts["outcome"])


def facts_of_forum(session: Session, message: EmailMessage, raw: bytes, key: str, now: datetime) -> dict[str, object]:
    """Take a mail to the forum; what to note of it. One that nothing answers to is kept: it may have been a complaint."""
    try:
        return act(session, message, len(raw), now)
    except Refused as refusal:
        if refusal.reason and refusal.account:
            session.flush()
            answer_refused(session, message, refusal, key, now)
        facts = {"outcome": refusal.outcome, "account_id": refusal.account.id if refusal.account else None}
        return facts | (kept(message, raw) if refusal.outcome == "no address" else {})


def facts_of_case(
    session: Session, message: EmailMessage, raw: bytes, now: datetime, is_forced: bool = False
) -> dict[str, object]:
    """Take a mail to the complaints inbox; what to note of it, with the original unless all of it was taken."""
    noted = kept(message, raw)
    try:
        with session.begin_nested():
            facts = intake.take(session, message, len(raw), now, markdown_of, known_lines(), is_forced)
    except intake.Refused as refusal:
        return noted | {"outcome": refusal.outcome}
    except AWAY:
        raise
    except Exception:  # what strangers send breaks parsers in more ways than can be named; the original is kept
        log.exception("mail in: a complaint could not be read")
        return noted | {"outcome": "unreadable"}
    return noted | facts | ({} if facts["outcome"] == "cut" else {"original": None})


def kept(message: EmailMessage, raw: bytes) -> dict[str, object]:
    """What is kept of a mail for agents: who sent it, about what, and the original."""
    from_ = senders(message)
    return {
        "sender": from_[0][1].lower()[:320] if from_ else None, "subject": storable(subject_of(message))[:300],
        "size": len(raw), "original": raw,
    }  # fmt: skip


def storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def retake(session: Session, row: ReceivedMail, now: datetime, is_forced: bool) -> str:
    """Try a kept mail again, as it came; the outcome. Raises Invalid when nothing of it is kept."""
    raw = row.original
    if raw is None:
        raise Invalid(_("Nothing of this mail is kept."))
    message = parsed(raw)
    session.execute(update(ReceivedMail).where(ReceivedMail.id == row.id).values(sender=None))
    facts = facts_of_case(session, message, raw, now, is_forced)
    session.execute(update(ReceivedMail).where(ReceivedMail.id == row.id).values(**facts))
    return str(facts["outcome"])


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
