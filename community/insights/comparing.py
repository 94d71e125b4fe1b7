"""Two reports beside one another: totals, and which themes entered, left, went up or down; what chance would do is no change.

Periods of one length are compared by customers; of different lengths by mentions a week, and the page says so. Periods
that share days are not compared: the same words would stand on both sides.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Report, Theme

DEVIATIONS = 1.96  # beyond these a difference of two counts is more than chance, 95 of 100 times
MOST_STEPS = 10  # merges that are followed
MOST_OTHERS = 40  # offered to compare with
MOST_ROWS = 60  # themes of each list
TOTALS = ("verbatims", "customers", "leaving")
MOVES = ("entered", "up", "down", "left", "same")


@dataclass(frozen=True)
class Figure:
    """A figure of both reports; a value is None where it is not shown. `change` is up, down, same or empty."""

    name: str
    before: float | None
    after: float | None
    change: str = ""

    @property
    def difference(self) -> float | None:
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class Moved:
    """A theme of one report or both. Where several themes became one since, `is_least`: they share customers."""

    theme: dict[str, Any]
    move: str
    before: float | None
    after: float | None
    is_least: bool = False


@dataclass(frozen=True)
class Compared:
    """The earlier report first. `refused` says why there is nothing: same, overlap or scope."""

    before: Report
    after: Report
    refused: str = ""
    by_rate: bool = False
    totals: Sequence[Figure] = ()
    moves: Sequence[tuple[str, Sequence[Moved]]] = ()
    greatest: float = 0

    @property
    def is_changed(self) -> bool:
        return any(themes for move, themes in self.moves if move != "same")


def comparable(session: Session, report: Report) -> Sequence[Report]:
    """Reports about the same of other times, the latest first; without what they say."""
    zone = Report.content["zone"].as_string().label("zone")
    columns = (Report.id, Report.kind, Report.starts_at, Report.ends_at, zone)
    same = Report.product_id == report.product_id if report.product_id else Report.product_id.is_(None)
    own = Report.department == report.department if report.department else Report.department.is_(None)
    apart = (Report.ends_at <= report.starts_at) | (Report.starts_at >= report.ends_at)
    rows = select(*columns).where(same, own, apart).order_by((Report.kind != report.kind), Report.ends_at.desc())
    return session.execute(rows.limit(MOST_OTHERS)).all()  # type: ignore[return-value]


def compared(session: Session, one: Report, other: Report) -> Compared:
    """What changed from the earlier to the later, whichever is named first."""
    before, after = sorted((one, other), key=lambda row: (row.starts_at, row.id))
    if why := refusal(before, after):
        return Compared(before, after, why)
    by_rate = before.days != after.days
    spans = (before.days / 7, after.days / 7) if by_rate else (1.0, 1.0)
    heirs = merged(session)
    old, new = (per_theme(row.content, heirs) for row in (before, after))
    found = [moved(key, old.get(key), new.get(key), spans, by_rate) for key in sorted({*old, *new})]
    moves = [(move, ranked([one for one in found if one.move == move])) for move in MOVES]
    values = [value for one in found for value in (one.before, one.after) if value]
    return Compared(before, after, "", by_rate, totals(before, after, spans), moves, max(values, default=0))


def refusal(before: Report, after: Report) -> str:
    if before.id == after.id:
        return "same"
    if (before.product_id, before.department) != (after.product_id, after.department):
        return "scope"
    return "overlap" if after.starts_at < before.ends_at else ""


def merged(session: Session) -> Mapping[int, int]:
    """Theme id -> the one that it was merged into, of those that were, however many steps it took."""
    rows = session.execute(select(Theme.id, Theme.merged_into_id).where(Theme.merged_into_id.is_not(None)))
    into: dict[int, int] = dict(rows.tuples().all())  # type: ignore[arg-type]

    def last(key: int) -> int:
        for _ in range(MOST_STEPS):
            key = into.get(key, key)
        return key

    return {key: last(key) for key in into}


def per_theme(content: dict[str, Any], heirs: Mapping[int, int]) -> dict[int, list[dict[str, Any]]]:
    """Theme as it is now -> the entries that it had, the greatest first."""
    found: dict[int, list[dict[str, Any]]] = {}
    for entry in content["themes"].values():
        found.setdefault(heirs.get(entry["id"], entry["id"]), []).append(entry)
    for entries in found.values():
        entries.sort(key=lambda entry: -entry["now"]["customers"])
    return found


def moved(
    key: int,
    old: list[dict[str, Any]] | None,
    new: list[dict[str, Any]] | None,
    spans: tuple[float, float],
    by_rate: bool,
) -> Moved:
    before, after = (size(entries, by_rate) if entries else None for entries in (old, new))
    entry = (new or old or [{}])[0] | {"id": key}
    several = not by_rate and max(len(old or ()), len(new or ())) > 1
    move = "left" if after is None else "entered" if before is None else change(before, after, spans)
    return Moved(entry, move, per(before, spans[0]), per(after, spans[1]), several)


def per(count: int | None, span: float) -> float | None:
    return None if count is None else count / span


def size(entries: list[dict[str, Any]], by_rate: bool) -> int:
    """Mentions can be added; customers of several themes may be the same, so it is the greatest of them."""
    if by_rate:
        return sum(int(entry["now"]["mentions"]) for entry in entries)
    return max(int(entry["now"]["customers"]) for entry in entries)


def change(before: float, after: float, spans: tuple[float, float]) -> str:
    """Up or down when two counts of so many spans differ by more than chance would make them, else same."""
    difference = after / spans[1] - before / spans[0]
    deviation = math.sqrt(before / spans[0] ** 2 + after / spans[1] ** 2)
    if abs(difference) <= DEVIATIONS * deviation:
        return "same"
    return "up" if difference > 0 else "down"


def totals(before: Report, after: Report, spans: tuple[float, float]) -> list[Figure]:
    old, new = before.content["totals"], after.content["totals"]
    names = [name for name in TOTALS if name != "customers" or spans == (1.0, 1.0)]  # customers do not add up by weeks
    pairs = [(name, old[name], new[name]) for name in names]
    pairs.insert(-1, ("problem", old["intents"].get("problem", 0), new["intents"].get("problem", 0)))
    found = []
    for name, first, second in pairs:
        known = first is not None and second is not None
        said = change(first, second, spans) if known else ""
        found.append(Figure(name, per(first, spans[0]), per(second, spans[1]), said))
    return [*found, Figure("score", old["score"], new["score"])]


def ranked(themes: list[Moved]) -> list[Moved]:
    """The greatest differences first."""
    return sorted(themes, key=lambda one: (-abs((one.after or 0) - (one.before or 0)), one.theme["id"]))[:MOST_ROWS]
