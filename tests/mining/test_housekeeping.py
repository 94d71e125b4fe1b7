"""Finished events and old runs are thrown away, in batches; what is not done yet is kept whatever its age."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Event, Run
from mining import housekeeping
from mining.units import Units
from tests.conftest import NOW


def event(created_at: datetime, finished_at: datetime | None) -> Event:
    return Event(kind="question.asked", subject_id=1, created_at=created_at, due_at=created_at, finished_at=finished_at)


def run(started_at: datetime, job: str = "mining") -> Run:
    return Run(job=job, worker="one", started_at=started_at, status="done", counts={})


def test_what_is_past_its_time_goes_and_the_rest_stays(units: Units) -> None:
    old = NOW - timedelta(days=400)

    def fill(session: Session) -> None:
        session.add_all([event(old, old), event(old, None), event(NOW, NOW), event(old, NOW - timedelta(days=13))])
        session.add_all([run(old), run(NOW - timedelta(days=89), "kept"), run(NOW - timedelta(days=91))])

    units.write(fill)
    expected = {"events": 1, "runs": 2, "reports": 0, "orders": 0, "quiet topics": 0, "days": 0}
    assert housekeeping.tidy(units, NOW) == expected
    finished = units.read(lambda session: list(session.scalars(select(Event.finished_at).order_by(Event.id))))
    assert finished == [None, NOW, NOW - timedelta(days=13)]
    assert units.read(lambda session: session.scalars(select(Run.job)).all()) == ["kept"]


def test_many_are_deleted_in_batches_and_no_more_than_a_bounded_number(
    units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = NOW - timedelta(days=400)
    units.write(lambda session: session.add_all([event(old, old) for _ in range(25)]))
    monkeypatch.setattr(housekeeping, "BATCH", 4)
    monkeypatch.setattr(housekeeping, "MOST_BATCHES", 3)
    assert [housekeeping.tidy(units, NOW)["events"] for _ in range(3)] == [12, 12, 1]
    assert sum(housekeeping.tidy(units, NOW).values()) == 0
