"""Loyalty of those who mention a theme beside comparable others, worked out again from plain rows (decision 0009)."""

import math
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any

import pytest
from scipy.stats import t as student
from sqlalchemy.orm import Session

from mining.reports import content_of
from mining.units import Units
from tests.conftest import NOW
from tests.mining.crowded import Crowd, consenting, how_active, mentions, random_words, texts

DAYS = timedelta(days=30)


def write(crowd: Crowd) -> None:
    """In the period, before it, on its edges; one text is a copy of another, and counts as heard all the same.

    Of theme 1 nearly everybody speaks, of theme 3 hardly anybody who consents.
    """
    most = len(crowd.people) - 5
    for number in {*range(len(crowd.people))} - {10, 12}:
        for _ in range(crowd.random.choice((0, 1, 1, 2, 3, 4, 5))):
            at = NOW - timedelta(days=crowd.random.uniform(0, 34))
            told = [
                (theme, "praise" if intent == "other" else "problem") for theme, intent in random_words(crowd.random)
            ]
            told = [one for one in told if one[0] != 3] + [(1, "problem")] * (number < most)
            crowd.say(number, at, *told, *((3, "problem"),) * (2 <= number <= 6))
    first, copy = (crowd.say(number, NOW - timedelta(days=3, minutes=20 - number), (2, "other")) for number in (8, 12))
    first.text = copy.text = "exactly the same words in both of them"
    crowd.say(10, NOW - DAYS, (2, "other"))
    crowd.say(5, NOW - DAYS - timedelta(seconds=1), (3, "other"))
    crowd.say(7, NOW, (3, "other"))
    crowd.take_away(NOW - timedelta(days=4), (3, "problem"))


def recounted(units: Units, theme: int, start: datetime, end: datetime, least: int) -> dict[str, Any] | None:
    people = consenting(units)
    texts_of = Counter(one.customer for one in texts(units) if start <= one.at < end and one.customer in people)
    mentioning = {one.customer for one in mentions(units) if one.theme == theme and start <= one.at < end}
    strata: dict[Any, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for one, count in texts_of.items():
        like = people[one].value, people[one].stage, how_active(count)
        strata[like][one not in mentioning].append(people[one].loyalty)
    both = [pair for pair in strata.values() if all(pair)]
    ours, others = (sum(len(pair[side]) for pair in both) for side in (0, 1))
    freedom = ours + others - 2 * len(both)
    if min(ours, others) < max(2, least) or freedom < 5:
        return None
    mine, theirs = (sum(len(pair[0]) * fmean(pair[side]) for pair in both) / ours for side in (0, 1))
    within = sum((one - fmean(side)) ** 2 for pair in both for side in pair for one in side) / freedom
    shares = sum((len(own) / ours) ** 2 * (1 / len(own) + 1 / len(rest)) for own, rest in both)
    far = student.ppf(0.975, freedom) * math.sqrt(within * shares)
    return {
        "customers": ours, "others": others, "loyalty": mine, "others_loyalty": theirs, "difference": mine - theirs,
        "low": mine - theirs - far, "high": mine - theirs + far,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("least", "people", "stages", "tiers"), [(1, 60, 2, 2), (5, 60, 1, 1), (5, 60, 2, 4), (5, 34, 5, 4)]
)
def test_loyalty_beside_comparable_others_can_be_worked_out_again(
    units: Units, session: Session, least: int, people: int, stages: int, tiers: int
) -> None:
    crowd = Crowd(session, people, seed=people, stages=stages, tiers=tiers)
    write(crowd)
    session.commit()
    content = units.read(lambda some: content_of(some, NOW - DAYS, NOW, least))
    told = [recount_one(units, int(key), entry["loyalty"], least) for key, entry in content["themes"].items()]
    assert len(told) >= 3
    assert any(told) != (people < 40), "or this test says little"
    if least == 5 and people > 40:
        assert not all(told), "one theme has too few who mention it"


def recount_one(units: Units, theme: int, found: dict[str, Any] | None, least: int) -> bool:
    """Whether anything is told; it must be the same on both sides."""
    wanted = recounted(units, theme, NOW - DAYS, NOW, least)
    assert (found is None) == (wanted is None), (theme, wanted)
    for name, value in (wanted or {}).items():
        assert found is not None
        assert found[name] == pytest.approx(value, abs=0 if name in ("customers", "others") else 0.051), (theme, name)
    return wanted is not None
