"""What an outcome changed, worked out again from plain rows by the words of decision 0017."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session

from community.models import Outcome
from mining import effects
from mining.units import Units
from tests.conftest import NOW
from tests.mining.crowded import Crowd, Said, Text, consenting, how_active, mentions, midnight, random_words, texts
from tests.mining.generated import moment, rows

DRAWS = 20_000
NEAR = 0.2, 0.005  # standard deviations, and a step of counts: so far the ends of two bootstraps may be apart
Four = np.ndarray  # ours before and after, the others' before and after


def write(crowd: Crowd, done_at: datetime, days: int) -> None:
    """Everybody speaks within the two windows and a little around them; of theme 0 less since."""
    random = crowd.random
    for number in range(len(crowd.people)):
        for _ in range(random.choice((1, 2, 3, 5))):
            back = random.uniform(-days - 4, min(days + 4, (NOW - done_at).days))
            told = random_words(random)
            if back > 0 and random.random() < 0.6:
                told = [one for one in told if one[0] != 0]
            crowd.say(number, done_at + timedelta(days=back), *told)
    crowd.say(2, done_at, (0, "problem"))  # on the edges: the first moment since, and the first of the window before
    crowd.say(3, done_at - timedelta(days=days), (0, "suggestion"))
    crowd.say(5, done_at - timedelta(days=days, seconds=1), (0, "problem"))
    crowd.say(7, done_at + timedelta(days=days), (0, "problem"))
    crowd.take_away(done_at - timedelta(days=2), (0, "problem"), (3, "suggestion"))


def publish(session: Session, theme: int, done_on: date, state: str = "published", is_done: bool = True) -> int:
    row = Outcome(
        theme_id=theme, state=state, title="t", body="b", done_on=done_on, is_done=is_done, changed_at=NOW,
        published_at=None if state == "draft" else NOW,
    )  # fmt: skip
    session.add(row)
    session.commit()
    return row.id


def recounted(units: Units, key: int, least: int) -> dict[str, Any]:
    """Sides, levels, difference and the bootstrap's spread, of the definition's own words."""
    (theme, done_on), home = next(iter(rows(units, f"SELECT theme_id, done_on FROM outcome WHERE id = {key}"))), {}
    for one, into in rows(units, "SELECT id, merged_into_id FROM theme"):
        home[one] = into or one
    theme, done_at = home[theme], midnight(moment(f"{done_on}T00:00:00+00:00"))
    days = min(28, (NOW - done_at).days)
    done = {home[row[0]] for row in rows(units, "SELECT theme_id FROM outcome WHERE state = 'published' AND is_done")}
    window = (done_at - timedelta(days=days), done_at), (done_at, done_at + timedelta(days=days))
    people = consenting(units)
    raised = [one for one in mentions(units) if one.customer in people and one.intent in ("problem", "suggestion")]
    of_it = [one for one in raised if home[one.theme] == theme]
    of_else = [one for one in raised if home[one.theme] != theme and home[one.theme] not in done]
    ours = {one.customer for one in of_it if within(one, window[0])}
    others = {one.customer for one in of_else if within(one, window[0])} - ours
    read = texts(units)
    busy = Counter(one.customer for one in read if within(one, window[0]))
    likes: list[Callable[[int], Any]] = [
        lambda one: (people[one].value, people[one].stage, how_active(busy[one])),
        lambda one: how_active(busy[one]), lambda one: "all",
    ]  # fmt: skip
    like, ours, others = comparable(likes, ours, others, least)
    if min(len(ours), len(others)) < least:
        return {"days": days, "customers": None, "others": None, "mentions": None, "sentiment": None}
    told: dict[str, Any] = {"days": days, "customers": len(ours), "others": len(others), "like": likes.index(like)}
    said = {one: own_counts(of_it if one in ours else of_else, one, window, 7 / days) for one in ours | others}
    told["mentions"] = worked_out(said, ours, others, like)
    felt = {one: own_scores(read, one, window) for one in ours | others}
    enough = all(sum(felt[one][1][w] > 0 for one in side) >= least for side in (ours, others) for w in (0, 1))
    told["sentiment"] = worked_out(felt, ours, others, like) if enough else None
    return told


def within(one: Said | Text, window: tuple[datetime, datetime]) -> bool:
    return window[0] <= one.at < window[1]


def comparable(
    likes: Sequence[Callable[[int], Any]], ours: set[int], others: set[int], least: int
) -> tuple[Callable[[int], Any], set[int], set[int]]:
    """By the narrowest likeness in which four fifths of ours, and enough on both sides, have somebody to be compared with."""
    for like in likes:
        both = set(map(like, ours)) & set(map(like, others))
        own, rest = ({one for one in side if like(one) in both} for side in (ours, others))
        if len(own) >= max(least, 0.8 * len(ours)) and len(rest) >= least:
            break
    return like, own, rest


def own_counts(said: list[Said], customer: int, windows: Any, weekly: float) -> tuple[list[float], list[float]]:
    return [weekly * sum(one.customer == customer and within(one, time) for one in said) for time in windows], [
        1.0,
        1.0,
    ]


def own_scores(said: list[Text], customer: int, windows: Any) -> tuple[list[float], list[float]]:
    scores = [
        [one.score for one in said if one.customer == customer and one.score is not None and within(one, time)]
        for time in windows
    ]
    return [float(sum(own)) for own in scores], [float(len(own)) for own in scores]


def worked_out(
    each: dict[int, tuple[list[float], list[float]]], ours: set[int], others: set[int], like: Callable[[int], Any]
) -> dict[str, float]:
    strata = sorted(set(map(like, ours | others)), key=str)
    sides = [np.array([[like(one) == name for name in strata] for one in side]) for side in (ours, others)]
    sums = [np.array([each[one] for one in side]) for side in (ours, others)]  # (n, above and below, windows)
    random = np.random.default_rng(99)
    plain = four(sides, sums, [np.ones((1, len(ours))), np.ones((1, len(others)))])[0]
    drawn = four(sides, sums, [random.multinomial(n, [1 / n] * n, DRAWS) for n in (len(ours), len(others))])
    moved = change(drawn)
    low, high = np.nanquantile(moved, [0.025, 0.975])
    names = ("before", "after", "others_before", "others_after")
    return dict(zip(names, plain, strict=True)) | {
        "difference": float(change(plain[None])[0]), "low": float(low), "high": float(high), "spread": float(np.nanstd(moved))
    }  # fmt: skip


def change(found: Four) -> np.ndarray:
    return np.asarray((found[:, 1] - found[:, 0]) - (found[:, 3] - found[:, 2]))


def four(sides: list[np.ndarray], sums: list[np.ndarray], times: list[np.ndarray]) -> Four:
    """Each customer as often as they were drawn: means by stratum, weighed by ours; strata that lack one are left out."""
    means = []
    for side, own, drawn in zip(sides, sums, times, strict=True):
        for window in (0, 1):
            above, below = ((drawn * own[:, part, window]) @ side for part in (0, 1))
            means.append(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))
    table = np.array(means)  # (4, draws, strata)
    weight = np.where(np.isnan(table).any(0), 0, times[0] @ sides[0])
    with np.errstate(invalid="ignore"):
        return np.asarray((np.nan_to_num(table) * weight).sum(2) / weight.sum(1)).T


def agree(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """The whole of what is told of an outcome."""
    for name in ("days", "customers", "others"):
        assert found[name] == wanted[name], name
    for name in ("mentions", "sentiment"):
        for part, value in (wanted[name] or {}).items():
            if part in ("low", "high"):
                assert found[name][part] == pytest.approx(value, abs=NEAR[0] * wanted[name]["spread"] + NEAR[1]), (
                    name,
                    part,
                )
            elif part != "spread":
                assert found[name][part] == pytest.approx(value, abs=0.00051), (name, part)
        assert bool(found[name]) == bool(wanted[name]), name


CASES = {"alike": (110, 1, 2, 40, 0), "as active": (110, 5, 4, 20, 1), "all": (90, 5, 4, 20, 2)}


@pytest.mark.parametrize("case", CASES)
def test_what_an_outcome_changed_can_be_worked_out_again(units: Units, session: Session, case: str) -> None:
    people, stages, tiers, ago, like = CASES[case]
    done_at = midnight(NOW - timedelta(days=ago))
    crowd = Crowd(session, people, seed=ago, stages=stages, tiers=tiers)
    write(crowd, done_at, min(28, ago))
    themes = [one.id for one in crowd.themes]
    key = publish(session, themes[0], done_at.date())
    publish(session, themes[2], done_at.date())  # done as well: of it nobody else's mentions count
    publish(session, themes[1], done_at.date(), state="withdrawn")
    publish(session, themes[3], done_at.date(), is_done=False)  # decided not to: nothing was changed
    merged = publish(session, themes[5], done_at.date())  # what it is part of now was changed
    session.commit()
    found = units.read(lambda some: effects.measured(some, NOW, 5))
    for one in (key, merged):
        agree(found[one], recounted(units, one, 5))
    assert recounted(units, key, 5)["like"] == like
    assert recounted(units, key, 5)["sentiment"], "or this test says little"


def test_where_too_few_others_are_alike_all_who_are_as_active_are_compared(units: Units, session: Session) -> None:
    done_at, crowd = midnight(NOW - timedelta(days=10)), Crowd(session, 28, seed=3, stages=1, tiers=1)
    for number, customer in enumerate(crowd.people):
        customer.value = "low" if number < 14 else "mid"
        theme = 0 if number < 10 else 3 if number < 24 else 1
        for back in (-3, -2, 4)[: 2 + number % 2]:
            crowd.say(number, done_at + timedelta(days=back), (theme, "problem"))
    key, few = (publish(session, crowd.themes[theme].id, done_at.date()) for theme in (0, 1))
    found, wanted = units.read(lambda some: effects.measured(some, NOW, 5)), recounted(units, key, 5)
    agree(found[key], wanted)
    assert wanted["like"] == 1
    agree(found[few], recounted(units, few, 5))
    assert found[few]["customers"] is None, "four raised it"
