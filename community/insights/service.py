"""Verbs of themes: what a person decides outlives every later run of the machine, and can be undone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Conflict, Invalid
from community.insights import placing
from community.insights.corrections import EDITORS, record, require_editor, take_turn
from community.models import THEME_STATUSES, Account, Correction, Mention, Role, Theme, Topic

MOST_SPLIT = 100  # mentions in one go


def rename(session: Session, theme: Theme, name: str, by: Account, now: datetime) -> Correction | None:
    """Give the theme a person's name, in both languages; the machine will not change it. Raises NotAllowed, Invalid."""
    ready(session, by, theme)
    name = checked_name(name)
    wanted = {"name": name, "name_zh": None, "named_by_id": by.id, "is_named_by_person": True}
    return record(
        session, "rename", {f"theme:{theme.id}:name": wanted}, by, now, theme=theme, before=theme.name, after=name
    )


def set_status(session: Session, theme: Theme, status: str, by: Account, now: datetime) -> Correction | None:
    """Raises NotAllowed, Invalid."""
    ready(session, by, theme)
    if status not in THEME_STATUSES:
        raise Invalid(_("There is no such status."))
    wanted = {f"theme:{theme.id}:status": status}
    return record(session, "status", wanted, by, now, theme=theme, before=theme.status, after=status)


def set_owner(session: Session, theme: Theme, owner: Account | None, by: Account, now: datetime) -> Correction | None:
    """Say who sees to it, or nobody. Raises NotAllowed, and Invalid for somebody who could not open the theme."""
    ready(session, by, theme)
    if owner is not None and not any(owner.has_role(role) for role in EDITORS):
        raise Invalid(_("A theme is owned by a product manager."))
    key = owner and owner.id
    return record(session, "owner", {f"theme:{theme.id}:owner_id": key}, by, now, theme=theme, owner_id=key)


def pin(session: Session, theme: Theme, is_pinned: bool, by: Account, now: datetime) -> Correction | None:
    """Put it on top of its kind in reports, or no longer. Raises NotAllowed."""
    ready(session, by, theme)
    return record(session, "pin", {f"theme:{theme.id}:is_pinned": is_pinned}, by, now, theme=theme, after=is_pinned)


def ignore(session: Session, theme: Theme, is_ignored: bool, by: Account, now: datetime) -> Correction | None:
    """Leave it out of reports and alerts, or no longer; its page stays. Raises NotAllowed."""
    ready(session, by, theme)
    wanted = {f"theme:{theme.id}:is_ignored": is_ignored}
    return record(session, "ignore", wanted, by, now, theme=theme, after=is_ignored)


def merge(session: Session, theme: Theme, into: Theme, by: Account, now: datetime) -> Correction | None:
    """Move all topics of a theme into another; the old address leads there. Raises NotAllowed, Invalid, Conflict."""
    require_editor(by)
    take_turn(session)
    session.refresh(into)
    if theme.id == into.id or into.merged_into_id is not None:
        raise Invalid(_("Choose another theme to merge into."))
    ready(session, by, theme)
    topics = session.scalars(select(Topic.id).where(Topic.theme_id == theme.id).order_by(Topic.id))
    earlier = session.scalars(select(Theme.id).where(Theme.merged_into_id == theme.id).order_by(Theme.id))
    wanted: dict[str, Any] = {f"topic:{key}:theme_id": into.id for key in topics}
    wanted |= {f"theme:{key}:merged_into_id": into.id for key in [*earlier, theme.id]}
    return record(
        session, "merge", wanted, by, now, theme=theme, other=into, before=theme.name, after=into.name
    )  # fmt: skip


def split(
    session: Session, theme: Theme, name: str, topics: Sequence[Topic], mentions: Sequence[Mention], by: Account,
    now: datetime,
) -> Correction | None:  # fmt: skip
    """Make a new theme of these topics and mentions of a theme. Raises NotAllowed, Invalid, Conflict."""
    ready(session, by, theme)
    name = checked_name(name)
    own = set(session.scalars(select(Topic.id).where(Topic.theme_id == theme.id, Topic.archived_at.is_(None))))
    chosen = {topic.id for topic in topics}
    single = [mention for mention in mentions if mention.topic_id not in chosen]
    if not (chosen or single):
        raise Invalid(_("Choose what shall become a theme of its own."))
    if len(single) > MOST_SPLIT or not chosen <= own or any(mention.topic_id not in own for mention in single):
        raise Invalid(_("That belongs to another theme."))
    if chosen == own:
        raise Invalid(_("Leave something in the theme; or rename it."))
    made = Theme(
        name=name, named_by_id=by.id, is_named_by_person=True, merged_into_id=theme.id, created_at=now
    )  # not there yet: its first value, and what undoing brings back
    session.add(made)
    session.flush()
    wanted: dict[str, Any] = {f"theme:{made.id}:merged_into_id": None}
    wanted |= {f"topic:{key}:theme_id": made.id for key in sorted(chosen)}
    if single:
        wanted |= to_topic_of_their_own(session, made, single, now)
    count: dict[str, Any] = {"topics": len(chosen), "mentions": len(single)}
    return record(session, "split", wanted, by, now, theme=theme, other=made, before=theme.name, after=name, **count)


def to_topic_of_their_own(session: Session, theme: Theme, mentions: Sequence[Mention], now: datetime) -> dict[str, Any]:
    """The values that move mentions to a new topic. The worker learns from them what the topic is like."""
    topic = Topic(
        theme_id=theme.id, label=theme.name, keywords={}, centroid=b"", threshold=0.7, revision="", created_at=now,
        archived_at=now,
    )  # fmt: skip
    session.add(topic)
    session.flush()
    wanted: dict[str, Any] = {f"topic:{topic.id}:archived_at": None}
    for mention in mentions:
        verdict = placing.verdict_on(session, mention, now)
        place = {"held": topic.id, "rejected": verdict.rejected or [], "topic": topic.id, "considered": False}
        wanted[f"verdict:{verdict.id}:place"] = place
    return wanted


def ready(session: Session, by: Account, theme: Theme) -> None:
    """Raises NotAllowed, and Conflict when the theme was merged meanwhile."""
    require_editor(by)
    take_turn(session)
    session.refresh(theme)
    if theme.merged_into_id is not None:
        raise Conflict(_("This theme was merged into another one."))


def checked_name(name: str) -> str:
    """The name without spare blanks. Raises Invalid."""
    name = " ".join(name.split())
    if not 2 <= len(name) <= 160:
        raise Invalid(_("A name has 2 to 160 characters."))
    return name


def owners(session: Session, most: int = 200) -> list[Account]:
    """Who may own a theme, by name."""
    rows = select(Account).where(Account.active, Account.roles.any(Role.name.in_(EDITORS))).order_by(Account.name)
    return list(session.scalars(rows.limit(most)))
