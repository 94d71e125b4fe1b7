"""Relabelled mentions shift what is said of new ones: a little, measured, and no longer once the labels are undone."""

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.insights import corrections, placing
from community.models import Account, Calibration, Correction, Mention, Verbatim
from mining import calibration, job
from mining.calibration import biased, fit, learned, plain
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder, tell


def mined(units: Units, revision: str = "fake-1") -> None:
    job.run(units, FakeEncoder(revision))  # type: ignore[arg-type]


def sentiments(session: Session) -> dict[str, str]:
    session.commit()
    return dict(session.execute(select(Verbatim.text, Mention.sentiment).join(Mention)).tuples().all())


def relabel_all(session: Session, label: str, by: Account) -> None:
    for mention in session.scalars(select(Mention)).all():
        placing.relabel(session, mention, label, None, by, NOW)
    session.commit()


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


def test_the_same_words_get_the_label_that_a_person_gave(
    units: Units, make: Factory, session: Session, manager: Account
) -> None:
    tell(session, [("The lamp is warm today", "one@example.org")], NOW)
    mined(units)
    assert set(sentiments(session).values()) == {"neutral"}
    relabel_all(session, "negative", manager)
    tell(session, [("the LAMP is warm, today!", "two@example.org"), ("The lamp is blue", "three@example.org")], NOW)
    mined(units)
    assert [label for text, label in sentiments(session).items() if "warm, today" in text] == ["negative"]
    assert [label for text, label in sentiments(session).items() if "blue" in text] == ["neutral"]
    for key in session.scalars(select(Correction.id)).all():
        corrections.undo(session, key, manager, NOW)
    tell(session, [("The lamp is warm. Today", "four@example.org")], NOW)
    mined(units)
    assert [label for text, label in sentiments(session).items() if "warm. Today" in text] == ["neutral"]


def test_what_was_learned_is_written_down_with_before_and_after_and_not_fitted_twice(
    units: Units, make: Factory, session: Session, manager: Account
) -> None:
    tell(session, [(f"The lamp is warm {word}", f"{word}@example.org") for word in ("today", "again", "now")], NOW)
    mined(units)
    relabel_all(session, "negative", manager)
    for number in range(2):
        tell(session, [(f"Number {number}", "other@example.org")], NOW)
        mined(units)
    session.commit()
    [row] = session.scalars(select(Calibration)).all()
    assert (row.language, row.head, row.examples, row.before, row.after) == ("en", "sentiment", 3, 0.0, 0.0)
    assert row.bias == [0.0, 0.0, 0.0], "three examples say nothing about the next sentence"


def test_a_leaning_of_the_model_is_learned_from_some_examples_and_holds_for_those_not_seen() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 60)
    honest = np.full((60, 3), 0.25) + 0.25 * np.eye(3)[labels]
    leaning = biased(honest.astype(np.float32), np.array([0, 0.9, 0]))
    bias, before, after = learned(leaning, labels, leaning[:5])
    assert before < 0.5
    assert after > 0.9
    assert bias[1] < bias[0]
    assert bias[1] < bias[2]


def test_what_nobody_relabelled_holds_the_bias_back() -> None:
    wrong = np.tile(np.array([[0.3, 0.5, 0.2]], np.float32), (12, 1))
    labels = np.zeros(12, np.int64)
    alone = fit(wrong, labels, np.zeros((0, 3), np.float32))
    among_many = fit(wrong, labels, np.tile(np.array([[0.3, 0.5, 0.2]], np.float32), (200, 1)))
    assert 0 < among_many[0] < alone[0] / 4
    assert np.abs(alone).max() <= calibration.MOST_BIAS


def test_examples_that_teach_nothing_leave_the_model_as_it_is() -> None:
    rng = np.random.default_rng(2)
    chances = rng.dirichlet([2, 2, 2], 40).astype(np.float32)
    bias, before, after = learned(chances, chances.argmax(axis=1), chances)
    assert (bias.tolist(), before, after) == ([0, 0, 0], 1.0, 1.0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("It is broken!", "it is  broken", True), ("等了3天。", "等了3天！", True),
        ("等了3天。", "等了4天！", False), ("5 stars", "1 stars.", False), ("10/10", "0/10", False),
        ("\U0001f44d", "\U0001f44e", False), ("\u2764\ufe0f", "\u2764!", True), ("+1", "-1", False),
        ("Room 3-4", "room 3, 4", True),
        ("客服态度很好。", "客服态度不好。", False), ("It works", "It works not", False),
    ],
)  # fmt: skip
def test_sentences_are_the_same_by_their_words(one: str, other: str, same: bool) -> None:
    assert (plain(one) == plain(other)) == same


def test_a_label_of_a_text_without_words_says_nothing_of_others(units: Units, monkeypatch: pytest.MonkeyPatch) -> None:
    example = calibration.Example(1, "?! ...", "en", "negative", None)
    monkeypatch.setattr(calibration, "load", lambda _session: [example])
    reader = calibration.calibrated(units, FakeEncoder())  # type: ignore[arg-type]
    assert reader.judge(["-- ..", "!"]).sentiment.argmax(axis=1).tolist() == [1, 1]
    assert plain("?!") == plain("-- ..") == ""
