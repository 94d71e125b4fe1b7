"""Whatever the texts, the batches and how often they are read again: a run leaves what a single reading says, once."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from community.models import Mention, Verbatim
from mining import corpus, job
from mining.reading import read
from mining.units import Units
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder, Found, found
from tests.mining.test_mentions_properties import PIECES

ENCODER = FakeEncoder()
WORDS = ["It is broken. ", "I love it! ", "Please add a lamp, but not a kettle. ", "电池很差。", "喜欢 ", "Why?"]
STORED = [piece for piece in PIECES if "\x00" not in piece and "\ud800" not in piece]  # what a database takes
TEXTS = st.lists(
    st.lists(st.sampled_from([*WORDS, *STORED]), min_size=1, max_size=12).map("".join), min_size=1, max_size=6
)
PLACES = 6


@pytest.fixture
def places(make: Factory) -> list[int]:
    """Verbatims whose texts an example sets."""
    for number in range(PLACES):
        make.contact(f"Text {number}.")
    make.session.commit()
    return list(make.session.scalars(select(Verbatim.id).order_by(Verbatim.id)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, st.integers(1, PLACES), st.lists(st.sets(st.integers(0, PLACES - 1)), min_size=1, max_size=3))
def test_a_run_repeated_over_any_texts_in_any_batches_changes_nothing(
    places: list[int], units: Units, texts: list[str], batch: int, again: list[set[int]]
) -> None:
    """`again` are the verbatims that are marked to be read once more, as after a crash or with another model."""
    corpus.claim.__defaults__ = (batch,)
    told = dict(zip(places, texts, strict=False))
    units.write(lambda session: session.execute(
        update(Verbatim), [{"id": key, "text": told.get(key, "Nothing."), "mined_revision": None} for key in places]
    ))  # fmt: skip
    mine(units, len(places))
    expected = [
        Found(key, span.start, span.end, said.sentiment, said.intent, said.leaving, "fake-1")
        for key in places
        for one in read(ENCODER, [told.get(key, "Nothing.")])  # type: ignore[arg-type]
        for span, said in zip(one.spans, one.mentions, strict=True)
    ]
    assert units.read(found) == expected
    mine(units, 0)
    for chosen in again:
        keys = [places[number] for number in chosen]
        units.write(lambda session, keys=keys: session.execute(
            update(Verbatim).where(Verbatim.id.in_(keys)).values(mined_revision=None)
        ))  # fmt: skip
        mine(units, len(keys))
        assert units.read(found) == expected
    assert len(units.read(lambda session: session.scalars(select(Mention.id)).all())) == len(expected)


@pytest.fixture(autouse=True)
def usual_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus.claim, "__defaults__", corpus.claim.__defaults__)


def mine(units: Units, count: int) -> None:
    counts = job.Counts()
    job.mine(units, ENCODER, counts)  # type: ignore[arg-type]
    assert counts.verbatims == count
