"""A mining run that is killed anywhere loses nothing and counts nothing twice; two runs at once share the work."""

import random
import signal
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select, update

from community.models import Centre, Customer, Mention, Profile, Report, Signal, Theme, Topic, Verbatim
from mining import job
from mining.units import Units
from tests.factories import Factory
from tests.faults import processes
from tests.faults.processes import Child, mine, mine_by_leave, mine_when_told, started
from tests.mining.fakes import SUBJECTS, FakeEncoder, found, partition, sentence

pytestmark = pytest.mark.fault
COUNT = 48
KINDS = 3  # subjects of the texts
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def corpus_of(make: Factory, units: Units) -> int:
    """Texts about a few subjects, of two sentences each."""
    for number in range(COUNT):
        subject = list(SUBJECTS)[number % KINDS]
        make.contact(
            f"{sentence(subject, number, 'terrible')} Great number {number}.", address=f"c{number % 20}@example.org"
        )
    return COUNT


def state(units: Units) -> dict[str, Any]:
    """All that a run leaves behind, without row ids and times."""

    def look(session: Any) -> dict[str, Any]:
        return {
            "mentions": found(session),
            "topics": partition(session),
            "themes": session.scalar(select(func.count(Theme.id))),
            "empty topics": session.scalar(
                select(func.count(Topic.id)).where(Topic.id.not_in(select(Mention.topic_id).where(Mention.topic_id.is_not(None))))
            ),
            "centres": sorted(session.scalars(select(Centre.language))),
            "verbatims": session.execute(
                select(Verbatim.id, Verbatim.mined_revision, Verbatim.sentiment, Verbatim.claimed_by).order_by(Verbatim.id)
            ).all(),
            "signals": sorted(session.execute(select(Signal.customer_id, Signal.kind)).tuples()),
            "profiles": session.execute(
                select(Profile.customer_id, Profile.loyalty, Profile.level).order_by(Profile.customer_id)
            ).all(),
            "reports": session.scalar(select(func.count(Report.id))),
        }  # fmt: skip

    return units.read(look)


def wiped(units: Units) -> None:
    """As if nothing had been mined."""

    def wipe(session: Any) -> None:
        for table in (Signal, Profile, Mention, Topic, Theme, Centre, Report):
            session.execute(delete(table))
        session.execute(
            update(Verbatim).values(mined_revision=None, sentiment=None, score=None, intent=None, leaving=None)
        )

    units.write(wipe)


@pytest.fixture
def undisturbed(corpus_of: int, units: Units, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What one run that nobody kills leaves behind; it is wiped away before the test. Claims lapse soon, here as there."""
    monkeypatch.setattr(processes.corpus, "CLAIM", processes.CLAIM)
    monkeypatch.setattr(processes.corpus.claim, "__defaults__", (processes.BATCH,))
    assert job.run(units, FakeEncoder()).verbatims == corpus_of  # type: ignore[arg-type]
    expected = state(units)
    assert expected["topics"]
    wiped(units)
    return expected


def mined_to_the_end(units: Units, database_url: str) -> int:
    with started(mine, database_url, 0.0) as child:
        assert child.hear() == "ready"
        return int(child.hear())


def mined_so_far(units: Units) -> int:
    return (
        units.read(lambda session: session.scalar(select(func.count()).where(Verbatim.mined_revision.is_not(None))))
        or 0
    )


def let_it_mine_more(child: Child, units: Units, than: int, batches: int) -> None:
    """Until it has mined more, and so many batches further. Then it writes, and waits: the kill never comes too late."""
    while True:
        assert child.hear() == "may I?"
        has_more = mined_so_far(units) > than
        if has_more and not batches:
            return
        batches -= has_more
        child.pipe.send("yes")


def test_a_run_killed_again_and_again_ends_as_if_it_had_not_been(
    undisturbed: dict[str, Any], units: Units, database_url: str
) -> None:
    chance = random.Random(7)
    progress = [0]
    for _ in range(2):
        with started(mine_by_leave, database_url) as child:
            let_it_mine_more(child, units, progress[-1], chance.randint(0, 1))
            time.sleep(chance.uniform(0, 0.05))
            child.kill()
        progress.append(mined_so_far(units))
    assert progress == sorted(progress), "what was mined stays mined"
    assert progress[-1] < COUNT, "the kills came while it was mining"
    last = mined_to_the_end(units, database_url)
    assert progress[-1] + last == COUNT, "each verbatim is mined by one run"
    assert state(units) == undisturbed
    assert mined_to_the_end(units, database_url) == 0


POINTS = 25  # on each of two databases


def test_runs_killed_at_fifty_random_points_end_as_if_none_had_been(
    undisturbed: dict[str, Any], units: Units, database_url: str
) -> None:
    """Before a statement or a commit: nothing else that the run does can be seen by another process.

    A run takes over from the one that was killed, and may be killed too, until one gets to its end; then the next begins.
    """
    chance = random.Random(database_url.partition(":")[0])
    total = statements_of_a_run(units)
    killed: list[int] = []
    since = 0  # points of the chain of runs that goes on
    while len(killed) < POINTS or since:
        place = chance.randint(1, total * 2 // 3)
        if is_killed(database_url, place):
            killed.append(place)
            since += 1
            units.write(lambda session: session.execute(update(Verbatim).values(claimed_until=LONG_AGO)))
            continue
        assert state(units) == undisturbed, f"killed at {killed[-since:]} of {total}"
        wiped(units)
        since = 0


def is_killed(database_url: str, place: int) -> bool:
    """Whether a run died at this place, or came to its end before."""
    with started(mine, database_url, 0.0, place) as child:
        status = child.end()
    assert status in (0, -signal.SIGKILL)
    return status != 0


def statements_of_a_run(units: Units) -> int:
    """How many places to die at an undisturbed run has. It leaves nothing."""
    counted = [0]

    def count(*_arguments: object, **_more: object) -> None:
        counted[0] += 1

    engine = units.sessions.kw["bind"]
    hooks = ("before_cursor_execute", "commit")
    for hook in hooks:
        event.listen(engine, hook, count)
    job.run(units, FakeEncoder())  # type: ignore[arg-type]
    for hook in hooks:
        event.remove(engine, hook, count)
    wiped(units)
    return counted[0]


def test_two_runs_at_once_mine_each_verbatim_once(undisturbed: dict[str, Any], units: Units, database_url: str) -> None:
    with started(mine_when_told, database_url, 0.05) as one, started(mine_when_told, database_url, 0.05) as two:
        assert [one.hear(), two.hear()] == ["ready", "ready"]
        for child in (one, two):
            child.pipe.send("go")
        counts = [int(one.hear()), int(two.hear())]
        assert [one.end(), two.end()] == [0, 0]
    assert sum(counts) == COUNT
    assert min(counts) > 0, "they share the work"
    after = state(units)
    assert after["mentions"] == undisturbed["mentions"]
    # Which mentions only lean to a topic hangs on what the other run has read by then; nothing else may.
    met = ("topics", "themes", "empty topics")
    assert {name: after[name] for name in after if name not in met} == {
        name: undisturbed[name] for name in undisturbed if name not in met
    }
    assert len(after["topics"]) >= KINDS, "each subject is a topic"
    customers = units.read(lambda session: session.scalar(select(func.count(Customer.id))))
    assert len(after["profiles"]) == customers
