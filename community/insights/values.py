"""The values that corrections change, each by a name like `theme:7:status`: one way to read and one to write it.

Values are plain JSON, so that a row of the log can bring them back.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community import relabelling
from community.models import Account, Mention, Outcome, Theme, Topic, Verbatim, Verdict

NAME = ("name", "name_zh", "named_by_id", "is_named_by_person")
ACCOUNTS = ("named_by_id", "owner_id")


def value(session: Session, what: str) -> Any:
    """What stands there now."""
    table, key, name = what.split(":")
    if table == "theme":
        theme = session.get_one(Theme, int(key))
        return {part: getattr(theme, part) for part in NAME} if name == "name" else plain(getattr(theme, name))
    if table == "topic":
        return plain(getattr(session.get_one(Topic, int(key)), name))
    if table == "outcome":
        return getattr(session.get_one(Outcome, int(key)), name)
    return of_verdict(session, session.get_one(Verdict, int(key)), name)


def plain(found: Any) -> Any:
    """As JSON keeps it."""
    return found.isoformat() if isinstance(found, date) else found


def write(session: Session, what: str, wanted: Any) -> None:
    """Put the value there. What was deleted meanwhile stays deleted."""
    table, key, name = what.split(":")
    if table == "theme":
        theme = session.get_one(Theme, int(key))
        for part, one in wanted.items() if name == "name" else ((name, wanted),):
            is_gone = part in ACCOUNTS and one is not None and session.get(Account, one) is None
            one = date.fromisoformat(one) if part == "due_on" and one else one
            setattr(theme, part, None if is_gone else one)
    elif table == "outcome":
        outcome = session.get(Outcome, int(key))
        if outcome is not None:  # what was public is no draft again: taken back, it is withdrawn
            outcome.state = "withdrawn" if wanted == "draft" else wanted
    elif table == "topic":
        to_topic(session, session.get_one(Topic, int(key)), name, wanted)
    else:
        verdict = session.get(Verdict, int(key))
        if verdict is not None:
            to_verdict(session, verdict, name, wanted)


def to_topic(session: Session, topic: Topic, name: str, wanted: Any) -> None:
    if name == "theme_id":
        topic.theme_id = wanted
        return
    topic.archived_at = datetime.fromisoformat(wanted) if wanted else None
    if wanted:  # what the machine put there looks for its place anew
        session.flush()
        session.execute(update(Mention).where(Mention.topic_id == topic.id).values(topic_id=None, considered=False))


def mention_of(session: Session, verdict: Verdict) -> Mention | None:
    """The mention that it is about, unless its text was edited or is not mined yet."""
    return session.scalar(
        select(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .where(
            Mention.verbatim_id == verdict.verbatim_id, Mention.start == verdict.start,
            Verbatim.text_hash == verdict.text_hash,
        )
        .execution_options(populate_existing=True)
    )  # fmt: skip


def of_verdict(session: Session, verdict: Verdict, name: str) -> dict[str, Any]:
    """`place`, `sentiment` or `intent`: what people said, and what stands at the mention itself."""
    mention = mention_of(session, verdict)
    if name == "place":
        return {
            "held": verdict.topic_id, "rejected": verdict.rejected or [], "topic": mention and mention.topic_id,
            "considered": bool(mention and mention.considered),
        }  # fmt: skip
    found = {"held": getattr(verdict, name), name: mention and getattr(mention, name)}
    found["revision"] = mention and mention.revision
    return found | ({"score": mention and mention.score} if name == "sentiment" else {})


def to_verdict(session: Session, verdict: Verdict, name: str, wanted: dict[str, Any]) -> None:
    mention = mention_of(session, verdict)
    if name == "place":
        verdict.topic_id, verdict.rejected = wanted["held"], wanted["rejected"] or None
        if mention is not None:
            mention.topic_id = living(session, wanted["topic"])
            # What only leaned, or waited, does so again; where its topic is gone, it looks for its place anew.
            mention.considered = wanted.get("considered", False) and mention.topic_id == wanted["topic"]
        return
    setattr(verdict, name, wanted["held"])
    if mention is None:
        return
    for part in ("sentiment", "score", "intent"):
        if wanted.get(part) is not None:
            setattr(mention, part, wanted[part])
    session.flush()
    relabelling.follow(session, mention.verbatim_id)
    if wanted["held"] is None and wanted["revision"] != mention.revision:
        # Another model has read it since, and what that one said is not known: it reads the text again.
        session.execute(update(Verbatim).where(Verbatim.id == verdict.verbatim_id).values(mined_revision=None))


def living(session: Session, topic_id: int | None) -> int | None:
    """The topic's id, unless it is no more."""
    return topic_id and session.scalar(select(Topic.id).where(Topic.id == topic_id, Topic.archived_at.is_(None)))
