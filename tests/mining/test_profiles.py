"""Profiles follow from what customers said and did; only those whose facts changed are computed anew."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from community.models import Answer, Complaint, Customer, Mention, Profile, Signal, Verbatim
from community.questions import service as questions
from mining import job, profiles
from mining.profiles import REFRESH, renew_profiles
from mining.units import Units
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder, tell

NOW = datetime.now(UTC)
LATER = timedelta(minutes=1)


@pytest.fixture
def make(session: Session) -> Factory:
    return Factory(session, NOW - timedelta(hours=1))


def mine(units: Units) -> None:
    job.mine(units, FakeEncoder(), job.Counts())  # type: ignore[arg-type]


def renewed(units: Units, now: datetime) -> int:
    return renew_profiles(units, now, job.silent)


def soon() -> datetime:
    """After all that was mined just now."""
    return datetime.now(UTC) + timedelta(seconds=1)


def profile(units: Units, customer_id: int) -> Profile:
    return units.read(lambda session: session.get_one(Profile, customer_id))


def all_rows(units: Units) -> list[tuple[object, ...]]:
    def look(session: Session) -> list[tuple[object, ...]]:
        rows = session.execute(
            select(
                Signal.customer_id,
                Signal.kind,
                Signal.weight,
                Signal.at,
                Signal.mention_id,
                Signal.complaint_id,
                Signal.post_id,
            )
        )
        people = session.execute(select(Profile.customer_id, Profile.loyalty, Profile.level, Profile.stage))
        return sorted((tuple(row) for row in [*rows, *people]), key=repr)

    return units.read(look)


def test_everyone_gets_a_profile_within_bounds(units: Units, make: Factory) -> None:
    words = ["I love it. Great!", "It is broken. Terrible!", "I will cancel. I hate it.", "What is it?"]
    tell(
        make.session,
        ((" ".join(words[n % 4] for _ in range(n)), f"c{n % 8}@example.org") for n in range(1, 28)),
        make.now,
    )
    mine(units)
    assert renewed(units, soon()) == 8
    rows = units.read(lambda session: session.scalars(select(Profile)).all())
    assert len(rows) == 8
    assert all(0 <= row.loyalty <= 100 for row in rows)
    assert len({row.level for row in rows}) > 1
    assert all(abs(from_reasons(row) - row.loyalty) <= 1 for row in rows if 0 < row.loyalty < 100)


def from_reasons(row: Profile) -> float:
    return 50 + sum(row.reasons.values())


def test_only_customers_that_changed_are_computed_again(units: Units, make: Factory) -> None:
    for number in range(3):
        make.contact("It is broken.", address=f"c{number}@example.org")
    mine(units)
    first = soon()
    assert renewed(units, first) == 3
    assert renewed(units, first + LATER) == 0
    changed = units.read(lambda session: session.scalars(select(Customer.id)).first())
    units.write(lambda session: session.execute(
        update(Customer).where(Customer.id == changed).values(changed_at=first + LATER)
    ))  # fmt: skip
    assert renewed(units, first + 2 * LATER) == 1
    times = units.read(
        lambda session: dict(session.execute(select(Profile.customer_id, Profile.computed_at)).tuples().all())
    )
    assert times.pop(changed) == first + 2 * LATER
    assert set(times.values()) == {first}


def test_every_profile_is_computed_anew_each_day(units: Units, make: Factory) -> None:
    make.contact("It is broken.")
    mine(units)
    first = soon()
    renewed(units, first)
    assert renewed(units, first + REFRESH) == 0
    assert renewed(units, first + REFRESH + LATER) == 1


def test_signals_fade_from_day_to_day(units: Units, make: Factory) -> None:
    opened = make.contact("It is terrible.")
    mine(units)
    moods = []
    for days in (0, 45, 90):
        renewed(units, soon() + timedelta(days=days))
        moods.append(
            units.read(lambda session: session.scalars(select(Signal.weight).where(Signal.kind == "mood")).one())
        )
    assert moods[0] < moods[1] < moods[2] < 0
    assert moods[1] == pytest.approx(moods[0] / 2, abs=0.02)
    assert opened.customer_id


def test_the_same_facts_give_the_same_rows_whatever_the_batches(
    units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(make.session, ((f"It is broken. I love {n}.", f"c{n}@example.org") for n in range(9)), make.now)
    mine(units)
    now = soon()
    renewed(units, now)
    first = all_rows(units)
    units.write(lambda session: session.execute(update(Customer).values(changed_at=now + LATER)))
    monkeypatch.setattr(profiles, "BATCH", 2)
    assert renewed(units, now + 2 * LATER) == 9
    assert len(all_rows(units)) == len(first)
    units.write(lambda session: session.execute(Profile.__table__.delete()))
    renewed(units, now)
    assert all_rows(units) == first


def test_each_signal_points_at_its_evidence(units: Units, make: Factory) -> None:
    by, other = make.account(), make.account()
    question = make.question(other, title="How is it?", body="It hangs.")
    answer = make.answer(question, by, body="The weather is fine. I will cancel, it is terrible.")
    complaint = make.complaint(by, body="It is broken.")
    questions.accept(make.session, question, answer, other, NOW)
    make.session.commit()
    mine(units)
    renewed(units, soon())
    rows = units.read(
        lambda session: session.scalars(select(Signal).where(Signal.customer_id == complaint.customer_id)).all()
    )
    kinds = {row.kind: row for row in rows}
    assert set(kinds) == {"mood", "leaving", "unresolved complaint", "help given", "activity"}
    assert kinds["help given"].post_id == answer.id
    assert kinds["unresolved complaint"].complaint_id == complaint.id
    said = units.read(lambda session: session.execute(
        select(Verbatim.text, Mention.start, Mention.end).join(Mention).where(Mention.id == kinds["leaving"].mention_id)
    ).one())  # fmt: skip
    assert "cancel" in said.text[said.start : said.end]
    assert all(row.mention_id for row in rows if row.kind in {"mood", "leaving"})


def test_a_resolved_complaint_no_longer_weighs(units: Units, make: Factory) -> None:
    opened = make.contact("It is late.")
    mine(units)
    first = soon()
    renewed(units, first)
    before = profile(units, opened.customer_id).loyalty
    units.write(lambda session: session.execute(update(Complaint).values(status="resolved")))
    units.write(lambda session: session.execute(update(Customer).values(changed_at=first + LATER)))
    renewed(units, first + 2 * LATER)
    assert profile(units, opened.customer_id).loyalty > before
    assert units.read(lambda session: session.scalar(
        select(func.count()).where(Signal.kind == "unresolved complaint")
    )) == 0  # fmt: skip


def test_helpful_votes_count_up_to_a_bound(units: Units, make: Factory) -> None:
    answer_id = make.answer(make.question(), body="Hold it.").id
    answers = Answer.__table__
    weights = []
    for votes in (-3, 1, 4, 400):
        units.write(lambda session, votes=votes: session.execute(
            answers.update().where(answers.c.id == answer_id).values(score=votes)
        ))  # fmt: skip
        units.write(lambda session: session.execute(Profile.__table__.delete()))
        renewed(units, soon())
        weights.append(
            units.read(
                lambda session: session.scalars(select(Signal.weight).where(Signal.kind == "help given")).first()
            )
        )
    assert weights[0] is None
    assert weights[1] < weights[2] == weights[3]


def test_words_older_than_a_year_are_forgotten(units: Units, make: Factory) -> None:
    make.contact("I love it.", now=NOW - timedelta(days=400), address="old@example.org")
    mine(units)
    renewed(units, soon())
    assert units.read(lambda session: session.scalars(select(Signal.kind).where(Signal.kind == "mood")).all()) == []


def test_two_processes_renewing_at_once_do_not_collide(units: Units, make: Factory, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        return  # one writer at a time: the second finds nothing left to do
    for number in range(4):
        make.contact("It is broken.", address=f"c{number}@example.org")
    mine(units)
    now = soon()
    with units.sessions() as one, units.sessions() as two:
        assert profiles.renew_batch(one, now) == 4
        assert profiles.renew_batch(two, now) == 0, "they are another's"
        one.commit()
        assert profiles.renew_batch(two, now) == 0
        two.commit()
    assert units.read(lambda session: session.scalar(select(func.count(Profile.customer_id)))) == 4
