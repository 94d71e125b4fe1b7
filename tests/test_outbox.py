"""Events are delivered at least once: claimed, reacted to, finished; what fails is noted and tried again, later each time."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from community import outbox, reactions
from community.db import db, writing
from community.models import Event
from community.outbox import CLAIM, LAST_ATTEMPT
from community.reactions import deliver_pending
from tests.conftest import NOW
from tests.factories import Factory
from tests.insights.making import lately

SOON = NOW + timedelta(seconds=1)


def record(session: Session, many: int, kind: str = "question.asked", now: datetime = NOW) -> list[int]:
    events = [outbox.record(session, kind, 100 + n, None, now + timedelta(milliseconds=n)) for n in range(many)]
    session.commit()
    return [event.id for event in events]


def claimed(session: Session, now: datetime, most: int = 10) -> list[int]:
    with writing():
        found = [event.id for event in outbox.claim(session, now, most)]
        session.commit()
    return found


def test_due_events_are_claimed_oldest_first_and_no_more_than_asked_for(session: Session) -> None:
    late = record(session, 3, now=NOW - timedelta(hours=1))
    early = record(session, 2, now=NOW - timedelta(hours=2))
    assert claimed(session, NOW, most=4) == [*early, *late[:2]]
    assert claimed(session, NOW, most=4) == late[2:]
    assert claimed(session, NOW, most=4) == []


def test_an_event_of_the_future_waits(session: Session) -> None:
    record(session, 1, now=NOW + timedelta(seconds=1))
    assert claimed(session, NOW) == []
    assert len(claimed(session, NOW + timedelta(seconds=1))) == 1


def test_a_claimed_event_falls_due_again_when_its_worker_dies(session: Session) -> None:
    ids = record(session, 1)
    assert claimed(session, NOW) == ids
    assert claimed(session, NOW + CLAIM - timedelta(seconds=1)) == []
    assert claimed(session, NOW + CLAIM) == ids


def test_a_finished_event_never_comes_again(session: Session) -> None:
    record(session, 1)
    with writing():
        outbox.finish(session, outbox.claim(session, NOW, 10), NOW)
        session.commit()
    assert claimed(session, NOW + timedelta(days=365)) == []


def test_each_failure_is_noted_and_waits_longer_until_the_last_attempt(session: Session) -> None:
    [number] = record(session, 1)
    now, delays = NOW, []
    for _ in range(LAST_ATTEMPT):
        assert claimed(session, now) == [number]
        event = session.get_one(Event, number)
        outbox.fail(session, event, "Broken: " + "x" * 600, now)
        session.commit()
        delays.append((event.due_at - now).total_seconds())
        now = event.due_at
    assert delays == sorted(delays)
    assert delays[0] >= 5
    assert delays[-1] > 100 * delays[0]
    assert claimed(session, now + timedelta(days=365)) == [], "it was tried often enough"
    event = session.get_one(Event, number)
    assert (event.attempts, event.finished_at, len(event.error or "")) == (LAST_ATTEMPT, None, 500)


def test_the_last_attempt_comes_about_two_hours_after_the_first(session: Session) -> None:
    [number] = record(session, 1)
    now = NOW
    for _ in range(LAST_ATTEMPT - 1):
        claimed(session, now)
        event = session.get_one(Event, number)
        outbox.fail(session, event, "Broken", now)
        session.commit()
        now = event.due_at
    assert timedelta(hours=1) < now - NOW < timedelta(hours=3)


def test_two_workers_claim_different_events(session: Session) -> None:
    ids = record(session, 4)
    make_session = sessionmaker(db.engine)
    session.rollback()
    if db.engine.dialect.name == "sqlite":  # one writer: the second begins when the first has committed
        with writing(), make_session() as one:
            first = [event.id for event in outbox.claim(one, SOON, 2)]
            one.commit()
        with writing(), make_session() as two:
            second = [event.id for event in outbox.claim(two, SOON, 2)]
    else:
        with make_session() as one, make_session() as two:
            first = [event.id for event in outbox.claim(one, SOON, 2)]
            second = [event.id for event in outbox.claim(two, SOON, 2)]
            assert outbox.claim(two, SOON, 2) == [], "the first two are locked, not waited for"
            one.commit()
            two.commit()
    assert (first, second) == (ids[:2], ids[2:])


class Reaction:
    """Notes which subjects it was called for, and fails for some."""

    def __init__(self, *fails_for: int):
        self.fails_for = set(fails_for)
        self.calls: list[list[int]] = []

    def __call__(self, _session: Session, events: Sequence[Event]) -> None:
        subjects = [event.subject_id for event in events]
        self.calls.append(subjects)
        if self.fails_for & set(subjects):
            raise ValueError("no such thing")


@pytest.fixture
def reaction(monkeypatch: pytest.MonkeyPatch) -> Reaction:
    reaction = Reaction()
    monkeypatch.setitem(reactions.REACTIONS, "question.asked", (reaction,))
    return reaction


def test_a_batch_is_delivered_in_one_call_and_finished(session: Session, reaction: Reaction) -> None:
    record(session, 3, now=lately())
    assert deliver_pending() == 3
    assert reaction.calls == [[100, 101, 102]]
    assert deliver_pending() == 0
    session.rollback()
    assert all(event.finished_at and event.error is None for event in session.scalars(select(Event)))


def test_one_failing_event_does_not_hold_up_the_others(session: Session, reaction: Reaction) -> None:
    ids = record(session, 3, now=lately())
    reaction.fails_for = {101}
    assert deliver_pending() == 2
    session.rollback()
    left = session.scalars(select(Event).where(Event.finished_at.is_(None))).all()
    assert [event.id for event in left] == [ids[1]]
    assert left[0].error == "ValueError: no such thing"
    assert left[0].due_at > datetime.now(left[0].due_at.tzinfo)
    assert deliver_pending() == 0, "it waits"


def test_a_failed_event_is_delivered_when_the_cause_is_mended(session: Session, reaction: Reaction) -> None:
    record(session, 1, now=lately())
    reaction.fails_for = {100}
    assert deliver_pending() == 0
    session.rollback()
    reaction.fails_for = set()
    due = session.scalars(select(Event.due_at)).one()
    assert deliver_pending(due) == 1
    session.rollback()
    event = session.scalars(select(Event)).one()
    assert (event.attempts, event.error) == (2, None)


def test_an_event_of_a_kind_that_nobody_knows_is_noted_and_kept(session: Session, reaction: Reaction) -> None:
    record(session, 1, kind="moon.landed", now=lately())
    record(session, 1, now=lately())
    assert deliver_pending() == 1
    session.rollback()
    [left] = session.scalars(select(Event).where(Event.finished_at.is_(None)))
    assert "KeyError" in (left.error or "")


def test_a_reaction_that_breaks_the_transaction_harms_no_other(
    session: Session, reaction: Reaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong_statement(inner: Session, events: Sequence[Event]) -> None:
        inner.execute(text("SELECT nothing FROM nowhere"))

    monkeypatch.setitem(reactions.REACTIONS, "answer.given", (wrong_statement,))
    record(session, 2, now=lately())
    record(session, 1, kind="answer.given", now=lately())
    assert deliver_pending() == 2
    session.rollback()
    assert [event.kind for event in session.scalars(select(Event).where(Event.finished_at.is_(None)))] == [
        "answer.given"
    ]


def test_events_are_delivered_again_after_a_crash_before_the_end(
    session: Session, reaction: Reaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(session, 1, now=lately())

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "finish", die)
        with pytest.raises(KeyboardInterrupt):
            deliver_pending()
    session.rollback()
    due = session.scalars(select(Event.due_at)).one()
    assert deliver_pending(due) == 1
    assert reaction.calls == [[100], [100]]


def test_every_kind_that_the_services_record_has_its_row(session: Session, make: Factory) -> None:
    root = Path(reactions.__file__).parent
    source = "\n".join(path.read_text(encoding="utf-8") for path in root.rglob("*.py"))
    recorded = set(re.findall(r'outbox\.record\(\s*\w+(?:\.session\(\))?,\s*"([a-z.]+)"', source))
    assert len(recorded) >= 6
    assert recorded <= set(reactions.REACTIONS)
