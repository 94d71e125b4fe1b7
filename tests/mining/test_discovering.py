"""One discovery is bounded, and others write, delete and discover while it goes on."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from community.models import Account, Mention
from community.questions import service as questions
from mining import gathering, job, known, loose
from mining.units import Units
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder, sentence, sentences, topic_ids, topic_of
from tests.mining.subjects import FIRST, mined, say, subject_topics, themes


def test_what_comes_in_while_a_run_ends_is_looked_at_by_the_next(
    units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = gathering.settle

    def and_one_more(*arguments: Any, **more: Any) -> int:
        found = settle(*arguments, **more)
        if more.get("is_leaning"):
            say(make, ("sound",), range(1))
            job.mine(units, FakeEncoder(), job.Counts())  # type: ignore[arg-type]
        return found

    say(make, (*FIRST, "screen"), range(3))
    monkeypatch.setattr(gathering, "settle", and_one_more)
    mined(units)
    assert units.read(lambda session: loose.count_loose(session, "fake-1")) == 1
    waiting = select(func.count(Mention.id)).where(Mention.considered.is_(True))
    assert units.read(lambda session: session.scalar(waiting)) == 12


def test_a_night_opens_the_latest_again_a_few_in_one_transaction(
    units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(make, (*FIRST, "screen"), range(4))
    mined(units)
    units.write(lambda session: session.execute(update(Mention).values(topic_id=None, considered=Mention.id != 9)))
    monkeypatch.setattr(loose, "REOPENED", 12)
    monkeypatch.setattr(loose, "REOPENED_AT_ONCE", 5)
    opened, open_again = [], loose.open_again
    monkeypatch.setattr(loose, "open_again", lambda session, ids: opened.append(len(ids)) or open_again(session, ids))
    assert loose.reopen(units) == 12
    assert opened == [5, 5, 2]
    still = select(Mention.id).where(Mention.considered.is_(True)).order_by(Mention.id)
    assert units.read(lambda session: list(session.scalars(still))) == [1, 2, 3]


def test_loose_mentions_come_with_their_words_and_what_they_stand_under(units: Units, make: Factory) -> None:
    make.contact("\U0001f50b Battery \u201ccell\u201d\nIt drains overnight. The charger is broken.")
    make.question(title="\u7535\u6c60 \U0001f600", body="It drains overnight, too. The charger hums.")
    job.mine(units, FakeEncoder(), job.Counts())  # type: ignore[arg-type]
    found = units.read(lambda session: loose.loose_mentions(session, "fake-1", 100))
    assert found.texts == units.read(sentences)
    assert len(found.texts) > 3
    assert set(found.headings) == {"\U0001f50b Battery \u201ccell\u201d", "\u7535\u6c60 \U0001f600"}


def test_discovery_reads_texts_in_their_order_whichever_batch_was_written_first(units: Units, make: Factory) -> None:
    """The order of its rows is the order of its ties: a run that was killed must end in the same topics."""
    say(make, FIRST, range(4), ending="My dog knows it too.")
    mined(units)

    def write_anew(session: Session) -> None:
        rows = session.scalars(select(Mention).order_by(Mention.verbatim_id.desc(), Mention.start)).all()
        names = ("verbatim_id", "start", "end", "sentiment", "score", "intent", "leaving", "embedding", "revision")
        copies = [{name: getattr(row, name) for name in names} for row in rows]
        session.execute(delete(Mention))
        for copy in copies:
            session.add(Mention(**copy, considered=False))
            session.flush()

    def read() -> loose.Loose:
        return units.read(lambda session: loose.loose_mentions(session, "fake-1", 1000))

    units.write(write_anew)
    first = read()
    units.write(write_anew)
    units.write(lambda session: session.execute(update(Mention).values(id=10_000 - Mention.id)))
    second = read()
    assert first.texts != second.texts
    assert sorted(first.texts) == sorted(second.texts)
    assert first.as_told().verbatims == second.as_told().verbatims == sorted(first.verbatims)


def test_discovery_looks_at_a_bounded_sample(units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    say(make, FIRST, range(20))
    looked_at: list[int] = []
    cluster = gathering.cluster

    def counted(vectors: Any, **more: Any) -> Any:
        looked_at.append(len(vectors))
        return cluster(vectors, **more)

    monkeypatch.setattr(gathering, "SAMPLE", 24)
    monkeypatch.setattr(gathering, "cluster", counted)
    mined(units)
    assert looked_at
    assert max(looked_at) <= 24
    assert len(looked_at) <= gathering.ROUNDS
    assert all(None not in topics for topics in subject_topics(units).values()), "the others join what the sample found"


def test_words_too_short_to_mean_anything_make_no_topic(units: Units, make: Factory) -> None:
    for number in range(12):
        make.contact("ok", address=f"o{number}@example.org")
    assert mined(units).topics == 0


@pytest.fixture
def deleting(session: Session) -> Any:
    """Makes a customer delete a post when a step has read its mentions, just before it gives them topics."""

    def before(step: Any, question: Any) -> Any:
        left = [question]

        def stepped(*arguments: Any, **more: Any) -> Any:
            result = step(*arguments, **more)
            while left:
                author = session.get_one(Account, left[0].author_id)
                questions.remove(session, left.pop(), author, datetime.now(UTC))
                session.commit()
            return result

        return stepped

    return before


def test_a_post_deleted_while_its_mentions_are_given_topics_breaks_nothing(
    units: Units, make: Factory, deleting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(make, FIRST, range(12))
    mined(units)
    question = make.question(title="Battery charge drains", body=sentence("battery", 13))
    job.mine(units, FakeEncoder(), job.Counts())  # type: ignore[arg-type]
    units.write(lambda session: session.execute(Mention.__table__.update().values(topic_id=None)))
    monkeypatch.setattr(known.Known, "assign", deleting(known.Known.assign, question))
    gathering.settle(units, "fake-1", job.silent)
    assert all(None not in topics for topics in subject_topics(units).values())


def test_a_post_deleted_while_topics_are_found_breaks_nothing(
    units: Units, make: Factory, deleting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(make, FIRST, range(12))
    question = make.question(title="Battery charge drains", body=sentence("battery", 13))
    monkeypatch.setattr(gathering, "name_topics", deleting(gathering.name_topics, question))
    assert mined(units).topics == 3
    assert len(units.read(topic_of)) == 36


def test_web_writes_go_on_while_topics_are_found(
    units: Units, make: Factory, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(make, FIRST, range(12))
    asked: list[int] = []
    cluster = gathering.cluster

    def asking(vectors: Any, **more: Any) -> Any:
        asked.append(make.question().id)
        return cluster(vectors, **more)

    monkeypatch.setattr(gathering, "cluster", asking)
    mined(units)
    assert asked


def test_of_two_discoveries_at_once_one_makes_the_topics(
    units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(make, FIRST, range(12))
    job.mine(units, FakeEncoder(), job.Counts())  # type: ignore[arg-type]
    name, made = gathering.name_topics, []

    def meanwhile(*arguments: Any, **more: Any) -> Any:
        result = name(*arguments, **more)
        if not made:
            made.append(0)
            made.append(gathering.discover(units, "fake-1", job.silent))
        return result

    monkeypatch.setattr(gathering, "name_topics", meanwhile)
    assert gathering.discover(units, "fake-1", job.silent) + sum(made) == 3
    assert len(units.read(topic_ids)) == len(themes(units)) == 3
    assert all(None not in topics for topics in subject_topics(units).values())
