"""Reads of outcomes as everybody sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import Session

from community.errors import NotFound
from community.models import Outcome
from community.web.urls import page_key

PAGE = 20


@dataclass(frozen=True)
class Page:
    """Some of what was published, and the key of the next page."""

    rows: list[Outcome]
    next_key: str | None


def published(session: Session, after: tuple[datetime, int] | None) -> Page:
    """Newest first."""
    rows = select(Outcome).where(Outcome.state == "published")
    if after:
        rows = rows.where(tuple_(Outcome.published_at, Outcome.id) < tuple_(*map(_bound, after)))
    found = list(session.scalars(rows.order_by(Outcome.published_at.desc(), Outcome.id.desc()).limit(PAGE + 1)))
    last = found[PAGE - 1] if len(found) > PAGE else None
    return Page(found[:PAGE], page_key(last.published_at, last.id) if last and last.published_at else None)


def _bound(value: Any) -> Any:
    return literal(value, Outcome.published_at.type) if isinstance(value, datetime) else literal(value)


def public_one(session: Session, outcome_id: int) -> Outcome:
    """Raises NotFound for what is not published, or not any more."""
    found = session.get(Outcome, outcome_id)
    if found is None or found.state != "published":
        raise NotFound
    return found


def outcome(session: Session, outcome_id: int) -> Outcome:
    """Raises NotFound."""
    found = session.get(Outcome, outcome_id)
    if found is None:
        raise NotFound
    return found
