"""Topics stay what they are: nothing changes by looking again, and hardly anything by a tenth of new text."""

from sklearn.metrics import adjusted_rand_score
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.models import Mention, Theme, Topic, Verbatim
from mining import gathering, job, loose
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import SUBJECTS, FakeEncoder, sentence, tell, topic_of


def say(make: Factory, numbers: range) -> None:
    tell(make.session, ((sentence(name, n), f"{name}{n}@example.org") for name in SUBJECTS for n in numbers), NOW)


def mine(units: Units) -> job.Counts:
    return job.run(units, FakeEncoder())  # type: ignore[arg-type]


def look_again(units: Units) -> int:
    loose.reopen(units)
    return gathering.discover(units, "fake-1", job.silent, FakeEncoder().embed)


def names(session: Session) -> list[tuple[int, str, str | None, str]]:
    rows = session.execute(select(Topic.id, Topic.label, Topic.label_zh, Theme.name).join(Theme).order_by(Topic.id))
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def test_looking_again_at_the_same_text_changes_nothing(units: Units, make: Factory) -> None:
    say(make, range(20))
    mine(units)
    before, called = units.read(topic_of), units.read(names)
    assert look_again(units) == 0
    assert mine(units).topics == 0
    assert units.read(topic_of) == before
    assert units.read(names) == called


def test_a_tenth_of_new_text_leaves_the_old_mentions_where_they_are(units: Units, make: Factory) -> None:
    say(make, range(20))
    mine(units)
    before = units.read(topic_of)
    say(make, range(20, 22))
    mine(units)
    look_again(units)
    after = units.read(topic_of)
    places = sorted(before)
    assert sum(before[place] == after[place] for place in places) >= 0.95 * len(places)
    labels = [[found[place] or 0 for place in places] for found in (before, after)]
    assert adjusted_rand_score(*labels) >= 0.9


def test_what_only_leans_to_a_topic_makes_a_new_one_with_others_like_it(units: Units, make: Factory) -> None:
    say(make, range(12))
    mine(units)
    say_of(make, range(4))
    mine(units)
    leaning = units.read(lambda session: session.scalars(select(Topic.id).order_by(Topic.id)).first())
    units.write(lambda session: session.execute(
        update(Mention).where(Mention.topic_id.is_(None)).values(topic_id=leaning, considered=True)
    ))  # fmt: skip
    say_of(make, range(4, 9))
    mine(units)
    look_again(units)
    found = units.read(topic_of)
    late = {topic for place, topic in found.items() if place[0] > 12 * len(SUBJECTS)}
    assert len(late) == 1
    assert late.isdisjoint({leaning, None})


def say_of(make: Factory, numbers: range) -> None:
    """Texts about something that no subject has."""
    words = "strap buckle wrist leather clasp pin".split()
    texts = (" ".join(words[: n % 6] + words[n % 6 + 1 :]).capitalize() + f" {'so' * (n + 1)}." for n in numbers)
    tell(make.session, ((text, f"strap{n}@example.org") for n, text in zip(numbers, texts, strict=True)), NOW)


def test_a_member_stays_a_member_when_its_text_is_read_again_and_what_leans_looks_anew(
    units: Units, make: Factory
) -> None:
    say(make, range(12))
    mine(units)
    first = units.read(lambda session: session.scalars(select(Topic.id).order_by(Topic.id)).first())
    place = next(place for place, topic in sorted(units.read(topic_of).items()) if topic != first)
    wrong = (Mention.verbatim_id == place[0]) & (Mention.start == place[1])
    for is_leaning, stays in ((False, True), (True, False)):
        units.write(lambda session, leans=is_leaning: session.execute(
            update(Mention).where(wrong).values(topic_id=first, considered=leans)
        ))  # fmt: skip
        units.write(lambda session: session.execute(update(Verbatim).values(mined_revision=None)))
        mine(units)
        assert (units.read(topic_of)[place] == first) is stays
