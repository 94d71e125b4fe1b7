"""A theme told in one language has a name for readers of the other, until customers give it one."""

import numpy as np
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.models import Mention, Theme, Topic
from mining import glossing, job
from mining.encoder import Encoder
from mining.glossing import gloss, glossary, nearest
from mining.late_names import name_late
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder, sentence, tell

SLOW = ["快递太慢了，等了{}天", "物流速度很慢，{}天才到", "送货慢，快递拖了{}天", "配送速度太慢，第{}天才收到"]
DRAIN = [
    "电池不耐用，{}小时就没电",
    "续航太差，{}小时就要充电",
    "电池掉电快，{}小时没电了",
    "待机时间短，续航只有{}小时",
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


def chinese(units: Units, make: Factory, encoder: Encoder) -> None:
    texts = [text.format(n + 2) for n in range(4) for text in (*SLOW, *DRAIN)]
    tell(make.session, ((text, f"p{n}@x.org") for n, text in enumerate(texts)), NOW)
    job.run(units, encoder)


def names(session: Session) -> list[tuple[str, str | None, str | None]]:
    session.expire_all()
    return [(one.name, one.name_zh, one.glossed) for one in session.scalars(select(Theme).order_by(Theme.id))]


def test_who_reads_english_is_told_what_chinese_customers_speak_of(
    units: Units, make: Factory, session: Session, encoder: Encoder
) -> None:
    chinese(units, make, encoder)
    found = names(session)
    assert found
    assert any("elivery" in name for name, _, _ in found)
    for name, chinese_name, glossed in found:
        assert glossed == "en"
        assert chinese_name
        assert name.endswith(f" ({chinese_name})"), "the customers' own words stay beside it"
    topics = session.execute(select(Topic.label, Topic.label_zh, Topic.glossed)).all()
    assert all(label.endswith(f"({label_zh})") and glossed == "en" for label, label_zh, glossed in topics)
    assert gloss(units, encoder.revision, encoder.embed) == 0
    assert names(session) == found


def test_a_name_that_a_person_gave_gets_no_other(
    units: Units, make: Factory, session: Session, encoder: Encoder
) -> None:
    chinese(units, make, encoder)
    session.execute(update(Theme).values(name="Slow!", name_zh=None, glossed=None, is_named_by_person=True))
    session.execute(update(Topic).values(label=Topic.label_zh, glossed=None))
    session.commit()
    assert gloss(units, encoder.revision, encoder.embed) >= 1, "its topic has none"
    assert set(names(session)) == {("Slow!", None, None)}


def test_the_name_that_customers_give_takes_the_glossarys_place(units: Units, make: Factory, session: Session) -> None:
    told = ((sentence(name, n), f"{name}{n}@x.org") for name in ("battery", "login") for n in range(12))
    tell(make.session, told, NOW)
    job.run(units, FakeEncoder())  # type: ignore[arg-type]
    key = session.scalar(select(Mention.topic_id).where(Mention.topic_id.is_not(None)).order_by(Mention.id))
    topic = session.get_one(Topic, key)
    name = topic.label
    lent = {"label_zh": f"电源（{name}）", "glossed": "zh"}
    session.execute(update(Topic).where(Topic.id == key).values(lent))
    session.execute(update(Theme).where(Theme.id == topic.theme_id).values(name_zh=f"电源（{name}）", glossed="zh"))
    session.commit()
    assert name_late(units, "fake-1") == 0, "nobody spoke of it in Chinese yet"
    tell(make.session, ((f"手机电池耗电太快{'很' * n}", f"zh{n}@x.org") for n in range(8)), NOW)
    job.run(units, FakeEncoder())  # type: ignore[arg-type]
    han = select(Mention.id).where(Mention.topic_id.is_(None))
    session.execute(update(Mention).where(Mention.id.in_(han)).values(topic_id=key, considered=False))
    session.commit()
    assert name_late(units, "fake-1") == 1
    session.expire_all()
    topic = session.get_one(Topic, key)
    theme = session.get_one(Theme, topic.theme_id)
    assert (topic.label, topic.glossed, theme.glossed) == (name, None, None)
    assert topic.label_zh == theme.name_zh
    assert "电池" in str(topic.label_zh)


def test_a_word_must_be_near_to_the_name_and_to_what_is_said() -> None:
    words = np.eye(3, dtype=np.float32)
    name = np.array([[0.8, 0.6, 0]], np.float32)
    same, other = np.array([[0.5, 0.1, 0.86]], np.float32), np.array([[0.0, 0.05, 1.0]], np.float32)
    assert nearest(name, same, words) == [0]
    assert nearest(name, other, words) == [None], "the name is like the word, what is said is not"
    far = np.array([[0.4, 0.4, 0.82]], np.float32)
    assert nearest(far, np.array([[0.3, 0.3, 0.0]], np.float32), words) == [None]
    assert nearest(name[:0], same[:0], words) == []


def test_nothing_is_written_over_a_name_that_came_meanwhile(session: Session, make: Factory) -> None:
    theme = Theme(name="物流慢", name_zh="物流慢", created_at=NOW)
    session.add(theme)
    session.commit()
    one = glossing.Named(Theme, theme.id, "物流慢", "zh", np.zeros(3, np.float32))
    theme.name = "Slow courier"
    session.commit()
    assert not glossing.store(session, one, "Delivery")
    assert theme.name == "Slow courier"


def test_every_line_of_the_glossary_has_english_and_chinese() -> None:
    for row in glossary():
        assert row["en"].isascii()
        assert row["en"][0].isupper()
        assert 0 < len(row["zh"]) <= 12
        assert all("\u4e00" <= character <= "\u9fff" for character in row["zh"])
    assert len({(row["en"], row["zh"]) for row in glossary()}) == len(glossary())
