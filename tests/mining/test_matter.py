"""What shares a tone and no matter is small talk: kept apart, in no report, and last to be asked."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.insights import service as insights
from community.models import Mention, Theme, Topic, Verbatim
from mining import job
from mining.centring import Centre
from mining.known import Known
from mining.matter import small_talk, tells
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder, direction, embedding, sentence, tell

SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe")
WORDS = ["".join(parts) + "x" for parts in product(SYLLABLES, repeat=2)]  # 144 that no dictionary has
TALK = [" ".join(WORDS[start : start + 3]).capitalize() + "!!" for start in range(0, 120, 3)]


class Tonal(FakeEncoder):
    """What ends in !! lies together, whatever its words are: as small talk does for a real encoder."""

    def embed(self, texts: Sequence[str], progress: Any = None) -> NDArray[np.float32]:
        rows = [direction("tone") + 0.4 * embedding(text) if text.endswith("!!") else embedding(text) for text in texts]
        both = np.stack(rows) if rows else np.zeros((0, self.width), np.float32)
        return np.asarray(both / np.linalg.norm(both, axis=1, keepdims=True), np.float32)


def mined(units: Units) -> job.Counts:
    return job.run(units, Tonal())  # type: ignore[arg-type]


def say(make: Factory, texts: Sequence[str], who: str) -> None:
    tell(make.session, ((text, f"{who}{number}@example.org") for number, text in enumerate(texts)), NOW)


def placed(units: Units) -> dict[str, tuple[bool, bool] | None]:
    """Mention -> whether its topic is small talk, and whether it only leans to it."""

    def look(session: Session) -> dict[str, tuple[bool, bool] | None]:
        rows = session.execute(
            select(Verbatim.text, Mention.start, Mention.end, Topic.is_talk, Mention.considered)
            .join(Mention, Mention.verbatim_id == Verbatim.id)
            .outerjoin(Topic, Topic.id == Mention.topic_id)
        )
        return {row[0][row[1] : row[2]]: None if row[3] is None else (row[3], row[4]) for row in rows}

    return units.read(look)


def talk_themes(units: Units) -> list[Theme]:
    return units.read(lambda session: list(session.scalars(select(Theme).where(Theme.name == "Small talk"))))


def test_words_in_common_tell_a_matter_from_a_tone() -> None:
    lost = ["they lost my bag again", "bag still in boston", "where is the bag i checked", "lost luggage claim ignored"]
    tone = [text.lower() for text in TALK]
    labels = np.array([0] * 4 + [1] * 40)
    texts = [*lost, *tone]
    assert small_talk(texts, ["en"] * len(texts), labels, 2).tolist() == [False, True]
    assert small_talk(texts, ["en"] * len(texts), np.full(len(texts), -1), 0).tolist() == []


def test_of_few_mentions_nothing_is_said() -> None:
    """Three words are a great part of twenty texts, whatever they say."""
    assert not small_talk(TALK[:20], ["en"] * 20, np.zeros(20, np.int64), 1).any()


def test_chinese_words_are_asked_for_less() -> None:
    """Three of sixty texts say one of the three words: too little in English, and a matter in Chinese."""
    chinese = [chr(0x5C00 + 7 * number) + chr(0x6C00 + 5 * number) for number in range(60)]
    labels = np.zeros(60, np.int64)
    assert small_talk(WORDS[:60], ["en"] * 60, labels, 1).all()
    assert not small_talk(chinese, ["zh-Hant"] * 60, labels, 1).any()


def test_talk_becomes_one_ignored_theme_and_takes_what_nothing_beside_it_takes(units: Units, make: Factory) -> None:
    say(make, [sentence("battery", number) for number in range(12)], "b")
    say(make, TALK, "t")
    mined(units)
    (theme,) = talk_themes(units)
    assert theme.is_ignored
    assert theme.name_zh == "闲聊"
    assert theme.status == "new"
    assert all(placed(units)[text] == (True, False) for text in TALK)
    assert not any(found and found[0] for text, found in placed(units).items() if not text.endswith("!!"))
    ours = units.read(lambda session: list(session.scalars(select(Theme).where(Theme.is_ignored.is_(False)))))
    assert len(ours) == 1, "the battery alone"

    say(make, ["Sunflower!!"], "n")
    assert mined(units).topics == 0
    assert placed(units)["Sunflower!!"] == (True, True)


def test_talk_takes_what_no_matter_beside_it_takes() -> None:
    """Topic 1 is a matter, topic 2 small talk; each row is said by a text that tells the topics beside."""
    everything = {"*": np.zeros(3, np.float32)}
    centroids = np.eye(3, dtype=np.float32)[:2]
    known = Known(
        "r", [1, 2], centroids, np.array([0.3, 0.3], np.float32), Centre.of(everything), talk=np.array([False, True])
    )
    rows = np.array([[0.1, 0.9, 0.4], [0.1, 0.9, 0.4], [-0.9, 0.4, 0.1], [0.1, 0.9, 0.4]], np.float32)
    beside: list[set[int | None]] = [{1}, set(), {1}, {2, None}]
    assert known.assign(rows, ["en"] * 4) == [None] * 4, "nothing is small talk before others were asked"
    assert known.assign(rows, ["en"] * 4, 0.7, beside) == [1, 2, 2, 2]


def test_more_talk_joins_the_theme_that_is_there_and_what_people_made_of_it_stays(
    units: Units, make: Factory, session: Session
) -> None:
    battery = [sentence("battery", number) for number in range(12)]
    say(make, [*battery, *TALK], "t")
    mined(units)
    (theme,) = talk_themes(units)
    insights.ignore(session, session.get_one(Theme, theme.id), False, make.account("Manager", "manager"), NOW)
    session.commit()
    say(make, [text.replace("!!", " indeed!!") for text in TALK], "u")
    mined(units)
    (again,) = talk_themes(units)
    assert again.id == theme.id
    assert not again.is_ignored, "people want it in their reports"


def test_a_mention_tells_its_matter_by_itself_or_by_what_it_stands_under() -> None:
    assert tells("The strap broke", "en")
    assert not tells("Thanks!", "en")
    assert tells("Same here!", "en", "Battery drains since the update"), "it is about its thread"
    assert not tells("Thanks!", "en", "Thanks!"), "its own line is no other's"
    assert not tells("Thanks!", "en", "Thank you")
    assert tells("谢谢", "zh-Hans", "电池耗电")
    assert not tells("谢谢", "zh-Hans")


def test_thanks_alone_are_of_no_topic_and_beside_a_matter_they_are_of_it() -> None:
    vector = direction("battery")
    centring = Centre.of({"*": np.zeros_like(vector)})
    known = Known("m", [7], vector[None], np.array([0.5], np.float32), centring)
    both = np.stack([vector, vector])
    assert known.assign_text(both, "en", [True, False]) == [7, 7]
    assert known.assign_text(both[:1], "en", [False]) == [None]
    assert known.assign_text(both[:1], "en", [True]) == [7]
