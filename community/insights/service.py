"""Verbs of themes: what a person decides outlives every later run of the machine."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community import outbox
from community.errors import Invalid, NotAllowed
from community.models import THEME_STATUSES, Account, Correction, Mention, Theme, ThemeChange, Topic, Verbatim

EDITORS = ("manager", "admin")
SENTIMENTS = ("negative", "neutral", "positive")
INTENTS = ("problem", "question", "suggestion", "praise", "other")


def require_editor(by: Account) -> None:
    if not any(by.has_role(name) for name in EDITORS):
        raise NotAllowed(_("Only product managers can do this."))


def rename(session: Session, theme: Theme, name: str, by: Account, now: datetime) -> None:
    """Give the theme a person's name, in both languages; the machine will not change it. Raises NotAllowed, Invalid."""
    require_editor(by)
    name = " ".join(name.split())
    if not 2 <= len(name) <= 160:
        raise Invalid(_("A name has 2 to 160 characters."))
    note(session, theme, "named", theme.name, name, by, now)
    theme.name, theme.name_zh, theme.named_by_id, theme.is_named_by_person = name, None, by.id, True


def set_status(session: Session, theme: Theme, status: str, by: Account, now: datetime) -> None:
    """Raises NotAllowed, Invalid."""
    require_editor(by)
    if status not in THEME_STATUSES:
        raise Invalid(_("There is no such status."))
    if status != theme.status:
        note(session, theme, "status", theme.status, status, by, now)
        theme.status = status


def merge(session: Session, theme: Theme, into: Theme, by: Account, now: datetime) -> None:
    """Move all topics of a theme into another; the old address leads there. Raises NotAllowed, Invalid."""
    require_editor(by)
    if theme.id == into.id or into.merged_into_id is not None:
        raise Invalid(_("Choose another theme to merge into."))
    note(session, into, "merged", theme.name, into.name, by, now)
    session.execute(update(Topic).where(Topic.theme_id == theme.id).values(theme_id=into.id))
    session.execute(update(Theme).where(Theme.merged_into_id == theme.id).values(merged_into_id=into.id))
    theme.merged_into_id = into.id


def correct(
    session: Session, mention: Mention, sentiment: str | None, intent: str | None, by: Account, now: datetime
) -> None:
    """Say what a mention really is; later runs keep it while the text stays. Raises NotAllowed, Invalid."""
    require_editor(by)
    if (sentiment and sentiment not in SENTIMENTS) or (intent and intent not in INTENTS):
        raise Invalid(_("There is no such label."))
    text_hash = session.scalar(select(Verbatim.text_hash).where(Verbatim.id == mention.verbatim_id)) or ""
    place = (
        Correction.verbatim_id == mention.verbatim_id, Correction.text_hash == text_hash,
        Correction.start == mention.start,
    )  # fmt: skip
    row = session.scalar(select(Correction).where(*place))
    if row is None:
        row = Correction(verbatim_id=mention.verbatim_id, text_hash=text_hash, start=mention.start)
        session.add(row)
    row.sentiment, row.intent = sentiment or row.sentiment, intent or row.intent
    row.by_id, row.at = by.id, now
    if sentiment:
        mention.sentiment = sentiment
        mention.score = {"negative": min(mention.score, -0.5), "neutral": 0.0, "positive": max(mention.score, 0.5)}[
            sentiment
        ]
    if intent:
        mention.intent = intent


def note(session: Session, theme: Theme, change: str, before: str, after: str, by: Account, now: datetime) -> None:
    session.add(ThemeChange(theme_id=theme.id, by_id=by.id, at=now, change=change, before=before, after=after))
    outbox.record(session, "theme.changed", theme.id, by, now, change=change)
