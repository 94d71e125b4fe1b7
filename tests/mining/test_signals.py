"""Loyalty is bounded, every point of it has evidence, and all of it fades."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining import signals
from mining.signals import (
    KINDS,
    LEVELS,
    NEUTRAL,
    Facts,
    Noticed,
    Said,
    bounded,
    faded,
    level,
    loyalty,
    notice,
    reasons,
    stage,
)
from tests.conftest import NOW


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def facts(**given: object) -> Facts:
    empty: dict[str, object] = {"said": (), "unresolved": (), "helped": (), "contacts": (), "known_since": ago(100)}
    return Facts(**(empty | given))  # type: ignore[arg-type]


def said(score: float, days: float = 0, leaving: bool = False, mention_id: int | None = 1) -> Said:
    return Said(ago(days), score, leaving, mention_id)


def total(found: list[Noticed], kind: str) -> float:
    return sum(signal.weight for signal in found if signal.kind == kind)


anything = st.builds(
    Facts,
    said=st.lists(st.builds(
        Said, st.floats(0, 400).map(ago), st.floats(-1, 1), st.booleans(), st.none() | st.integers(1, 99)
    ), max_size=60),
    unresolved=st.lists(st.tuples(st.integers(1, 99), st.floats(0, 400).map(ago)), max_size=20),
    helped=st.lists(st.tuples(st.integers(1, 99), st.floats(0, 400).map(ago), st.floats(0, 4)), max_size=40),
    contacts=st.lists(st.floats(-1, 700).map(ago), max_size=60),
    known_since=st.floats(0, 900).map(ago),
)  # fmt: skip


@given(anything)
def test_loyalty_and_each_kind_stay_within_their_bounds(what: Facts) -> None:
    found = notice(what, NOW)
    assert 0 <= loyalty(found) <= 100
    for kind, weight in KINDS.items():
        rounding = 0.005 * sum(signal.kind == kind for signal in found)
        assert abs(total(found, kind)) <= weight.bound + rounding + 1e-6
    assert level(loyalty(found)) in {name for _, name in LEVELS}
    assert stage(what, NOW) in {"newcomer", "active", "established", "dormant", "lapsed"}


@given(anything)
def test_the_same_facts_give_the_same_signals(what: Facts) -> None:
    assert notice(what, NOW) == notice(what, NOW)


def test_who_said_nothing_is_neutral() -> None:
    assert loyalty(notice(facts(), NOW)) == NEUTRAL
    assert level(NEUTRAL) == "neutral"


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_signal_fades_by_half_in_its_half_life(kind: str) -> None:
    days = KINDS[kind].half_life_days
    assert faded(kind, NOW, NOW) == KINDS[kind].points
    assert faded(kind, ago(days), NOW) == pytest.approx(KINDS[kind].points / 2)
    assert faded(kind, ago(2 * days), NOW) == pytest.approx(KINDS[kind].points / 4)
    assert faded(kind, ago(-3), NOW) == KINDS[kind].points, "a clock that runs ahead does not make it heavier"


def test_old_words_weigh_less_than_new_ones() -> None:
    new, old = (notice(facts(said=[said(-1, days)]), NOW) for days in (1, 100))
    assert total(new, "mood") < total(old, "mood") < 0


def test_mood_follows_the_score() -> None:
    worse, bad, good = (loyalty(notice(facts(said=[said(score)]), NOW)) for score in (-1.0, -0.3, 0.9))
    assert worse < bad < NEUTRAL < good


def test_one_kind_alone_does_not_decide() -> None:
    assert loyalty(notice(facts(said=[said(1.0)] * 500), NOW)) == pytest.approx(NEUTRAL + KINDS["mood"].bound, abs=3)
    assert level(loyalty(notice(facts(said=[said(-1.0)] * 500), NOW))) != "lost"


def test_who_says_they_leave_is_at_risk() -> None:
    found = notice(facts(said=[said(-0.9, leaving=True, mention_id=7)]), NOW)
    assert level(loyalty(found)) in {"at risk", "lost"}
    assert [signal.mention_id for signal in found] == [7, 7]


def test_unresolved_complaints_take_points_and_name_the_complaint() -> None:
    found = notice(facts(unresolved=[(5, ago(10)), (6, ago(1))]), NOW)
    assert [(signal.kind, signal.complaint_id) for signal in found] == [
        ("unresolved complaint", 5),
        ("unresolved complaint", 6),
    ]
    assert loyalty(found) < NEUTRAL
    many = notice(facts(unresolved=[(key, ago(1)) for key in range(30)]), NOW)
    assert total(many, "unresolved complaint") == pytest.approx(-KINDS["unresolved complaint"].bound, abs=0.2)


def test_help_given_earns_points_and_names_the_answer() -> None:
    found = notice(facts(helped=[(8, ago(1), 2.0)]), NOW)
    assert [(signal.kind, signal.post_id) for signal in found] == [("help given", 8)]
    assert loyalty(found) > NEUTRAL


def test_silence_counts_after_a_while() -> None:
    def is_silent(days: float) -> bool:
        return any(signal.kind == "silence" for signal in notice(facts(contacts=[ago(days)]), NOW))

    assert [is_silent(days) for days in (1, signals.SILENT_AFTER_DAYS - 1, signals.SILENT_AFTER_DAYS, 400)] == [
        False, False, True, True,
    ]  # fmt: skip


def test_a_visit_keeps_silence_away_and_weighs_a_fifth_of_a_contact() -> None:
    written, read = (total(notice(facts(**{kind: [ago(0)]}), NOW), "activity") for kind in ("contacts", "visits"))
    assert read == pytest.approx(written / 5)
    seen = facts(contacts=[ago(300)], visits=[ago(2)])
    assert not total(notice(seen, NOW), "silence")
    assert stage(seen, NOW) == "active"


def test_visits_alone_make_nobody_established() -> None:
    assert stage(facts(visits=[ago(day) for day in range(30)], known_since=ago(300)), NOW) == "active"


def test_a_signal_too_light_to_matter_is_left_out() -> None:
    assert notice(facts(said=[said(0.001)]), NOW) == []


def test_bounding_keeps_the_proportions() -> None:
    found = bounded([Noticed("mood", weight, NOW) for weight in (30.0, 20.0, 10.0)])
    weights = [signal.weight for signal in found]
    assert sum(weights) == pytest.approx(25, abs=0.02)
    assert weights[0] == pytest.approx(3 * weights[2], abs=0.03)


@pytest.mark.parametrize(
    ("points", "name"),
    [(100, "advocate"), (80, "advocate"), (79, "loyal"), (62, "loyal"), (61, "neutral"), (40, "neutral"),
     (39, "at risk"), (20, "at risk"), (19, "lost"), (0, "lost")],
)  # fmt: skip
def test_levels_meet_without_a_gap(points: int, name: str) -> None:
    assert level(points) == name


@pytest.mark.parametrize(
    ("known_days", "contacts", "name"),
    [
        (5, [1], "newcomer"),
        (100, [1], "active"),
        (200, [1], "active"),
        (200, range(1, 11), "established"),
        (200, [91], "dormant"),
        (500, [271], "lapsed"),
        (400, [], "lapsed"),
        (5, [200, 1], "active"),
    ],
)
def test_stages_of_a_customer_s_life(known_days: int, contacts: list[int], name: str) -> None:
    assert stage(facts(contacts=[ago(days) for days in contacts], known_since=ago(known_days)), NOW) == name


def test_reasons_sum_the_kinds_heaviest_first() -> None:
    found = reasons([Noticed("mood", 1.0, NOW), Noticed("leaving", -30.0, NOW), Noticed("mood", 2.5, NOW)])
    assert list(found.items()) == [("leaving", -30.0), ("mood", 3.5)]
