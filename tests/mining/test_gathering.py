"""Topics are found once, keep their members, and what a person made of them outlives every later run."""

from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from community.insights import service as insights
from community.models import Centre, Mention, Theme, Topic, Verbatim
from mining import gathering, housekeeping, job, known, loose
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import SUBJECTS, partition, topic_ids, topic_of
from tests.mining.subjects import FIRST, mined, say, subject_topics, themes


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
