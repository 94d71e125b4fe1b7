"""A person who has left traces everywhere, and the search for them."""

import io
import zlib
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from community import mail, outbox, uploads
from community.complaints import service as complaints
from community.consents import set_consent
from community.db import Base
from community.models import (
    Account,
    Answer,
    ApiToken,
    Award,
    Comment,
    Complaint,
    Draft,
    Notification,
    Outcome,
    Passkey,
    Preference,
    Question,
    ReceivedMail,
    Sanction,
    SavedSearch,
    SignIn,
    Telling,
    Upload,
    Verbatim,
)
from community.moderation import appeals, flags, sanctions
from community.questions import service as questions
from community.questions import votes, watching
from tests.conftest import NOW
from tests.factories import Factory
from tests.insights.making import make_report, make_theme

MARK = "xylotomous"  # in every word that the person left
NAME = "Zebulon Quartzfeather"
TRACES = (MARK, "zebulon", "quartzfeather")


@dataclass
class Traces:
    """Who they are, and what they and others wrote."""

    person: Account
    other: Account
    agent: Account
    questions: dict[str, Question] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    comments: dict[str, Comment] = field(default_factory=dict)
    upload: Upload | None = None
    loose: Upload | None = None


def leave_traces(make: Factory) -> Traces:
    session = make.session
    person, other, agent = make.account(NAME), make.account("Other"), make.account("Agent", "agent")
    person.about = f"I am {MARK}."
    left = Traces(person, other, agent)
    write_in_the_forum(make, left)
    complain(make, left)
    keep_things(session, left)
    be_told_of(session, left)
    be_moderated(session, left)
    session.commit()
    return left


def be_moderated(session: Session, left: Traces) -> None:
    """A flag of theirs with words, a sanction that is over, and their appeal."""
    flags.flag(session, left.questions["others"], "other", f"See {MARK}", left.person, NOW)
    long_ago = NOW - timedelta(days=10)
    sanctions.sanction(session, left.person, "silence", 3, "abuse", f"Dear {NAME}, {MARK}", left.agent, long_ago)
    mine = session.scalars(select(Sanction)).one()
    appeals.against_sanction(session, left.person, mine.id, f"But {MARK}", long_ago)


def write_in_the_forum(make: Factory, left: Traces) -> None:
    session, person, other = make.session, left.person, left.other
    left.loose = store(session, person)
    left.upload = store(session, person)
    body = f"It hangs {MARK}. {uploads.as_markdown(left.upload)}"
    alone = make.question(person, title=f"Alone {MARK}", body=body, tags=[MARK, "light"])
    answered = make.question(person, title=f"Answered {MARK}", body=MARK)
    others = make.question(other, title="What of others?", body="Tell me.", tags=["light"])
    left.questions = {"alone": alone, "answered": answered, "others": others}
    reply = make.answer(answered, other, body="Hold it.")
    questions.accept(session, answered, reply, person, NOW)
    accepted = make.answer(others, person, body=f"Turn it {MARK}.")
    questions.accept(session, others, accepted, other, NOW)
    discussed = make.answer(others, person, body=f"Or press it {MARK}.")
    below = make.comment(discussed, other, body="Which one?")
    left.answers = {"reply": reply, "accepted": accepted, "discussed": discussed}
    mine = make.comment(others, person, body=f"I too {MARK}.")
    left.comments = {"mine": mine, "below": below}
    for post in (alone, accepted, mine):
        questions.edit(session, post, getattr(post, "title", None), f"Edited {MARK}. {body}", person, NOW)
    for post, value in ((others, 1), (reply, -1)):
        votes.vote(session, post, value, person, NOW)
    votes.vote(session, answered, 1, other, NOW)
    watching.say_me_too(session, others, True, person, NOW)
    session.commit()


def complain(make: Factory, left: Traces) -> None:
    session = make.session
    case = make.complaint(left.person, subject=f"Broken {MARK}", body=f"It broke {MARK}.")
    complaints.reply(session, case, f"Dear {NAME}, we are sorry.", left.agent, NOW)
    complaints.reply(session, case, f"Thank you {MARK}", left.person, NOW)
    make.contact(f"I wrote by mail {MARK}", address=left.person.email or "")
    for verbatim in session.scalars(select(Verbatim)):
        verbatim.language, verbatim.mined_revision, verbatim.score = "en", "m", -0.5
        verbatim.sentiment, verbatim.intent, verbatim.leaving = "negative", "problem", False


def keep_things(session: Session, left: Traces) -> None:
    person = left.person
    for kind in ("profiling", "visits"):
        set_consent(session, person, kind, True, NOW)
    session.add_all([
        Draft(account_id=person.id, place="ask", title=MARK, body=MARK, saved_at=NOW),
        SavedSearch(account_id=person.id, name=MARK, query=MARK, created_at=NOW, ran_at=NOW),
        Preference(account_id=person.id, kind="reply", frequency="never"),
        SignIn(account_id=person.id, token_hash="h", created_at=NOW, expires_at=NOW, browser=MARK),
        ApiToken(account_id=person.id, name=MARK, token_hash=MARK, created_at=NOW),
        Award(account_id=person.id, badge="helper", awarded_at=NOW),
        Passkey(
            user_id=person.id, credential_id=b"c", public_key=b"k", backup_state=False, device_type="d", name=MARK,
            usage="first", create_datetime=NOW, lastuse_datetime=NOW,
        ),
    ])  # fmt: skip


def be_told_of(session: Session, left: Traces) -> None:
    """Notifications and mail, to them and about them; words of theirs in a report."""
    person, other, agent = left.person, left.other, left.agent
    accepted = left.answers["accepted"]
    session.add_all([
        Notification(
            account_id=person.id, kind="reply", question_id=left.questions["alone"].id, post_id=None,
            details={"words": MARK}, created_at=NOW,
        ),
        Notification(
            account_id=other.id, kind="reply", question_id=left.questions["others"].id, post_id=accepted.id,
            actor_id=person.id, created_at=NOW,
        ),
        ReceivedMail(message_id=f"<1.{MARK}@example.org>", account_id=person.id, outcome="posted", received_at=NOW),
    ])  # fmt: skip
    mail.queue(session, person.email or "", f"Dear {NAME}", MARK, NOW)
    about = f"{NAME} wrote {MARK}"
    mail.queue(session, other.email or "", MARK, about, NOW, account=other, key=f"post:{accepted.id}:{other.id}:reply")
    reply = left.answers["reply"]
    mail.queue(
        session,
        agent.email or "",
        f"Re: {MARK}",
        f"Other answered {MARK}",
        NOW,
        account=agent,
        key=f"post:{reply.id}:{agent.id}:watched",
    )
    sent = mail.queue(
        session, other.email or "", f"Re: {MARK}", "", NOW, account=other, key=f"post:{reply.id}:{other.id}:reply"
    )
    sent.sent_at = NOW
    digest = f"Read: {about} http://localhost/posts/{accepted.id}"
    mail.queue(session, other.email or "", "Your day", digest, NOW, account=other, key="digest:1")
    mail.queue(session, other.email or "", "Nothing of theirs", "http://localhost/posts/99", NOW, account=other)
    outbox.record(session, "account.renamed", person.id, person, NOW, before=NAME)
    theme = make_theme(session)
    make_report(session, theme, [])
    became = Outcome(theme_id=theme.id, title="t", body="b", done_on=NOW.date(), changed_at=NOW)
    session.add(became)
    session.flush()
    session.add(Telling(outcome_id=became.id, customer_id=person.customer_id, way="forum"))


def store(session: Session, by: Account) -> Upload:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")
    picture.seek(0)
    upload = uploads.store(session, FileStorage(picture, "red.png"), by, NOW)
    session.commit()
    return upload


def case_of(session: Session, person: Account) -> Complaint:
    return session.scalars(select(Complaint).where(Complaint.customer_id == person.customer_id)).one()


def found_in_tables(session: Session, *traces: str) -> set[str]:
    """Table.column of every value in which one of the traces stands."""
    session.rollback()
    found = set()
    for table in Base.metadata.sorted_tables:
        for row in session.execute(select(table)).mappings():
            found |= {f"{table.name}.{name}" for name, value in row.items() if holds(value, traces)}
    return found


def holds(value: Any, traces: tuple[str, ...]) -> bool:
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return any(trace.casefold() in text.casefold() for trace in traces)


def found_in_files(app: Flask, *traces: str) -> list[Path]:
    """Files of the index and of uploads in whose bytes one of the traces stands."""
    folders = [Path(app.config[name]) for name in ("SEARCH_INDEX_DIR", "UPLOADS_DIR")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if holds(opened(path.read_bytes()), traces)]


def opened(data: bytes) -> bytes:
    """The bytes, and what they hold compressed."""
    try:
        return data + zlib.decompress(data)
    except zlib.error:
        return data
