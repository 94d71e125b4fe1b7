"""What people corrected outlives every later run, and similar new mentions follow their examples."""

from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.insights import corrections, placing, queries, service
from community.models import Account, Correction, Mention, Theme, Topic, Verbatim, Verdict
from mining import gathering, job, known
from mining.anchors import Anchors
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import FILLERS, SUBJECTS, FakeEncoder, sentence, tell

FIRST = ("battery", "delivery", "login", "screen")


def say(make: Factory, subjects: tuple[str, ...], numbers: range, ending: str = "") -> None:
    texts = (
        (sentence(name, number, ending), f"{name}{number}{ending}@example.org")
        for name in subjects
        for number in numbers
    )
    tell(make.session, texts, NOW)


def mined(units: Units, revision: str = "fake-1") -> job.Counts:
    return job.run(units, FakeEncoder(revision))  # type: ignore[arg-type]


def mentions(session: Session, subject: str, ending: str = "") -> list[Mention]:
    """Of the texts about a subject, in the order in which they were said."""
    session.commit()
    session.expire_all()
    rows = session.execute(select(Mention, Verbatim.text).join(Verbatim).order_by(Verbatim.id, Mention.start))
    found = []
    for mention, text in rows:
        words = set(text.lower().rstrip(".").split())
        if max(SUBJECTS, key=lambda name: len(words & set(SUBJECTS[name]))) == subject and ending in text:
            found.append(mention)
    return found


def theme_of(session: Session, subject: str) -> Theme:
    """The theme that most of a subject's mentions are in."""
    found = [queries.theme_of_mention(session, mention) for mention in mentions(session, subject)]
    return max((theme for theme in found if theme), key=found.count)


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


def decisions(session: Session) -> dict[str, Any]:
    """What people decided, as it stands at themes and mentions: no run may change any of it."""
    session.commit()
    session.expire_all()
    themes = session.scalars(select(Theme).where(Theme.is_named_by_person | Theme.is_pinned | Theme.is_ignored))
    placed: dict[Any, Any] = {}
    for row in session.scalars(select(Mention).order_by(Mention.verbatim_id, Mention.start)):
        theme = queries.theme_of_mention(session, row)
        placed[row.verbatim_id, row.start] = (theme and theme.id, row.sentiment, row.intent)
    return {
        "themes": {
            row.id: (row.name, row.status, row.owner_id, row.is_pinned, row.is_ignored, row.merged_into_id)
            for row in themes
        },
        "merged": dict(session.execute(select(Theme.id, Theme.merged_into_id)).tuples().all()),
        "placed": placed,
    }


def test_a_taxonomy_corrected_then_three_more_runs_with_new_text_loses_no_correction(
    units: Units, make: Factory, session: Session, manager: Account
) -> None:
    say(make, FIRST, range(14))
    mined(units)
    battery, delivery, login, screen = (theme_of(session, name) for name in FIRST)
    by = (manager, NOW)
    service.rename(session, battery, "Battery life", *by)
    service.set_status(session, battery, "planned", *by)
    service.set_owner(session, battery, manager, *by)
    service.pin(session, battery, True, *by)
    service.ignore(session, login, True, *by)
    service.merge(session, screen, battery, *by)
    apart = service.split(session, delivery, "Late couriers", [], mentions(session, "delivery")[:4], *by)
    assert apart
    moved, rejected, labelled = mentions(session, "login")[:3]
    placing.move(session, moved, delivery, *by)
    placing.reject(session, rejected, *by)
    placing.relabel(session, labelled, "positive", "praise", *by)
    out = (rejected.verbatim_id, rejected.start)
    session.commit()
    before = decisions(session)
    log = session.scalars(select(Correction.id)).all()
    for number, revision in enumerate(("fake-1", "fake-1", "fake-2"), start=1):
        say(make, (*FIRST, "refund"), range(14 + number * 5, 19 + number * 5))
        if number == 2:  # every text is read again by the same model, as after an interrupted run
            units.write(lambda session: session.execute(update(Verbatim).values(mined_revision=None)))
        mined(units, revision)
        after = decisions(session)
        assert {key: after["themes"][key] for key in before["themes"]} == before["themes"]
        assert {key: after["merged"][key] for key in before["merged"]} == before["merged"]
        lost = {key: (said, after["placed"][key]) for key, said in before["placed"].items()
                if key != out and after["placed"][key] != said}  # fmt: skip
        assert lost == {}
        assert after["placed"][out][0] != login.id
    assert session.scalars(select(Correction.id)).all() == log
    assert {theme_of(session, name).id for name in ("battery", "screen")} == {battery.id}, (
        "merged, also what came later"
    )


def test_another_model_keeps_the_topics_and_gives_them_to_new_texts(
    units: Units, make: Factory, session: Session
) -> None:
    say(make, FIRST, range(10))
    mined(units)
    before = set(session.scalars(select(Topic.id)))
    say(make, FIRST, range(10, 14))
    mined(units, "fake-2")
    assert {mention.topic_id for name in FIRST for mention in mentions(session, name)} == before
    assert set(session.scalars(select(Topic.revision))) == {"fake-2"}
    assert set(session.scalars(select(Topic.id))) == before


def test_similar_new_mentions_follow_one_that_was_moved(
    units: Units, make: Factory, session: Session, manager: Account
) -> None:
    say(make, FIRST, range(12))
    tell(session, [("Battery charge drains overnight phone courier.", "one@example.org")], NOW)
    mined(units)
    odd = mentions(session, "battery")[-1]
    delivery = theme_of(session, "delivery")
    placing.move(session, odd, delivery, manager, NOW)
    session.commit()
    tell(session, [("Battery charge drains overnight phone courier again.", "two@example.org")], NOW)
    say(make, ("battery",), range(12, 16))
    mined(units)
    *usual, _old, alike = mentions(session, "battery", "courier")
    assert usual == []
    assert queries.theme_of_mention(session, alike) == delivery
    plain = [queries.theme_of_mention(session, one) for one in mentions(session, "battery")[-4:]]
    assert delivery not in plain


def test_similar_new_mentions_stay_away_from_what_one_is_not_about(
    units: Units, make: Factory, session: Session, manager: Account
) -> None:
    say(make, FIRST, range(12))
    tell(session, [("Battery charge drains overnight phone lamp kettle.", "one@example.org")], NOW)
    mined(units)
    odd, battery = mentions(session, "battery")[-1], theme_of(session, "battery")
    assert queries.theme_of_mention(session, odd) == battery
    row = placing.reject(session, odd, manager, NOW)
    session.commit()
    tell(session, [("Battery charge drains overnight phone lamp kettle again.", "two@example.org")], NOW)
    say(make, ("battery",), range(12, 16))
    mined(units)
    odd, alike = mentions(session, "battery", "kettle")
    assert {queries.theme_of_mention(session, one) for one in (odd, alike)} == {None}
    assert [queries.theme_of_mention(session, one) for one in mentions(session, "battery")[-4:]] == [battery] * 4
    assert row
    corrections.undo(session, row.id, manager, NOW)
    session.commit()
    mined(units)
    assert queries.theme_of_mention(session, mentions(session, "battery", "kettle")[0]) == battery


def test_what_one_is_not_about_takes_in_no_new_topic_of_its_like(
    units: Units, make: Factory, session: Session, manager: Account
) -> None:
    say(make, FIRST, range(12))
    tell(session, [("Battery charge drains overnight phone lamp kettle.", "one@example.org")], NOW)
    mined(units)
    odd, battery = mentions(session, "battery")[-1], theme_of(session, "battery")
    assert placing.reject(session, odd, manager, NOW)
    session.commit()
    texts = [(f"Battery charge drains overnight phone lamp kettle {word}.", f"{word}@example.org") for word in FILLERS]
    tell(session, texts, NOW)
    say(make, ("battery",), range(12, 16))
    mined(units)
    found = [queries.theme_of_mention(session, one) for one in mentions(session, "battery", "kettle")]
    assert battery not in found
    assert any(found), "they make a theme of their own"
    plain = [one for one in mentions(session, "battery") if one not in mentions(session, "battery", "kettle")]
    assert {queries.theme_of_mention(session, one) for one in plain} == {battery}


def test_a_rejected_mention_read_again_does_not_return(
    units: Units, make: Factory, session: Session, manager: Account
) -> None:
    say(make, FIRST, range(12))
    mined(units)
    battery = theme_of(session, "battery")
    placing.reject(session, mentions(session, "battery")[0], manager, NOW)
    session.commit()
    for _ in range(2):
        units.write(lambda session: session.execute(update(Verbatim).values(mined_revision=None)))
        mined(units)
        assert queries.theme_of_mention(session, mentions(session, "battery")[0]) != battery


def test_new_texts_join_what_was_split_off_when_they_are_like_it(
    units: Units, make: Factory, session: Session, manager: Account
) -> None:
    say(make, FIRST, range(12))
    say(make, ("battery",), range(12, 16), "winter cold freezing snow")
    mined(units)
    cold = mentions(session, "battery", "winter")
    battery = theme_of(session, "battery")
    row = service.split(session, battery, "In winter", [], [one for one in cold if one.topic_id], manager, NOW)
    session.commit()
    assert row
    say(make, ("battery",), range(16, 20), "winter cold freezing snow")
    say(make, ("battery",), range(20, 24))
    mined(units)
    assert {queries.theme_of_mention(session, one).id for one in mentions(session, "battery", "winter")[4:]} == {  # type: ignore[union-attr]
        row.other_theme_id
    }
    assert [queries.theme_of_mention(session, one) for one in mentions(session, "battery")[-4:]] == [battery] * 4


@pytest.mark.parametrize("step", ["mine", "settle"])
def test_a_split_undone_while_a_run_goes_on_gets_no_new_mention(
    units: Units, make: Factory, session: Session, manager: Account, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    ending = "winter cold freezing snow"
    say(make, FIRST, range(12))
    say(make, ("battery",), range(12, 16), ending)
    mined(units)
    cold, battery = mentions(session, "battery", "winter"), theme_of(session, "battery")
    row = service.split(session, battery, "In winter", [], [one for one in cold if one.topic_id], manager, NOW)
    session.commit()
    assert row
    mined(units)  # it learns what the split is like
    split_off = row.other_theme_id
    say(make, ("battery",), range(16, 20), ending)
    if step == "settle":
        job.mine(units, FakeEncoder(), job.Counts())  # type: ignore[arg-type]
        loose = {"topic_id": None, "considered": False}
        verdicts = select(Verdict.verbatim_id)
        free = update(Mention).where(Mention.verbatim_id.not_in(verdicts)).values(loose)
        units.write(lambda session: session.execute(free))
    load = known.load

    def undone_meanwhile(session_: Session, revision: str) -> known.Known:
        found = load(session_, revision)
        monkeypatch.setattr(known, "load", load)
        corrections.undo(session, row.id, manager, NOW)
        session.commit()
        return found

    monkeypatch.setattr(known, "load", undone_meanwhile)
    if step == "mine":
        job.mine(units, FakeEncoder(), job.Counts())  # type: ignore[arg-type]
    else:
        gathering.settle(units, "fake-1", job.silent)
    themes = {theme.id for one in mentions(session, "battery") if (theme := queries.theme_of_mention(session, one))}
    assert split_off not in themes
    assert battery.id in themes


def test_the_nearest_example_decides() -> None:
    axes = np.eye(3, dtype=np.float32)
    likeness = np.array([[0.5, -np.inf], [0.5, -np.inf]], np.float32)
    rows = np.stack([axes[0], (axes[0] + 3 * axes[1]) / np.sqrt(10)]).astype(np.float32)
    drawn = Anchors(axes[:1], [[1]], [[]])(rows, likeness)
    assert drawn.argmax(axis=1).tolist() == [1, 0], "the second is too far from the example"
    closed = Anchors(axes[:1], [[]], [[0]])(rows, likeness)
    assert np.isneginf(closed[0]).all()
    assert closed[1, 0] == np.float32(0.5)
    both = Anchors(np.stack([rows[0], rows[0]]), [[0], []], [[], [0]])(rows, likeness)
    assert both[0, 0] == pytest.approx(1), "kept as often as rejected: it stays open"


def test_only_examples_whose_text_still_stands_are_learned_from(
    units: Units, make: Factory, session: Session, manager: Account
) -> None:
    say(make, FIRST, range(8))
    mined(units)
    mention = mentions(session, "login")[0]
    placing.move(session, mention, theme_of(session, "battery"), manager, NOW)
    session.commit()
    assert units.read(lambda session: known.load(session, "fake-1")).taught is not None
    session.execute(update(Verbatim).where(Verbatim.id == mention.verbatim_id).values(text_hash="edited"))
    session.commit()
    assert units.read(lambda session: known.load(session, "fake-1")).taught is None
