"""Charts as plain numbers for an SVG template: the server makes them, the style sheet colours them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 180, 34, 22, 10


@dataclass(frozen=True)
class Bar:
    """One day of a stacked bar chart; `parts` are (class, y, height)."""

    x: float
    width: float
    parts: list[tuple[str, float, float]]
    day: date
    counts: dict[str, int]


@dataclass(frozen=True)
class DayChart:
    """A stacked bar for each day, with its axis."""

    bars: list[Bar]
    ticks: list[tuple[float, int]]  # y, value
    dates: list[tuple[float, date]]  # x, day
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = HEIGHT - BOTTOM


def day_chart(counts: Mapping[date, Mapping[str, int]], first: date, days: int, names: Sequence[str]) -> DayChart:
    """Bars for `days` days from `first`; `names` stack from the bottom."""
    top = max([sum(counts.get(first + timedelta(n), {}).values()) for n in range(days)] + [4])
    unit = (HEIGHT - BOTTOM - TOP) / top
    step = (WIDTH - LEFT) / days
    bars = [
        bar(counts.get(first + timedelta(n), {}), first + timedelta(n), LEFT + n * step, step, unit, names)
        for n in range(days)
    ]
    marks = sorted({round(top * share) for share in (0, 0.5, 1)})
    every = max(1, days // 6)
    return DayChart(
        bars,
        [(HEIGHT - BOTTOM - value * unit, value) for value in marks],
        [(round(LEFT + (n + 0.5) * step, 1), first + timedelta(n)) for n in range(0, days, every)],
    )


def bar(counts: Mapping[str, int], day: date, x: float, step: float, unit: float, names: Sequence[str]) -> Bar:
    y = float(HEIGHT - BOTTOM)
    parts = []
    for name in names:
        height = counts.get(name, 0) * unit
        if height:
            y -= height
            parts.append((name, round(y, 2), round(height, 2)))
    gap = step * 0.18
    return Bar(round(x + gap / 2, 2), round(step - gap, 2), parts, day, dict(counts))


def sparkline(values: Sequence[int], width: int = 96, height: int = 24) -> str:
    """Points of a polyline, two units from every edge."""
    if len(values) < 2:
        return ""
    top = max([*values, 1])
    step = (width - 4) / (len(values) - 1)
    return " ".join(
        f"{2 + n * step:.1f},{height - 2 - value / top * (height - 4):.1f}" for n, value in enumerate(values)
    )


def weekly(values: Sequence[int]) -> list[int]:
    """Sums of runs of days so that a line has about ten points."""
    size = max(1, round(len(values) / 10))
    return [sum(values[n : n + size]) for n in range(0, len(values), size)]
