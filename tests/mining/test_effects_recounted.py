"""What an outcome changed, worked out again from plain rows in plain Python, by the words of decision 17 alone."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from random import Random
from statistics import fmean, quantiles
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from community.models import STAGES, Outcome
from mining import effects
from mining.units import Units
from tests.conftest import NOW
from tests.mining.generated import Community, moment, rows

LEAST = 3
DRAWS = 1_000
SAID = """
    SELECT verbatim.customer_id, verbatim.said_at, mention.intent, topic.theme_id, mention.score
    FROM mention JOIN verbatim ON verbatim.id = mention.verbatim_id JOIN topic ON topic.id = mention.topic_id
"""
PEOPLE = """
    SELECT customer.id, profile.stage, customer.value FROM customer JOIN profile ON profile.customer_id = customer.id
    WHERE customer.is_profiled
"""
Customers = dict[int, list[float]]  # of each: above the line before and after, below it before and after


@pytest.fixture
def community(session: Session) -> Community:
    """A hundred customers of several stages; of some whose profile is still there the consent is gone."""
    made = Community(session, NOW, seed=4, days=70, customers=100)
    made.weights = [weight + 0.3 for weight in made.weights]  # nobody writes nearly all
    made.write(texts=520, questions=0)
    session.execute(text("UPDATE mention SET intent = 'suggestion' WHERE id % 5 = 0"))
    session.execute(text("UPDATE customer SET is_profiled = (id % 11 <> 4 AND is_profiled)"))
    for number, stage in enumerate(STAGES[:2]):
        session.execute(
            text("UPDATE profile SET stage = :stage WHERE customer_id % 2 = :n"), {"stage": stage, "n": number}
        )
    session.commit()
    return made


def outcome(
    session: Session, community: Community, theme: int, ago: int, state: str = "published", is_done: bool = True
) -> Outcome:
    row = Outcome(
        theme_id=community.themes[theme].id, state=state, title="t", body="b", done_on=(NOW - timedelta(days=ago)).date(),
        is_done=is_done, changed_at=NOW, published_at=NOW,
    )  # fmt: skip
    session.add(row)
    session.commit()
    return row


class Recount:
    """The two sides of one outcome."""

    def __init__(self, units: Units, theme: int, ended: set[int], done: datetime):
        self.days = min(28, (NOW - done).days)
        ends = [done - timedelta(days=self.days), done, done + timedelta(days=self.days)]
        known = {key: (stage, value) for key, stage, value in rows(units, PEOPLE)}
        raised: dict[tuple[int, bool], Counter[int]] = defaultdict(Counter)  # customer, of this theme -> by window
        self.mood: dict[int, list[list[float]]] = defaultdict(lambda: [[], []])
        for customer, at, intent, about, score in rows(units, SAID):
            window = next((n for n, (a, b) in enumerate(pairwise(ends)) if a <= moment(at) < b), None)
            if customer not in known or window is None:
                continue
            self.mood[customer][window].append(score)
            if intent in ("problem", "suggestion") and (about == theme or about not in ended):
                raised[customer, about == theme][window] += 1
        texts = Counter(
            customer
            for customer, at in rows(units, "SELECT customer_id, said_at FROM verbatim")
            if ends[0] <= moment(at) < done
        )
        ours = {customer for (customer, own), by in raised.items() if own and by[0]}
        others = {customer for (customer, own), by in raised.items() if not own and by[0]} - ours
        busy = {one: (texts[one] >= 2) + (texts[one] >= 4) for one in ours | others}
        self.sides = (ours, others)
        for strata in ({one: (*known[one], busy[one]) for one in busy}, busy, dict.fromkeys(busy, 0)):
            both = {strata[one] for one in ours} & {strata[one] for one in others}
            kept = [{one for one in side if strata[one] in both} for side in (ours, others)]
            if len(kept[0]) >= max(LEAST, 0.8 * len(ours)) and len(kept[1]) >= LEAST:
                break
        self.strata, self.sides, self.raised = strata, (kept[0], kept[1]), raised

    def mentions(self) -> Customers:
        own = self.sides[0]
        found = {one: self.raised[one, one in own] for side in self.sides for one in side}
        return {one: [by[0] * 7 / self.days, by[1] * 7 / self.days, 1, 1] for one, by in found.items()}

    def sentiment(self) -> Customers:
        every = [one for side in self.sides for one in side]
        moods = {one: self.mood[one] for one in every}
        return {one: [sum(before), sum(after), len(before), len(after)] for one, (before, after) in moods.items()}

    def four(self, values: Customers, sides: tuple[list[int], list[int]]) -> list[float]:
        """Both windows of both sides: means by stratum, weighed by how many of ours are in each."""
        by: list[Any] = [defaultdict(lambda: [0.0] * 4), defaultdict(lambda: [0.0] * 4)]
        for side, sums in zip(sides, by, strict=True):
            for one in side:
                sums[self.strata[one]] = [a + b for a, b in zip(sums[self.strata[one]], values[one], strict=True)]
        told = [key for key in by[0] if key in by[1] and all(sums[key][2] and sums[key][3] for sums in by)]
        share = Counter(self.strata[one] for one in sides[0])
        whole = sum(share[key] for key in told)
        return [
            sum(share[key] * sums[key][window] / sums[key][2 + window] for key in told) / whole
            for sums in by
            for window in (0, 1)
        ]

    def difference(self, four: list[float]) -> float:
        return (four[1] - four[0]) - (four[3] - four[2])

    def interval(self, values: Customers) -> tuple[float, float]:
        random, found = Random(1), []
        ours, others = (sorted(side) for side in self.sides)
        for _ in range(DRAWS):
            drawn = random.choices(ours, k=len(ours)), random.choices(others, k=len(others))
            found.append(self.difference(self.four(values, drawn)))
        ends = quantiles(found, n=40)
        return ends[0], ends[-1]


@pytest.mark.parametrize(("ago", "theme"), [(30, 0), (12, 3)])
def test_what_an_outcome_changed_is_what_the_rows_say(
    community: Community, units: Units, session: Session, ago: int, theme: int
) -> None:
    row = outcome(session, community, theme, ago)
    outcome(session, community, 1, 50)
    outcome(session, community, 2, 50, state="draft")  # nobody was told of it: it counts as any theme
    key, session_themes = row.id, [one.id for one in community.themes]
    session.rollback()
    found = units.read(lambda some: effects.measured(some, NOW, LEAST))[key]
    done = datetime.combine((NOW - timedelta(days=ago)).date(), time(), UTC)
    own = Recount(units, session_themes[theme], {session_themes[1]}, done)
    assert found["days"] == own.days
    assert (found["customers"], found["others"]) == tuple(map(len, own.sides))
    assert min(found["customers"], found["others"]) >= 8, "enough that each clause matters"
    for name, values in (("mentions", own.mentions()), ("sentiment", own.sentiment())):
        told = found[name]
        four = own.four(values, (sorted(own.sides[0]), sorted(own.sides[1])))
        assert [told[part] for part in ("before", "after", "others_before", "others_after")] == pytest.approx(
            four, abs=6e-4
        )
        assert told["difference"] == pytest.approx(own.difference(four), abs=6e-4)
        low, high = own.interval(values)
        assert [told["low"], told["high"]] == pytest.approx([low, high], abs=0.12 * (high - low)), "but for the draw"
    assert fmean(values[0] for values in own.mentions().values()) > 0
