"""What a theme weighs: pure functions from counts to kind, and to the four parts of impact. One definition each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

GROWTH_BOUNDS = (0.5, 3.0)
WORTH = {"low": 0.5, "mid": 1.0, "high": 2.0, "unknown": 1.0}  # judgement: what a customer of each value counts


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


UNTOLD = 0.5  # the negativity that stands in where too few customers count to tell theirs; their value is average


@dataclass(frozen=True)
class Impact:
    """The four parts; their product ranks the themes."""

    customers: int
    negativity: float  # 0 to 1
    trend: float  # within GROWTH_BOUNDS; 1 is as expected, or too little history to tell
    value: float  # 0.5 to 2; 1 is an average customer

    @property
    def total(self) -> float:
        return self.customers * self.negativity * self.trend * self.value


def growth(now: float, expected: float) -> float:
    """Customers now against what was expected, smoothed by one and bounded, so that small numbers do not shout."""
    least, most = GROWTH_BOUNDS
    return min(most, max(least, (now + 1) / (expected + 1)))


SAID = 0.3  # of a theme's mentions: how many must have an intent before a wish makes it a suggestion


def kind(tally: Tally) -> str:
    """What the theme is for its readers: problem, suggestion, praise or question.

    Intents are weighed among the mentions that have one: what people tell beside it ("I have two of them") is other.
    """
    positive, negative = (tally.share(tally.sentiments, name) for name in ("positive", "negative"))
    said = {name: count for name, count in tally.intents.items() if name != "other"}
    wish, praise, problem = (
        said.get(name, 0) / max(1, sum(said.values())) for name in ("suggestion", "praise", "problem")
    )
    if wish >= 0.35 and sum(said.values()) >= SAID * tally.mentions:
        return "suggestion"
    if (positive >= 0.5 and positive >= 1.5 * negative) or (praise >= 0.5 and praise >= 1.5 * problem):
        return "praise"
    if negative >= 0.3 or problem >= 0.35:
        return "problem"
    return "question"
