"""What a theme weighs: pure functions from counts to kind, negativity, growth and impact. One definition each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

GROWTH_BOUNDS = (0.5, 3.0)


@dataclass
class Tally:
    """Counts of one theme in one period."""

    mentions: int = 0
    customers: int = 0
    pain: float = 0.0  # sum of how negative each mention is, 0 to 1 each
    score: float = 0.0  # sum of scores
    sentiments: dict[str, int] = field(default_factory=dict)
    intents: dict[str, int] = field(default_factory=dict)

    def share(self, counts: Mapping[str, int], name: str) -> float:
        return counts.get(name, 0) / self.mentions if self.mentions else 0.0

    @property
    def negativity(self) -> float:
        """How negative its mentions are on average, 0 to 1."""
        return self.pain / self.mentions if self.mentions else 0.0


def growth(now: int, before: int) -> float:
    """Customers now against the period before, smoothed by one and bounded, so that small numbers do not shout."""
    least, most = GROWTH_BOUNDS
    return min(most, max(least, (now + 1) / (before + 1)))


def impact(now: Tally, before: Tally) -> float:
    """Customers touched x negativity x growth."""
    return now.customers * now.negativity * growth(now.customers, before.customers)


def kind(tally: Tally) -> str:
    """What the theme is for its readers: problem, suggestion, praise or question."""
    positive, negative = (tally.share(tally.sentiments, name) for name in ("positive", "negative"))
    if tally.share(tally.intents, "suggestion") >= 0.35:
        return "suggestion"
    if positive >= 0.5 and positive >= 1.5 * negative:
        return "praise"
    if negative >= 0.3 or tally.share(tally.intents, "problem") >= 0.35:
        return "problem"
    return "question"
