"""Service time: the hours in which the company answers, and by when a complaint is due. Decision 0013 says why so."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import current_app

from community.models import UNRESOLVED, Complaint

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FACTORS = {"high": 0.5, "mid": 0.75, "low": 1.0, "unknown": 1.0}  # of the time, by the customer's value
LONGEST = timedelta(days=3650)  # that is counted through: a complaint that old is overdue in any case
RUNNING = ("new", "open", "reopened")
SPAN = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)")


@dataclass(frozen=True)
class Hours:
    """When the company is there: spans of each weekday in a zone, and the days on which it is not."""

    zone: ZoneInfo
    spans: tuple[tuple[tuple[time, time], ...], ...]  # by weekday, Monday first
    holidays: frozenset[str]  # 2026-12-25, or 12-25 for every year

    def open_on(self, day: date) -> list[tuple[datetime, datetime]]:
        """The spans of one day, in UTC."""
        if day.isoformat() in self.holidays or f"{day:%m-%d}" in self.holidays:
            return []
        return [
            (datetime.combine(day, begin, self.zone).astimezone(UTC), self._end(day, end))
            for begin, end in self.spans[day.weekday()]
        ]

    def _end(self, day: date, end: time) -> datetime:
        """Midnight as an end is that of the next day."""
        day = day + timedelta(days=1) if end == time(0) else day
        return datetime.combine(day, end, self.zone).astimezone(UTC)

    def after(self, start: datetime, seconds: float) -> datetime:
        """The moment at which so much service time has passed since `start`."""
        day = start.astimezone(self.zone).date()
        last = day + LONGEST
        while day <= last:
            for begin, end in self.open_on(day):
                begin = max(begin, start)
                if begin >= end:
                    continue
                if seconds <= (end - begin).total_seconds():
                    return begin + timedelta(seconds=seconds)
                seconds -= (end - begin).total_seconds()
            day += timedelta(days=1)
        return start + LONGEST

    def between(self, start: datetime, stop: datetime) -> float:
        """Seconds of service time from `start` to `stop`; 0 when that is not later."""
        start = max(start, stop - LONGEST)
        day, last = start.astimezone(self.zone).date(), stop.astimezone(self.zone).date()
        found = 0.0
        while day <= last:
            for begin, end in self.open_on(day):
                found += max(0.0, (min(end, stop) - max(begin, start)).total_seconds())
            day += timedelta(days=1)
        return found


@lru_cache(maxsize=16)
def read_hours(text: str, zone: str, holidays: str) -> Hours:
    """SERVICE_HOURS, SERVICE_ZONE and SERVICE_HOLIDAYS as hours. Raises ValueError that says what is wrong."""
    spans: list[list[tuple[time, time]]] = [[] for _ in DAYS]
    for part in ["mon-sun 00:00-00:00"] if text.strip().lower() == "always" else text.lower().split(","):
        found = SPAN.fullmatch(part.strip())
        if not found or found[1] not in DAYS or (found[2] or found[1]) not in DAYS:
            raise ValueError(f'SERVICE_HOURS: "{part.strip()}" is not like "mon-fri 09:00-17:00"')
        begin, end = time(int(found[3]), int(found[4])), time(int(found[5]), int(found[6]))
        if end != time(0) and end <= begin:
            raise ValueError(f'SERVICE_HOURS: "{part.strip()}" ends before it begins')
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        for number in range(first, last + 1 if last >= first else last + 8):
            spans[number % 7].append((begin, end))
    if not any(spans):
        raise ValueError("SERVICE_HOURS: no hour is left in which anybody answers")
    return Hours(ZoneInfo(zone), tuple(tuple(sorted(one)) for one in spans), frozenset(holidays.split()))


@lru_cache(maxsize=16)
def read_levels(text: str) -> dict[str, tuple[float, float]]:
    """SERVICE_LEVELS: by priority the hours to the first reply and to the resolution. Raises ValueError."""
    found = {}
    for part in text.split(","):
        priority, _, times = part.strip().partition(" ")
        first, _, resolution = times.partition("/")
        found[priority] = (float(first), float(resolution))
    if set(found) != {"urgent", "high", "normal", "low"}:
        raise ValueError('SERVICE_LEVELS names urgent, high, normal and low, as "urgent 1/8, high 4/16, ..."')
    return found


def hours() -> Hours:
    config = current_app.config
    return read_hours(config["SERVICE_HOURS"], config["SERVICE_ZONE"], config["SERVICE_HOLIDAYS"])


def targets(priority: str, value: str) -> tuple[float, float]:
    """Seconds of service time to the first reply and to the resolution."""
    first, resolution = read_levels(current_app.config["SERVICE_LEVELS"])[priority]
    factor = FACTORS.get(value, 1.0) * 3600
    return first * factor, resolution * factor


def set_due(complaint: Complaint, value: str) -> None:
    """Compute the due times from the case's opening, its priority and the time for which its clock stood."""
    first, resolution = targets(complaint.priority, value)
    complaint.first_due_at = hours().after(complaint.created_at, first + complaint.stopped_seconds)
    complaint.resolve_due_at = hours().after(complaint.created_at, resolution + complaint.stopped_seconds)
    complaint.due_at = next_due(complaint)


def next_due(complaint: Complaint) -> datetime | None:
    """What is due next while the clock runs; a case that was answered owes its resolution."""
    if complaint.status not in RUNNING or complaint.merged_into_id is not None:
        return None
    owed = [complaint.resolve_due_at, None if complaint.first_replied_at else complaint.first_due_at]
    return min((moment for moment in owed if moment), default=None)


def keep_clock(complaint: Complaint, value: str, now: datetime) -> None:
    """Stop or start the clock as the status says, and bring the due times in line."""
    runs = complaint.status in RUNNING and complaint.merged_into_id is None
    if runs and complaint.stopped_at is not None:
        complaint.stopped_seconds += round(hours().between(complaint.stopped_at, now))
        complaint.stopped_at = None
    elif not runs and complaint.stopped_at is None:
        complaint.stopped_at = now
    set_due(complaint, value)


def is_open(complaint: Complaint) -> bool:
    return complaint.status in UNRESOLVED and complaint.merged_into_id is None
