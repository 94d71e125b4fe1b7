"""Texts about a few subjects, mined, and the topics that became of them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Mention, Theme, Verbatim
from mining import job
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import SUBJECTS, FakeEncoder, sentence, tell

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
