"""What stands around a theme: related themes, and what was tried about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.insights import history
from community.models import Theme

TRIED = (
    "status",
    "department",
    "due",
    "note",
    "tracker",
    "publish",
    "withdraw",
)  # kinds of corrections that tell what was done
MOST_TRIED = 20


@dataclass(frozen=True)
class Related:
    """Another theme, whether it is alike by what is said, and how many customers speak of both (None: too few)."""

    theme: Theme
    is_alike: bool
    customers: int | None


LIKENESS = 0.3  # as in mining/relating.py


def related(session: Session, entry: Mapping[str, Any] | None) -> list[Related]:
    """From the theme's entry in a report, in its order; those that were merged or are ignored now are left out."""
    rows = (entry or {}).get("related") or []
    found = {
        theme.id: theme
        for theme in session.scalars(
            select(Theme).where(
                Theme.id.in_([row["id"] for row in rows]), Theme.merged_into_id.is_(None), Theme.is_ignored.is_(False)
            )
        )
    }
    return [
        Related(found[row["id"]], row["likeness"] >= LIKENESS, row["customers"]) for row in rows if row["id"] in found
    ]


def tried(session: Session, theme_id: int) -> list[history.Entry]:
    """What people decided to do about it, newest first, without what was taken back."""
    rows = history.page(session, theme_id, None, None, MOST_TRIED, TRIED).rows
    return [entry for entry in rows if entry.row.undone_at is None]
