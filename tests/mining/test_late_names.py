"""A topic that was found in one language gets its name in the other when enough customers speak of it there."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.models import Mention, Theme, Topic, Verbatim
from mining import job
from mining.late_names import name_late
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder, sentence, tell

CHINESE = "手机电池耗电太快{}"


def english_topic(units: Units, make: Factory, session: Session) -> int:
    """A topic of twelve English mentions beside another one; its id."""
    tell(
        make.session, ((sentence(name, n), f"{name}{n}@x.org") for name in ("battery", "login") for n in range(12)), NOW
    )
    mined(units)
    key = session.scalar(select(Mention.topic_id).where(Mention.topic_id.is_not(None)).order_by(Mention.id))
    assert key is not None
    return key


def mined(units: Units) -> None:
    job.run(units, FakeEncoder())  # type: ignore[arg-type]


def also_in_chinese(units: Units, make: Factory, session: Session, topic: int, count: int) -> None:
    tell(make.session, ((CHINESE.format(n * "很"), f"zh{n}@x.org") for n in range(count)), NOW)
    mined(units)
    theirs = select(Verbatim.id).where(Verbatim.language == "zh-Hans")
    session.execute(update(Mention).where(Mention.verbatim_id.in_(theirs)).values(topic_id=topic, considered=False))
    session.commit()


def named(session: Session, key: int) -> tuple[str, str | None, str, str | None]:
    session.expire_all()
    topic = session.get_one(Topic, key)
    theme = session.get_one(Theme, topic.theme_id)
    return topic.label, topic.label_zh, theme.name, theme.name_zh


def test_a_topic_gets_its_name_in_the_language_it_came_to_be_spoken_in(
    units: Units, make: Factory, session: Session
) -> None:
    key = english_topic(units, make, session)
    label, none, name, nor = named(session, key)
    assert (none, nor) == (None, None)
    also_in_chinese(units, make, session, key, 4)
    assert name_late(units, "fake-1") == 0, "four may be strays"
    also_in_chinese(units, make, session, key, 6)
    assert name_late(units, "fake-1") == 1
    after = named(session, key)
    assert (after[0], after[2]) == (label, name), "the name that was there stays"
    assert after[1] == after[3]
    assert "电池" in str(after[1])
    assert session.get_one(Topic, key).keywords["zh"]
    assert name_late(units, "fake-1") == 0
    assert named(session, key) == after


def test_a_theme_that_a_person_named_is_not_named_by_the_machine(units: Units, make: Factory, session: Session) -> None:
    key = english_topic(units, make, session)
    session.execute(update(Theme).values(is_named_by_person=True))
    session.commit()
    also_in_chinese(units, make, session, key, 6)
    assert name_late(units, "fake-1") == 1
    assert named(session, key)[1]
    assert named(session, key)[3] is None
