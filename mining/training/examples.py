"""One labelled text, and how the sets' own labels become ours. The first step of the training road."""

from dataclasses import dataclass
from hashlib import sha256

SENTIMENTS = ("negative", "neutral", "positive")
INTENTS = ("problem", "question", "suggestion", "praise", "other")

DEV_SHARE = 0.06  # of every labelled set, chosen by the text's own hash: the same rows on every machine
OWN_DEV_SHARE = 0.12  # of the project's own sentences, which are few and measure what the sets do not


@dataclass(frozen=True)
class Example:
    """A text with soft labels; `None` means that the set says nothing about that head."""

    text: str
    language: str
    source: str
    sentiment: tuple[float, float, float] | None = None
    intent: tuple[float, float, float, float, float] | None = None
    leaving: float | None = None
    weight: float = 1.0

    @property
    def is_dev(self) -> bool:
        """Whether the text belongs to the held-out split."""
        share = OWN_DEV_SHARE if self.source == "own" else DEV_SHARE
        return int(sha256(self.text.encode()).hexdigest()[:8], 16) / 2**32 < share


def sentiment(label: str, softness: float = 0.0) -> tuple[float, float, float]:
    """Probabilities of (negative, neutral, positive), `softness` spread over the two other classes."""
    values = [softness / 2] * 3
    values[SENTIMENTS.index(label)] = 1 - softness
    return (values[0], values[1], values[2])


def intent(label: str) -> tuple[float, float, float, float, float]:
    """One-hot probabilities in the order of INTENTS."""
    values = [float(label == name) for name in INTENTS]
    return (values[0], values[1], values[2], values[3], values[4])
