"""How long it takes, with those still waiting counted: the Kaplan-Meier estimate. Pure functions.

A mean over what is done flatters: the longest waits are just those that are not over yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Wait = tuple[float, bool]  # seconds, and whether it is over; else it lasts at least so long


@dataclass(frozen=True)
class Curve:
    """The share that is over by each moment: steps (seconds, share), each higher than the one before."""

    steps: tuple[tuple[float, float], ...]
    done: int
    waiting: int
    longest: float  # seconds, of any wait

    def percentile(self, share: float) -> float | None:
        """By when this share is over; None when the curve does not come so far, for too many still wait."""
        return next((seconds for seconds, over in self.steps if over >= share - 1e-12), None)


def curve(waits: Sequence[Wait]) -> Curve:
    """The share of all that is over by each time. Who still waits counts among those at risk until now, and no longer."""
    at_risk, alive = len(waits), 1.0
    steps: list[tuple[float, float]] = []
    ordered = sorted((max(0.0, seconds), not is_over) for seconds, is_over in waits)  # over before waiting, at one time
    place = 0
    while place < len(ordered):
        seconds, same = ordered[place][0], 0
        ended = 0
        while place < len(ordered) and ordered[place][0] == seconds:
            ended += not ordered[place][1]
            same += 1
            place += 1
        if ended:
            alive *= 1 - ended / at_risk
            steps.append((seconds, 1 - alive))
        at_risk -= same
    done = sum(is_over for _, is_over in waits)
    return Curve(tuple(steps), done, len(waits) - done, ordered[-1][0] if ordered else 0.0)
