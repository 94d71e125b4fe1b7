"""Verbs of mentions: where one belongs, where it does not, and what it really says. Later runs keep and learn it."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import verbatims
from community.errors import Conflict, Invalid
from community.insights import likeness, values
from community.insights.corrections import record, require_editor, take_turn
from community.models import Account, Correction, Mention, Theme, Topic, Verbatim, Verdict

SENTIMENTS = ("negative", "neutral", "positive")
INTENTS = ("problem", "question", "suggestion", "praise", "other")


def verdict_on(session: Session, mention: Mention, now: datetime) -> Verdict:
    """What people decided about the mention, or a new row. Locks the verbatim, so that no run replaces it meanwhile."""
    text_hash = session.scalar(select(Verbatim.text_hash).where(Verbatim.id == mention.verbatim_id).with_for_update())
    if text_hash is None:
        raise Conflict(_("This text is no longer there."))
    place = {"verbatim_id": mention.verbatim_id, "text_hash": text_hash, "start": mention.start}
    found = session.scalar(select(Verdict).filter_by(**place))
    if found is None:
        found = Verdict(**place, at=now)
        session.add(found)
        session.flush()
    if values.mention_of(session, found) is None:
        raise Conflict(_("This text is being read again. Try once more in a minute."))
    return found


def move(session: Session, mention: Mention, theme: Theme, by: Account, now: datetime) -> Correction | None:
    """Put a mention into another theme: into its topic that is most alike. Raises NotAllowed, Invalid, Conflict."""
    verdict = ready(session, mention, by, now)
    topics = session.scalars(
        select(Topic).where(Topic.theme_id == theme.id, Topic.archived_at.is_(None)).order_by(Topic.id)
    ).all()
    if theme.merged_into_id is not None or not topics:
        raise Invalid(_("Choose a theme that has mentions."))
    topic = likeness.nearest_topic(session, mention, topics)
    if topic.id == mention.topic_id:
        return None
    return place(session, "move", verdict, mention, topic, theme, by, now)


def keep(session: Session, mention: Mention, by: Account, now: datetime) -> Correction | None:
    """Say that a mention is where it belongs: an example to learn from. Raises NotAllowed, Invalid, Conflict."""
    verdict = ready(session, mention, by, now)
    if mention.topic_id is None:
        raise Invalid(_("This mention is in no theme."))
    topic = session.get_one(Topic, mention.topic_id)
    return place(session, "keep", verdict, mention, topic, None, by, now)


def place(
    session: Session, kind: str, verdict: Verdict, mention: Mention, topic: Topic, to: Theme | None, by: Account,
    now: datetime,
) -> Correction | None:  # fmt: skip
    siblings = select(Topic.id).where(Topic.theme_id == topic.theme_id)
    welcome = set(session.scalars(siblings.where(Topic.id.in_(verdict.rejected or []))))
    rejected = [key for key in verdict.rejected or [] if key not in welcome]
    wanted = {
        f"verdict:{verdict.id}:place": {"held": topic.id, "rejected": rejected, "topic": topic.id, "considered": False}
    }
    home = theme_of(session, mention)
    told = {"before": home and home.name, "after": to.name} if to else {}
    return record(session, kind, wanted, by, now, theme=home or to, other=to, verdict=verdict, **told)


def reject(session: Session, mention: Mention, by: Account, now: datetime) -> Correction | None:
    """Say that a mention is not about its theme: it leaves, and never returns by itself. Raises NotAllowed, Invalid."""
    verdict = ready(session, mention, by, now)
    if mention.topic_id is None:
        raise Invalid(_("This mention is in no theme."))
    rejected = sorted({*(verdict.rejected or []), mention.topic_id})
    wanted = {f"verdict:{verdict.id}:place": {"held": None, "rejected": rejected, "topic": None, "considered": False}}
    home = theme_of(session, mention)
    return record(session, "reject", wanted, by, now, theme=home, verdict=verdict, before=home and home.name)


def relabel(
    session: Session, mention: Mention, sentiment: str | None, intent: str | None, by: Account, now: datetime
) -> Correction | None:
    """Say what a mention really is; saying what the machine said confirms it. Raises NotAllowed, Invalid, Conflict."""
    require_editor(by)
    if (sentiment and sentiment not in SENTIMENTS) or (intent and intent not in INTENTS):
        raise Invalid(_("There is no such label."))
    verdict = ready(session, mention, by, now)
    wanted: dict[str, Any] = {}
    told: dict[str, Any] = {}
    if sentiment:
        score = {"negative": min(mention.score, -0.5), "neutral": 0.0, "positive": max(mention.score, 0.5)}[sentiment]
        said = {"held": sentiment, "sentiment": sentiment, "score": score, "revision": mention.revision}
        wanted[f"verdict:{verdict.id}:sentiment"] = said
        told |= {"sentiment_before": mention.sentiment, "sentiment": sentiment}
    if intent:
        wanted[f"verdict:{verdict.id}:intent"] = {"held": intent, "intent": intent, "revision": mention.revision}
        told |= {"intent_before": mention.intent, "intent": intent}
    customer = session.scalar(select(Verbatim.customer_id).where(Verbatim.id == mention.verbatim_id))
    if customer:
        verbatims.touch(session, customer, now)
    return record(session, "relabel", wanted, by, now, theme=theme_of(session, mention), verdict=verdict, **told)


def ready(session: Session, mention: Mention, by: Account, now: datetime) -> Verdict:
    """The mention's verdict, to be changed. Raises NotAllowed, Conflict."""
    require_editor(by)
    take_turn(session)
    return verdict_on(session, mention, now)


def theme_of(session: Session, mention: Mention) -> Theme | None:
    if mention.topic_id is None:
        return None
    return session.scalar(select(Theme).join(Topic, Topic.theme_id == Theme.id).where(Topic.id == mention.topic_id))
