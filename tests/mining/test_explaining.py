"""The words that drive a sentiment are those without which it would be another."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.insights import why
from community.models import Explanation, Mention, Verbatim
from mining import explaining, job
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder, sentence, tell


def mined(units: Units) -> None:
    job.run(units, FakeEncoder())  # type: ignore[arg-type]


def told(session: Session) -> dict[str, list[str]]:
    """Text of a mention -> the words that drive it."""
    session.commit()
    rows = session.execute(
        select(Verbatim.text, Mention, Explanation)
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Explanation, Explanation.mention_id == Mention.id)
    )
    return {
        text[mention.start : mention.end]: [text[start:end] for start, end, _ in one.words or []]
        for text, mention, one in rows
    }


def test_a_mention_that_somebody_asked_about_is_explained_by_the_next_run(
    units: Units, make: Factory, session: Session
) -> None:
    make.contact("Hello there. The lamp is terrible and warm. 屏幕很差。")
    mined(units)
    assert told(session) == {}, "nobody looked at it"
    for mention in session.scalars(select(Mention)):
        why.ask(session, mention, NOW)
        why.ask(session, mention, NOW)
    session.commit()
    assert units.read(explaining.is_asked)
    mined(units)
    assert told(session) == {
        "Hello there.": [], "The lamp is terrible and warm.": ["terrible"], "屏幕很差。": ["差"],
    }  # fmt: skip
    assert not units.read(explaining.is_asked)
    assert session.scalars(select(Explanation.sentiment).order_by(Explanation.mention_id)).all() == [
        "neutral", "negative", "negative",
    ]  # fmt: skip


def test_what_the_report_quotes_is_explained_without_being_asked(units: Units, make: Factory, session: Session) -> None:
    now = datetime.now(UTC)
    subjects = ("battery", "delivery", "login")
    tell(session, [(sentence(one, n, "terrible"), f"{one}{n}@example.org") for one in subjects for n in range(12)], now)
    mined(units)
    assert told(session)
    assert all(words == ["terrible"] for words in told(session).values())
    before = session.scalars(select(Explanation.worked_out_at)).all()
    mined(units)
    session.commit()
    assert session.scalars(select(Explanation.worked_out_at)).all() == before, "it is worked out once"


def test_words_are_found_where_they_stand() -> None:
    text = "I can't open 屏幕 v2!"
    assert [text[start:end] for start, end in explaining.words_of(text)] == ["I", "can't", "open", "屏幕", "v2"]


def test_a_mention_deleted_meanwhile_is_not_explained(units: Units) -> None:
    assert units.write(lambda session: explaining.store(session, {99: ("negative", [])}, NOW)) == 0
