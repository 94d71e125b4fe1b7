"""Topics are found once, keep their members, and what a person made of them outlives every later run."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from community.insights import service as insights
from community.models import Account, Centre, Mention, Theme, Topic, Verbatim
from community.questions import service as questions
from mining import gathering, housekeeping, job, known, loose
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import SUBJECTS, FakeEncoder, partition, sentence, sentences, tell, topic_ids, topic_of

FIRST = ("battery", "delivery", "login")


def say(make: Factory, subjects: tuple[str, ...], numbers: range, ending: str = "") -> None:
    """One text for each subject and number, each by another customer."""
    texts = ((sentence(name, number, ending), f"{name}{number}@example.org") for name in subjects for number in numbers)
    tell(make.session, texts, NOW)


def mined(units: Units, revision: str = "fake-1") -> job.Counts:
    return job.run(units, FakeEncoder(revision))  # type: ignore[arg-type]


def themes(units: Units) -> list[Theme]:
    return units.read(lambda session: list(session.scalars(select(Theme).order_by(Theme.id))))


def subject_topics(units: Units) -> dict[str, set[int | None]]:
    """Subject -> ids of the topics of its mentions."""

    def look(session: Session) -> dict[str, set[int | None]]:
        rows = session.execute(
            select(Verbatim.text, Mention.topic_id).join(Mention, Mention.verbatim_id == Verbatim.id)
        )
        result: dict[str, set[int | None]] = {}
        for text, topic in rows:
            words = set(text.lower().rstrip(".").split())
            subject = max(SUBJECTS, key=lambda name: len(words & set(SUBJECTS[name])))
            result.setdefault(subject, set()).add(topic)
        return result

    return units.read(look)


def test_each_subject_becomes_one_named_theme(units: Units, make: Factory) -> None:
    say(make, FIRST, range(12))
    assert mined(units).topics == 3
    found = subject_topics(units)
    assert sorted(found) == sorted(FIRST)
    assert all(len(topics) == 1 and None not in topics for topics in found.values())
    assert len(set.union(*found.values())) == 3
    assert all(theme.name and theme.name != "?" and theme.status == "new" for theme in themes(units))


def test_topics_keep_their_ids_and_members_while_new_texts_come(units: Units, make: Factory) -> None:
    say(make, FIRST, range(20))
    mined(units)
    before, ids, names = units.read(topic_of), units.read(topic_ids), [theme.name for theme in themes(units)]
    for start in (20, 22):
        say(make, FIRST, range(start, start + 2))
        assert mined(units).topics == 0
        after = units.read(topic_of)
        assert {place: after[place] for place in before} == before
        assert units.read(topic_ids) == ids
        assert [theme.name for theme in themes(units)] == names
    assert all(len(topics) == 1 and None not in topics for topics in subject_topics(units).values())


def test_a_new_subject_becomes_a_new_topic_beside_the_old_ones(units: Units, make: Factory) -> None:
    say(make, FIRST, range(16))
    mined(units)
    before, ids = units.read(topic_of), units.read(topic_ids)
    say(make, ("refund",), range(8))
    assert mined(units).topics == 1
    after = units.read(topic_of)
    assert {place: after[place] for place in before} == before
    assert units.read(topic_ids)[:-1] == ids
    assert len(subject_topics(units)["refund"]) == 1


def test_too_few_mentions_wait_until_others_like_them_have_come(units: Units, make: Factory) -> None:
    say(make, FIRST, range(16))
    mined(units)
    for numbers in (range(4), range(4, 8)):
        say(make, ("sound",), numbers)
        mined(units)
    assert subject_topics(units)["sound"] == {None}, "they came four at a time, and four are too few"
    assert loose.reopen(units) >= 8
    assert gathering.discover(units, "fake-1", job.silent) == 1
    assert None not in subject_topics(units)["sound"]


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


def test_a_renamed_theme_keeps_its_name_and_goes_on_growing(units: Units, make: Factory, session: Session) -> None:
    say(make, FIRST, range(12))
    mined(units)
    manager = make.account("Mia", "manager")
    theme = session.scalars(select(Theme).order_by(Theme.id)).first()
    assert theme is not None
    insights.rename(session, theme, "Batteries that die", manager, NOW)
    insights.set_status(session, theme, "planned", manager, NOW)
    session.commit()
    key, size = theme.id, members(units, theme.id)
    say(make, FIRST, range(12, 16))
    mined(units)
    loose.reopen(units)
    gathering.discover(units, "fake-1", job.silent)
    later = next(one for one in themes(units) if one.id == key)
    assert (later.name, later.status, later.is_named_by_person) == ("Batteries that die", "planned", True)
    assert members(units, key) == size + 4


def test_merged_themes_stay_merged_and_go_on_growing_together(units: Units, make: Factory, session: Session) -> None:
    say(make, FIRST, range(12))
    mined(units)
    manager = make.account("Mia", "manager")
    into, away, other = session.scalars(select(Theme).order_by(Theme.id)).all()
    insights.merge(session, away, into, manager, NOW)
    session.commit()
    into_id, away_id = into.id, away.id
    say(make, FIRST, range(12, 16))
    assert mined(units).topics == 0
    assert members(units, away_id) == 0
    assert members(units, into_id) == 32
    assert members(units, other.id) == 16
    assert next(one for one in themes(units) if one.id == away_id).merged_into_id == into_id


def members(units: Units, theme_id: int) -> int:
    return units.read(lambda session: session.scalar(
        select(func.count(Mention.id)).join(Topic, Topic.id == Mention.topic_id).where(Topic.theme_id == theme_id)
    ) or 0)  # fmt: skip


def test_an_archived_topic_gets_no_new_member(units: Units, make: Factory, session: Session) -> None:
    say(make, FIRST, range(12))
    mined(units)
    topic = session.scalars(select(Topic).order_by(Topic.id)).first()
    assert topic is not None
    topic.archived_at = NOW
    session.commit()
    key = topic.id
    say(make, FIRST, range(12, 15))
    mined(units)
    assert (
        units.read(lambda session: session.scalar(select(func.count(Mention.id)).where(Mention.topic_id == key))) == 12
    )


def test_a_topic_that_nobody_speaks_of_for_a_year_is_put_to_rest_and_its_theme_goes_on(
    units: Units, make: Factory, session: Session
) -> None:
    say(make, FIRST, range(12))
    mined(units)
    old = units.read(topic_ids)
    session.execute(update(Topic).values(created_at=NOW))
    of_one = select(Mention.verbatim_id).where(Mention.topic_id == min(old))
    session.execute(update(Verbatim).where(Verbatim.id.in_(of_one)).values(said_at=NOW - timedelta(days=2)))
    session.commit()
    assert housekeeping.tidy(units, NOW + timedelta(days=364))["quiet topics"] == 0
    assert housekeeping.tidy(units, NOW + timedelta(days=365, hours=1))["quiet topics"] == 3
    assert housekeeping.tidy(units, NOW + timedelta(days=365, hours=2))["quiet topics"] == 0
    rows = {row.id: row for row in units.read(lambda session: session.scalars(select(Topic)).all())}
    since = {row.quiet_since for row in rows.values()}
    assert since == {NOW, NOW - timedelta(days=2)}, "when it was last spoken of"
    members = units.read(topic_of)
    say(make, FIRST, range(12, 24))
    assert mined(units).topics == 3, "not used again"
    now_of = units.read(topic_of)
    assert {place: now_of[place] for place in members} == members, "its members stay"
    fresh = {topic for place, topic in now_of.items() if place not in members}
    assert not fresh & set(old)
    named = {row.id: row.theme_id for row in units.read(lambda session: session.scalars(select(Topic)).all())}
    assert {named[key] for key in fresh} == {named[key] for key in old}, "what comes back is the same theme"
    assert len(themes(units)) == 3


def test_another_model_s_mentions_are_not_compared_with_this_one_s(units: Units, make: Factory) -> None:
    say(make, FIRST, range(12))
    mined(units)
    assert units.read(lambda session: known.load(session, "fake-2")).ids == []
    assert len(units.read(lambda session: known.load(session, "fake-1")).ids) == 3


def test_the_means_of_the_languages_are_learned_once(units: Units, make: Factory) -> None:
    def means(session: Session) -> list[tuple[str, bytes]]:
        return [(row.language, row.mean) for row in session.scalars(select(Centre).order_by(Centre.language))]

    say(make, FIRST, range(12))
    mined(units)
    before = units.read(means)
    say(make, ("refund",), range(10))
    mined(units)
    assert before
    assert units.read(means) == before


def test_the_same_texts_give_the_same_topics(units: Units, make: Factory) -> None:
    say(make, tuple(SUBJECTS), range(10))
    mined(units)
    first = units.read(partition)
    units.write(lambda session: [session.execute(delete(table)) for table in (Mention, Topic, Theme, Centre)])
    units.write(lambda session: session.execute(Verbatim.__table__.update().values(mined_revision=None)))
    mined(units)
    assert units.read(partition) == first


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
