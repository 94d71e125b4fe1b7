"""The weeks and months of which reports are issued, in the zone that the settings name: pure functions of calendars."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

WEEKS, MONTHS = 4, 2  # so far back a report is issued that nobody could issue in time


@dataclass(frozen=True)
class Period:
    """Whole days of a calendar: from the first moment of one to the first after another."""

    kind: str
    first: date
    last: date  # the last day that belongs to it
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        return midnight(self.last + timedelta(1), self.zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When the day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def past(now: datetime, zone: ZoneInfo) -> list[Period]:
    """The weeks, Monday to Sunday, and the months that are over, the latest of each kind first."""
    today = now.astimezone(zone).date()
    return [*islice(weeks(today, zone), WEEKS), *islice(months(today, zone), MONTHS)]


def weeks(today: date, zone: ZoneInfo) -> Iterator[Period]:
    monday = today - timedelta(today.weekday())
    while True:
        monday -= timedelta(7)
        yield Period("weekly", monday, monday + timedelta(6), zone)


def months(today: date, zone: ZoneInfo) -> Iterator[Period]:
    first = today.replace(day=1)
    while True:
        last = first - timedelta(1)
        first = last.replace(day=1)
        yield Period("monthly", first, last, zone)
