"""Recent posts are compared, by what they mean, with those that moderators decided about; the words need not stay."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.models import Account, Centre, Event, Likeness, Post, Question, SpamMark
from mining import likeness
from mining.units import Units
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder

PILLS = "Okapi pills cheap, order pills today."
AGAIN = "Today: order cheap okapi pills!"
LAMP = "The lamp hangs over the window and blinks."


class Counting(FakeEncoder):
    """Counts the texts that it is given."""

    seen = 0

    def embed(self, texts, progress=None):  # type: ignore[no-untyped-def]
        self.seen += len(texts)
        return super().embed(texts, progress)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def spam(session: Session, make: Factory, now: datetime) -> Question:
    """A post that was decided to be spam, with the mean of the first discovery."""
    session.add(Centre(revision="fake-1", language="*", mean=np.zeros(384, np.float32).tobytes()))
    post = make.question(make.account(), title="Pills", body=PILLS)
    session.add(SpamMark(post_id=post.id, print=7, is_spam=True, at=now - timedelta(minutes=1)))
    session.commit()
    return post


def asked(make: Factory, title: str, body: str, now: datetime) -> Question:
    post = make.question(make.account(), title=title, body=body)
    post.created_at = now
    make.session.commit()
    return post


def compare(units: Units, now: datetime, encoder: FakeEncoder | None = None) -> int:
    return likeness.compare(units, encoder or FakeEncoder(), now)  # type: ignore[arg-type]


def told(session: Session) -> list[int]:
    session.rollback()
    rows = session.scalars(select(Event.subject_id).where(Event.kind == "likeness.found").order_by(Event.id))
    return list(rows)


def test_a_post_in_other_words_is_told_once_and_another_matter_is_not(
    session: Session, units: Units, make: Factory, spam: Question, now: datetime
) -> None:
    alike, other = asked(make, "Pills", AGAIN, now), asked(make, "Lamp", LAMP, now)
    spam_id, alike_id, other_id = spam.id, alike.id, other.id
    session.rollback()
    assert compare(units, now) == 3
    rows = {row.post_id: row for row in session.scalars(select(Likeness))}
    assert rows[alike_id].like_id == spam_id
    assert rows[alike_id].spam > 0.9
    assert rows[other_id].spam < 0.3
    assert rows[spam_id].spam is None  # what is decided is not compared with itself
    assert told(session) == [alike_id]
    assert compare(units, now) == 0
    assert told(session) == [alike_id]


def test_a_later_decision_reaches_posts_that_stand_already(
    session: Session, units: Units, make: Factory, spam: Question, now: datetime
) -> None:
    first, second = asked(make, "Lamp", LAMP, now), asked(make, "Lamp again", LAMP, now)
    first_id, second_id = first.id, second.id
    session.rollback()
    compare(units, now)
    assert told(session) == []
    session.add(SpamMark(post_id=first_id, print=8, is_spam=True, at=now + timedelta(minutes=1)))
    session.commit()
    assert compare(units, now + timedelta(minutes=2)) == 1  # only what was decided is embedded again
    assert told(session) == [second_id]


def test_decided_spam_teaches_when_its_post_is_deleted_and_by_another_model(
    session: Session, units: Units, make: Factory, spam: Question, now: datetime
) -> None:
    spam_id = spam.id
    session.execute(update(Post).where(Post.id == spam_id).values(deleted_at=now))
    session.add(Centre(revision="fake-2", language="*", mean=np.zeros(384, np.float32).tobytes()))
    session.commit()
    compare(units, now)
    alike_id = asked(make, "Pills", AGAIN, now).id
    session.rollback()
    assert compare(units, now, FakeEncoder("fake-2")) == 2
    assert session.get_one(Likeness, alike_id).like_id == spam_id
    assert {row.revision for row in session.scalars(select(Likeness))} == {"fake-2"}


def test_an_edited_post_is_compared_anew(
    session: Session, units: Units, make: Factory, spam: Question, now: datetime
) -> None:
    post_id = asked(make, "Lamp", LAMP, now).id
    session.rollback()
    compare(units, now)
    session.execute(update(Question).where(Question.id == post_id).values(body=AGAIN, edited_at=now + timedelta(1)))
    session.commit()
    assert compare(units, now + timedelta(days=1, minutes=1)) == 1
    assert told(session) == [post_id]


def test_nothing_is_embedded_where_nothing_was_decided_or_the_post_is_trusted_or_old(
    session: Session, units: Units, make: Factory, now: datetime
) -> None:
    session.add(Centre(revision="fake-1", language="*", mean=np.zeros(384, np.float32).tobytes()))
    asked(make, "Pills", PILLS, now)
    encoder = Counting()
    assert compare(units, now, encoder) == 0
    trusted = asked(make, "Pills", AGAIN, now)
    session.get_one(Account, trusted.author_id).trust = "regular"
    old = asked(make, "Old pills", AGAIN, now - timedelta(days=8))
    session.add(SpamMark(post_id=old.id, print=7, is_spam=True, at=now - timedelta(minutes=1)))
    session.commit()
    assert compare(units, now, encoder) == encoder.seen == 2  # the decided one, and the first


def test_what_is_neither_recent_nor_decided_is_forgotten(
    session: Session, units: Units, make: Factory, spam: Question, now: datetime
) -> None:
    post_id, spam_id = asked(make, "Lamp", LAMP, now - timedelta(days=6)).id, spam.id
    session.rollback()
    compare(units, now)
    assert session.get(Likeness, post_id) is not None
    session.rollback()
    asked(make, "Another", LAMP, now + timedelta(days=2))
    compare(units, now + timedelta(days=2))
    session.expire_all()
    kept = set(session.scalars(select(Likeness.post_id)))
    assert post_id not in kept
    assert spam_id in kept
