"""Reads of the history: corrections with the names of people and themes, newest first, by key."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from community.models import Account, Calibration, Change, Correction, Mention, Theme, Verbatim, Verdict

PAGE = 30
MOST_PEOPLE = 200


@dataclass(frozen=True)
class Entry:
    """One correction as its page tells it."""

    row: Correction
    by: str | None
    undone_by: str | None
    theme: Theme | None
    other: Theme | None
    owner: str | None
    mention_id: int | None  # while its text is there
    is_undoable: bool


@dataclass(frozen=True)
class Page:
    """Some of the history, and the key of the next page."""

    rows: list[Entry]
    next_key: int | None


def page(
    session: Session, theme_id: int | None, by_id: int | None, after: int | None, most: int = PAGE,
    kinds: Sequence[str] = (),
) -> Page:  # fmt: skip
    """Newest first: of one theme or all, by one person or all, of these kinds or all."""
    by, undone_by, owner = aliased(Account), aliased(Account), aliased(Account)
    theme, other = aliased(Theme), aliased(Theme)
    has_changes = select(Change.id).where(Change.correction_id == Correction.id).exists()
    rows = (
        select(
            Correction, by.name.label("by"), undone_by.name.label("undone_by"), theme, other,
            owner.name.label("owner"), Mention.id.label("mention_id"), has_changes.label("has_changes"),
        )
        .join(by, by.id == Correction.by_id, isouter=True)
        .join(undone_by, undone_by.id == Correction.undone_by_id, isouter=True)
        .join(theme, theme.id == Correction.theme_id, isouter=True)
        .join(other, other.id == Correction.other_theme_id, isouter=True)
        .join(owner, owner.id == Correction.told["owner_id"].as_integer(), isouter=True)
        .join(Verdict, Verdict.id == Correction.verdict_id, isouter=True)
        .join(
            Verbatim, (Verbatim.id == Verdict.verbatim_id) & (Verbatim.text_hash == Verdict.text_hash), isouter=True
        )
        .join(Mention, (Mention.verbatim_id == Verbatim.id) & (Mention.start == Verdict.start), isouter=True)
    )  # fmt: skip
    if theme_id:
        rows = rows.where(or_(Correction.theme_id == theme_id, Correction.other_theme_id == theme_id))
    if by_id:
        rows = rows.where(Correction.by_id == by_id)
    if after:
        rows = rows.where(Correction.id < after)
    if kinds:
        rows = rows.where(Correction.kind.in_(kinds))
    found = session.execute(rows.order_by(Correction.id.desc()).limit(most + 1)).all()
    entries = [
        Entry(
            row[0], row.by, row.undone_by, row[3], row[4], row.owner, row.mention_id,
            row.has_changes and row[0].undone_at is None,
        )
        for row in found[:most]
    ]  # fmt: skip
    return Page(entries, entries[-1].row.id if len(found) > most else None)


def people(session: Session) -> list[Account]:
    """Who corrected something, by name."""
    corrected = select(Correction.id).where(Correction.by_id == Account.id).exists()
    return list(session.scalars(select(Account).where(corrected).order_by(Account.name).limit(MOST_PEOPLE)))


def learned(session: Session, most: int = 12) -> list[Calibration]:
    """What the last runs learned from relabelled mentions, newest first."""
    return list(session.scalars(select(Calibration).order_by(Calibration.id.desc()).limit(most)))
