"""Runs with the stand-in for the model, and what happens to a text between them."""

from sqlalchemy import select

from community.models import Verbatim
from mining import job
from mining.job import Counts
from mining.units import Units
from tests.mining.fakes import FakeEncoder

ENCODER = FakeEncoder()


def mined(units: Units, encoder: FakeEncoder = ENCODER) -> Counts:
    return job.run(units, encoder)  # type: ignore[arg-type]


def verbatim(units: Units, place: int = 0) -> Verbatim:
    return units.read(lambda session: session.scalars(select(Verbatim).order_by(Verbatim.id)).all()[place])
