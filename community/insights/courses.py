"""A theme's course as plain numbers for an SVG template: customers by day or week, the band, alerts; and since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from community.insights.charts import BOTTOM, HEIGHT, LEFT, TOP, WIDTH
from community.models import Alert

BASE = HEIGHT - BOTTOM


@dataclass(frozen=True)
class Step:
    """One day or week; `y` is where its customers stand, None where they are too few to show."""

    day: date
    last: date
    x: float
    width: float
    y: float | None
    now: int | None
    expected: float | None
    low: float | None
    high: float | None
    is_alerted: bool


@dataclass(frozen=True)
class Picture:
    """The chart of a course with its axis. `lines` and `bands` are points of polylines and polygons."""

    steps: list[Step]
    lines: list[str]
    bands: list[str]
    ticks: list[tuple[float, int]]
    dates: list[tuple[float, date]]
    since: float | None  # x
    step_days: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    base: int = BASE
    top: int = TOP


@dataclass(frozen=True)
class Since:
    """When a theme began or rose: about `on`, or at no time since `known`; `until` if it is over."""

    on: date | None
    until: date | None
    is_new: bool
    known: date


def since_of(entry: Mapping[str, Any] | None) -> Since | None:
    """From the theme's entry in a report; None where that tells nothing, as older reports do not."""
    told = (entry or {}).get("since")
    if not told:
        return None
    on, until = (date.fromisoformat(told[name]) if told[name] else None for name in ("on", "until"))
    return Since(on, until, told["is_new"], date.fromisoformat(told["known"]))


def picture_of(entry: Mapping[str, Any] | None, alerts: Sequence[Alert] = ()) -> Picture | None:
    """The chart of the theme's entry in a report, with the days of alerts marked; None where it keeps no course."""
    series = (entry or {}).get("series")
    if not series or not any(series["now"]):
        return None
    top = max([value for name in ("now", "high") for value in series[name] if value is not None] + [4])
    unit = (BASE - TOP) / top
    width = (WIDTH - LEFT) / len(series["now"])
    first, days = date.fromisoformat(series["first"]), series["step"]
    alerted = {(alert.day - first).days // days for alert in alerts}
    steps = [step_of(series, number, first, width, unit, number in alerted) for number in range(len(series["now"]))]
    every = max(1, len(steps) // 6)
    since = since_of(entry)
    at = LEFT + (since.on - first).days / days * width if since and since.on else None
    return Picture(
        steps,
        [points([(middle(one), one.y or 0) for one in run]) for run in runs(steps, "y") if len(run) > 1],
        [band(run, unit) for run in runs(steps, "low")],
        [(round(BASE - value * unit, 1), value) for value in sorted({0, round(top / 2), round(top)})],
        [(middle(one), one.day) for one in steps[::every]],
        round(max(LEFT, at), 1) if at is not None else None,
        days,
    )  # fmt: skip


def step_of(
    series: Mapping[str, Any], number: int, first: date, width: float, unit: float, is_alerted: bool
) -> Step:  # fmt: skip
    day = first + timedelta(number * series["step"])
    now, expected, low, high = (series[name][number] for name in ("now", "expected", "low", "high"))
    return Step(
        day, day + timedelta(series["step"] - 1), round(LEFT + number * width, 2), round(width, 2),
        None if now is None else round(BASE - now * unit, 1), now, expected, low, high, is_alerted,
    )  # fmt: skip


def middle(one: Step) -> float:
    return round(one.x + one.width / 2, 1)


def runs(steps: Sequence[Step], name: str) -> list[list[Step]]:
    """Stretches of neighbours that have a value of this name."""
    found: list[list[Step]] = [[]]
    for one in steps:
        if getattr(one, name) is not None:
            found[-1].append(one)
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def band(run: Sequence[Step], unit: float) -> str:
    """The outline of what was to be expected: along the upper edge and back along the lower."""
    upper = [(x, BASE - (one.high or 0) * unit) for one in run for x in (one.x, one.x + one.width)]
    lower = [(x, BASE - (one.low or 0) * unit) for one in reversed(run) for x in (one.x + one.width, one.x)]
    return points([*upper, *lower])


def points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
