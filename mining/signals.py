"""What is noticed about a customer, and how much it weighs: pure functions from facts to signals and loyalty.

Loyalty starts at 50. Every signal adds or takes points and fades by half in its half-life; each kind is bounded, so
that no single kind decides. The weights are judgement, not fitted: docs/decisions/0005 gives the reasons.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

NEUTRAL = 50
DAY = 86_400


@dataclass(frozen=True)
class Kind:
    """How a kind of signal weighs: points at first, days until half, and the bound of its sum."""

    points: float
    half_life_days: float
    bound: float


KINDS = {
    "mood": Kind(6.0, 45, 25),
    "unresolved complaint": Kind(-8.0, 3650, 20),
    "leaving": Kind(-30.0, 60, 35),
    "help given": Kind(3.0, 120, 20),
    "activity": Kind(1.0, 60, 8),
    "silence": Kind(-10.0, 3650, 10),
}
LEVELS = ((80, "advocate"), (62, "loyal"), (40, "neutral"), (20, "at risk"), (0, "lost"))
SILENT_AFTER_DAYS = 120
VISIT = 0.2  # of a contact: reading is a smaller sign than writing


@dataclass(frozen=True)
class Noticed:
    """One signal, with its evidence."""

    kind: str
    weight: float
    at: datetime
    mention_id: int | None = None
    complaint_id: int | None = None
    post_id: int | None = None


@dataclass(frozen=True)
class Said:
    """A mined verbatim of the customer, with the mention that speaks loudest in it."""

    at: datetime
    score: float
    leaving: bool
    mention_id: int | None


@dataclass(frozen=True)
class Facts:
    """All that the signals of one customer depend on."""

    said: Sequence[Said]
    unresolved: Sequence[tuple[int, datetime]]  # complaint id, opened at
    helped: Sequence[tuple[int, datetime, float]]  # post id, at, how much: accepted 2, each vote 0.5
    contacts: Sequence[datetime]
    known_since: datetime
    visits: Sequence[datetime] = ()  # days on which they came to read, one moment each


def faded(kind: str, at: datetime, now: datetime) -> float:
    """Points of one signal of this kind today."""
    age = max(0.0, (now - at).total_seconds() / DAY)
    return float(KINDS[kind].points * 0.5 ** (age / KINDS[kind].half_life_days))


def notice(facts: Facts, now: datetime) -> list[Noticed]:
    """The signals of one customer, bounded by kind."""
    found = [Noticed("mood", said.score * faded("mood", said.at, now), said.at, said.mention_id) for said in facts.said]
    found += [
        Noticed("leaving", faded("leaving", said.at, now), said.at, said.mention_id)
        for said in facts.said
        if said.leaving
    ]
    found += [
        Noticed("unresolved complaint", faded("unresolved complaint", at, now), at, None, key)
        for key, at in facts.unresolved
    ]
    found += [
        Noticed("help given", much * faded("help given", at, now), at, None, None, key)
        for key, at, much in facts.helped
    ]
    if seen := [*facts.contacts, *facts.visits]:
        latest = max(seen)
        points = sum(faded("activity", at, now) for at in facts.contacts)
        points += VISIT * sum(faded("activity", at, now) for at in facts.visits)
        found.append(Noticed("activity", points, latest))
        if (now - latest).days >= SILENT_AFTER_DAYS:
            found.append(Noticed("silence", KINDS["silence"].points, latest))
    return bounded([signal for signal in found if abs(signal.weight) >= 0.05])


def bounded(signals: list[Noticed]) -> list[Noticed]:
    """The same signals, those of a kind shrunk together when their sum is past the kind's bound."""
    sums: dict[str, float] = defaultdict(float)
    for signal in signals:
        sums[signal.kind] += signal.weight
    shrink = {kind: min(1.0, KINDS[kind].bound / abs(total)) if total else 1.0 for kind, total in sums.items()}
    return [
        Noticed(
            signal.kind, round(signal.weight * shrink[signal.kind], 2), signal.at,
            signal.mention_id, signal.complaint_id, signal.post_id,
        )
        for signal in signals
    ]  # fmt: skip


def loyalty(signals: Sequence[Noticed]) -> int:
    """0-100."""
    return round(min(100.0, max(0.0, NEUTRAL + sum(signal.weight for signal in signals))))


def level(points: int) -> str:
    return next(name for least, name in LEVELS if points >= least)


def stage(facts: Facts, now: datetime) -> str:
    """Where the customer stands in their life with the company."""
    seen = [facts.known_since, *facts.contacts, *facts.visits]
    known_days = (now - min(seen)).days
    quiet_days = (now - max(seen)).days
    if quiet_days > 270:
        return "lapsed"
    if quiet_days > 90:
        return "dormant"
    if known_days < 30:
        return "newcomer"
    return "established" if known_days >= 180 and len(facts.contacts) >= 10 else "active"


def reasons(signals: Sequence[Noticed]) -> dict[str, float]:
    """Points by kind, the heaviest first."""
    sums: dict[str, float] = defaultdict(float)
    for signal in signals:
        sums[signal.kind] += signal.weight
    return {kind: round(points, 1) for kind, points in sorted(sums.items(), key=lambda item: -abs(item[1]))}
