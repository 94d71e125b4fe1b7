"""Charts as plain numbers for an SVG template: the server makes them, the style sheet colours them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 180, 34, 22, 10
DAYS_TELL = 0.8  # of a theme's mentions


@dataclass(frozen=True)
class Bar:
    """One step of days of a stacked bar chart; `parts` are (class, y, height)."""

    x: float
    width: float
    parts: list[tuple[str, float, float]]
    day: date
    counts: dict[str, int]


@dataclass(frozen=True)
class DayChart:
    """A stacked bar for each step of days, with its axis."""

    bars: list[Bar]
    ticks: list[tuple[float, int]]  # y, value
    dates: list[tuple[float, date]]  # x, day
    step_days: int = 1
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = HEIGHT - BOTTOM


def day_chart(
    counts: Mapping[date, Mapping[str, int]], first: date, days: int, names: Sequence[str], step_days: int = 1
) -> DayChart:
    """Bars for `days` days from `first`, one for `step_days` days; `names` stack from the bottom."""
    starts = [first + timedelta(n) for n in range(0, days, step_days)]
    top = max([sum(counts.get(day, {}).values()) for day in starts] + [4])
    unit = (HEIGHT - BOTTOM - TOP) / top
    step = (WIDTH - LEFT) / len(starts)
    bars = [bar(counts.get(day, {}), day, LEFT + n * step, step, unit, names) for n, day in enumerate(starts)]
    marks = sorted({round(top * share) for share in (0, 0.5, 1)})
    every = max(1, len(starts) // 6)
    return DayChart(
        bars,
        [(HEIGHT - BOTTOM - value * unit, value) for value in marks],
        [(round(LEFT + (n + 0.5) * step, 1), starts[n]) for n in range(0, len(starts), every)],
        step_days,
    )


def chart_of(
    by_day: Mapping[date, Mapping[str, int]], by_week: Mapping[date, Mapping[str, int]], first: date, days: int,
    mentions: int, names: Sequence[str],
) -> DayChart:  # fmt: skip
    """A bar a day while the days of enough customers tell most of it, else a bar a week."""
    told = sum(sum(counts.values()) for counts in by_day.values())
    if told >= DAYS_TELL * mentions:
        return day_chart(by_day, first, days, names)
    return day_chart(by_week, first, days, names, 7)


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


@dataclass(frozen=True)
class Interval:
    """Places on a line 240 units wide: a band, its middle, and a mark if there is one."""

    low: float
    width: float
    middle: float
    mark: float | None
    zero: float


def interval_picture(low: float, middle: float, high: float, mark: float | None, zero: float) -> Interval:
    """The band between `low` and `high` on a line that also shows `zero`."""
    values = [low, middle, high, zero, *([] if mark is None else [mark])]
    least, most = min(values), max(values)
    unit = 228 / ((most - least) or 1)

    def place(value: float) -> float:
        return round(6 + (value - least) * unit, 1)

    width = max(2.0, round(place(high) - place(low), 1))
    return Interval(place(low), width, place(middle), None if mark is None else place(mark), place(zero))
