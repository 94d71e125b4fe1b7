"""Verbs of outcomes: a draft that is kept, published once, withdrawn and brought back. All but drafts are corrections."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from community import outbox
from community.batches import batches
from community.errors import Conflict, Invalid
from community.inserting import insert_missing
from community.insights.acting import ENDED, FIRST_DAY
from community.insights.corrections import record, require_editor, take_turn
from community.insights.service import ready
from community.models import Account, Mail, Mention, Outcome, OutcomeNote, Post, Telling, Theme, Topic, Verbatim
from community.outcomes.audience import audience

LONGEST_TITLE, LONGEST_BODY = 160, 6_000
MOST_NOTES = 5_000  # questions whose page says what became of them
NOTED_LATER = timedelta(days=3)  # so long after it was asked, a question may still get its theme
MOST_NOTED_LATER = 100  # outcomes, the newest
OF_QUESTIONS = ("problem", "suggestion", "question")
TITLES, BODIES = ("title", "title_zh"), ("body", "body_zh")


def draft_of(session: Session, theme_id: int) -> Outcome | None:
    """The theme's own draft; else the latest of a theme that was merged into it, so that none is out of reach."""
    rows = (
        select(Outcome)
        .join(Theme, Theme.id == Outcome.theme_id)
        .where(or_(Theme.id == theme_id, Theme.merged_into_id == theme_id), Outcome.state == "draft")
        .order_by(Theme.id != theme_id, Outcome.changed_at.desc(), Outcome.id.desc())
    )
    return session.scalar(rows.limit(1))


def save(
    session: Session, theme: Theme, words: Mapping[str, str], done_on: date, by: Account, now: datetime
) -> Outcome:  # fmt: skip
    """Keep the draft of the theme's outcome. Raises NotAllowed, Invalid, Conflict."""
    ready(session, by, theme)
    found = {name: " ".join(words.get(name, "").replace("\0", "").split()) for name in TITLES}
    found |= {name: words.get(name, "").replace("\r\n", "\n").replace("\0", "").strip() for name in BODIES}
    if any(len(found[name]) > LONGEST_TITLE for name in TITLES):
        raise Invalid(_("A title has at most %(most)s characters.", most=LONGEST_TITLE))
    if any(len(found[name]) > LONGEST_BODY for name in BODIES):
        raise Invalid(_("The text is longer than %(most)s characters.", most=LONGEST_BODY))
    if not FIRST_DAY <= done_on <= now.date():
        raise Invalid(_("Say since when it is so: today or a day before."))
    draft = draft_of(session, theme.id) or Outcome(theme_id=theme.id, state="draft", done_on=done_on, changed_at=now)
    draft.theme_id = theme.id
    for name, text in found.items():
        setattr(draft, name, text)
    draft.done_on, draft.written_by_id, draft.changed_at = done_on, by.id, now
    session.add(draft)
    session.flush()
    return draft


def discard(session: Session, outcome: Outcome, by: Account) -> None:
    """Throw a draft away. Raises NotAllowed, Conflict."""
    require_editor(by)
    gone = delete(Outcome).where(Outcome.id == outcome.id, Outcome.state == "draft").returning(Outcome.id)
    if session.execute(gone).first() is None:
        raise Conflict(_("It is no draft any more."))


def publish(session: Session, outcome: Outcome, by: Account, now: datetime, seen: str | None = None) -> None:
    """Show it to everybody, and have those told who raised the theme until now.

    `seen`: the draft's `changed_at` as the manager looked at it. Raises NotAllowed, Invalid, Conflict.
    """
    require_editor(by)
    take_turn(session)
    session.refresh(outcome, with_for_update=True)
    theme = session.get_one(Theme, outcome.theme_id)
    if outcome.state == "draft" and theme.merged_into_id is not None:
        outcome.theme_id = theme.merged_into_id  # it tells of what the theme is part of now
        theme = session.get_one(Theme, outcome.theme_id)
    ready(session, by, theme)
    if outcome.state != "draft":
        raise Conflict(_("It was published already."))
    if seen is not None and seen != outcome.changed_at.isoformat():
        raise Conflict(_("Somebody changed the draft since you looked at it. Look at it again."))
    if theme.status not in ENDED:
        raise Conflict(_("Set the theme's status to done, or to won't do, before you tell of it."))
    if not (outcome.title and outcome.body):
        raise Invalid(_("It takes a title and a text in English."))
    outcome.is_done, outcome.published_at = theme.status == "done", now
    people = audience(session, theme.id, now, outcome.id)
    outcome.counted = people.counts()
    rows = [
        {"outcome_id": outcome.id, "customer_id": one.raiser.customer_id, "way": one.raiser.way,
         "complaint_id": one.raiser.complaint_id}
        for one in people.told
    ]  # fmt: skip
    for some in batches(rows):
        session.execute(insert(Telling), some)
    note(session, outcome)
    record(session, "publish", {f"outcome:{outcome.id}:state": "published"}, by, now, theme=theme, title=outcome.title)
    outbox.record(session, "outcome.published", outcome.id, by, now)
    session.flush()


def note_later(session: Session, now: datetime) -> int:
    """Have questions that were asked lately say what became of their theme; how many outcomes were looked at."""
    published = select(Outcome).where(Outcome.state == "published").order_by(Outcome.id.desc()).limit(MOST_NOTED_LATER)
    found = session.scalars(published).all()
    for outcome in found:
        note(session, outcome, now - NOTED_LATER)
    return len(found)


def note(session: Session, outcome: Outcome, since: datetime | None = None) -> None:
    """Have the pages of the theme's public questions say what became of them; of all, or of those asked since then."""
    asked = (
        select(Verbatim.post_id)
        .join(Post, Post.id == Verbatim.post_id)
        .join(Mention, Mention.verbatim_id == Verbatim.id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(
            Topic.theme_id == outcome.theme_id, Post.kind == "question", Post.deleted_at.is_(None),
            Mention.intent.in_(OF_QUESTIONS), Mention.considered.is_(False),
            *([Verbatim.said_at >= since] if since else []),
        )
        .distinct()
        .order_by(Verbatim.post_id.desc())
        .limit(MOST_NOTES)
    )  # fmt: skip
    for some in batches(session.scalars(asked).all()):
        rows = [{"question_id": key, "outcome_id": outcome.id} for key in some]
        insert_missing(session, OutcomeNote, rows, OutcomeNote.question_id)


def withdraw(session: Session, outcome: Outcome, by: Account, now: datetime) -> None:
    """Its page and its notes are gone, who waits is not told; undoing it brings all back. Raises NotAllowed, Conflict."""
    require_editor(by)
    take_turn(session)
    session.refresh(outcome, with_for_update=True)
    if outcome.state != "published":
        raise Conflict(_("It is not published."))
    theme = session.get_one(Theme, outcome.theme_id)
    record(session, "withdraw", {f"outcome:{outcome.id}:state": "withdrawn"}, by, now, theme=theme, title=outcome.title)
    on_their_way = Mail.key.startswith(f"outcome:{outcome.id}:") & Mail.sent_at.is_(None) & (Mail.attempts == 0)
    session.execute(delete(Mail).where(on_their_way))
    session.flush()
