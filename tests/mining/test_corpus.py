"""Verbatims are claimed by one process at a time, in batches that are bounded, and come free again."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from community.models import Complaint, Verbatim
from mining import corpus, job
from mining.corpus import CLAIM, Batch
from mining.job import Counts
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder, found


def claimed(units: Units, most: int = 256, after: timedelta = timedelta(0)) -> Batch:
    return units.write(lambda session: corpus.claim(session, "fake-1", NOW + after, most))


def ids(batch: Batch) -> list[int]:
    return [text.id for text in batch.texts]


def test_what_one_claimed_no_other_gets(units: Units, make: Factory) -> None:
    for number in range(5):
        make.contact(f"Text {number}.")
    first, second, third = claimed(units, 3), claimed(units, 3), claimed(units, 3)
    assert (len(first.texts), len(second.texts), len(third.texts)) == (3, 2, 0)
    assert not set(ids(first)) & set(ids(second))
    assert ids(first) == sorted(ids(first)), "oldest first"


def test_two_claims_at_the_same_time_do_not_meet(units: Units, make: Factory, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        return  # one writer at a time: the second waits for the first, which the test above covers
    for number in range(6):
        make.contact(f"Text {number}.")
    with units.sessions() as one, units.sessions() as two:
        first, second = corpus.claim(one, "fake-1", NOW, 3), corpus.claim(two, "fake-1", NOW, 3)
        one.commit()
        two.commit()
    assert len(first.texts) == len(second.texts) == 3
    assert not set(ids(first)) & set(ids(second))


def test_a_claim_lapses(units: Units, make: Factory) -> None:
    make.contact("A text.")
    first = claimed(units)
    assert not claimed(units, after=CLAIM - timedelta(seconds=1)).texts
    second = claimed(units, after=CLAIM)
    assert ids(second) == ids(first)
    assert units.read(lambda session: corpus.still_ours(session, first)) == {}
    assert list(units.read(lambda session: corpus.still_ours(session, second))) == ids(second)


def test_a_claim_that_was_rolled_back_holds_nothing(units: Units, make: Factory) -> None:
    make.contact("A text.")
    with units.sessions() as session:
        assert corpus.claim(session, "fake-1", NOW).texts
        session.rollback()
    assert claimed(units).texts


def test_edited_and_deleted_texts_are_no_longer_ours(units: Units, make: Factory, session: Session) -> None:
    for number in range(3):
        make.contact(f"Text {number}.")
    batch = claimed(units)
    kept, edited, deleted = ids(batch)
    session.execute(update(Verbatim).where(Verbatim.id == edited).values(text="Other.", text_hash="other"))
    source = select(Verbatim.complaint_id).where(Verbatim.id == deleted).scalar_subquery()
    session.execute(delete(Complaint).where(Complaint.id == source))
    session.commit()
    assert list(units.read(lambda session: corpus.still_ours(session, batch))) == [kept]


def test_a_batch_is_bounded_by_characters_and_takes_at_least_one(
    units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "MOST_CHARACTERS", 1_000)
    for text in ("a" * 400, "b" * 400, "c" * 400, "d" * 5_000, "e"):
        make.contact(text)
    sizes = []
    while (batch := claimed(units)).texts:
        sizes.append([len(text.text) for text in batch.texts])
    assert [len(batch) for batch in sizes] == [2, 1, 1, 1]
    assert all(sum(batch) <= 1_000 or len(batch) == 1 for batch in sizes)


def test_what_waits_is_what_this_model_has_not_read(units: Units, make: Factory) -> None:
    for number in range(3):
        make.contact(f"Text {number}.")
    assert units.read(lambda session: corpus.waiting(session, "fake-1")) == 3
    job.mine(units, FakeEncoder(), Counts())  # type: ignore[arg-type]
    assert units.read(lambda session: corpus.waiting(session, "fake-1")) == 0
    assert units.read(lambda session: corpus.waiting(session, "fake-2")) == 3


def test_mining_waits_for_a_dead_process_s_claim_to_lapse(
    units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.contact("Abandoned.")
    make.contact("Free.")
    monkeypatch.setattr(corpus, "CLAIM", timedelta(seconds=0.4))
    units.write(lambda session: corpus.claim(session, "fake-1", datetime.now(UTC), 1))
    counts = Counts()
    job.mine(units, FakeEncoder(), counts)  # type: ignore[arg-type]
    assert counts.verbatims == 2
    assert len(units.read(found)) == 2


def test_mining_does_not_wait_for_ever_for_a_claim_that_is_renewed(
    units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.contact("Held.")
    monkeypatch.setattr(corpus, "CLAIM", timedelta(seconds=0.2))
    units.write(lambda session: session.execute(
        update(Verbatim).values(claimed_by="another", claimed_until=datetime.now(UTC) + timedelta(hours=1))
    ))  # fmt: skip
    started = datetime.now(UTC)
    counts = Counts()
    job.mine(units, FakeEncoder(), counts)  # type: ignore[arg-type]
    assert counts.verbatims == 0
    assert datetime.now(UTC) - started < timedelta(seconds=5)
