"""The charts of the first page as plain numbers: texts as bars, net sentiment as points of a line, by day or week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 150, 46, 22, 10
LEAST_STEPS = 3  # that are shown, or it is no chart


@dataclass(frozen=True)
class Step:
    """A day or week: where it is drawn, and its numbers; None where they may not be shown."""

    x: float
    width: float
    day: date
    texts: int | None
    net: float | None
    top: float  # of its bar
    height: float
    point: float | None  # y of its net sentiment

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True)
class Charts:
    """Two charts over the same days."""

    step_days: int
    steps: list[Step]
    ticks: list[tuple[float, int]]  # y and number of texts
    nets: list[tuple[float, int]]  # y and net sentiment
    lines: list[str]  # points of the net sentiment, a line for each run of steps that have one
    dates: list[tuple[float, date]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = HEIGHT - BOTTOM


def charts(content: Mapping[str, Any] | None) -> Charts | None:
    """None where too few steps may be shown. Empty steps before the first text are left out."""
    rows = trimmed(content["steps"]) if content else []
    if content is None or sum(row["texts"] is not None for row in rows) < LEAST_STEPS:
        return None
    top = max([row["texts"] or 0 for row in rows] + [4])
    step = (WIDTH - LEFT) / len(rows)
    steps = [placed(row, LEFT + n * step, step, top) for n, row in enumerate(rows)]
    every = max(1, -(-len(steps) // 7))
    return Charts(
        content["step_days"], steps, [(bar_top(value, top), value) for value in sorted({0, round(top / 2), top})],
        [(net_y(value), value) for value in (-100, 0, 100)], lines(steps),
        [(one.middle, one.day) for one in steps[::every]],
    )  # fmt: skip


def trimmed(rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    first = next((n for n, row in enumerate(rows) if row["texts"] != 0), len(rows))
    return rows[first:]


def placed(row: Mapping[str, Any], x: float, step: float, top: int) -> Step:
    gap = step * 0.18
    y = bar_top(row["texts"] or 0, top)
    return Step(
        round(x + gap / 2, 2), round(step - gap, 2), date.fromisoformat(row["day"]), row["texts"], row["net"],
        y, round(HEIGHT - BOTTOM - y, 2), None if row["net"] is None else net_y(row["net"]),
    )  # fmt: skip


def bar_top(texts: float, top: int) -> float:
    return round(HEIGHT - BOTTOM - texts * (HEIGHT - BOTTOM - TOP) / top, 2)


def net_y(net: float) -> float:
    return round(TOP + (100 - net) * (HEIGHT - BOTTOM - TOP) / 200, 2)


def lines(steps: Sequence[Step]) -> list[str]:
    runs: list[list[str]] = [[]]
    for one in steps:
        if one.point is None:
            runs.append([])
        else:
            runs[-1].append(f"{one.middle},{one.point}")
    return [" ".join(run) for run in runs if len(run) > 1]
