"""Whether what was done helped: measured beside comparable others, with honest words where nothing can be told."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Customer, Outcome, Profile, Theme, Verbatim
from mining import effects
from mining.units import Units
from tests.factories import Factory
from tests.insights.making import make_theme, say

NOW = datetime(2026, 6, 20, 15, 0, tzinfo=UTC)
DONE = (NOW - timedelta(days=14)).date()
LEAST = 5


def texts(make: Factory, theme: Theme, person: str, days: list[float], mood: float = -0.8) -> None:
    """What one customer said of the theme, in days after it was done: negative ones are before."""
    done_at = datetime.combine(DONE, time(12), UTC)
    for day in days:
        feeling = "negative" if mood < 0 else "positive"
        at = done_at + timedelta(days=day)
        told = say(make, theme, f"{person} says {day}", address=f"{person}@example.org", at=at, sentiment=feeling)
        make.session.get_one(Verbatim, told.verbatim_id).score = mood
    make.session.commit()


def profile(session: Session) -> None:
    """Everybody has one: consent is asked elsewhere."""
    for customer in session.scalars(select(Customer)):
        row = {"loyalty": 50, "level": "neutral", "stage": "active", "reasons": {}, "computed_at": NOW}
        session.add(Profile(customer_id=customer.id, **row))
    session.commit()


def outcome(session: Session, theme: Theme, done_on: object = DONE) -> Outcome:
    row = Outcome(
        theme_id=theme.id, state="published", title="t", body="b", done_on=done_on, changed_at=NOW, published_at=NOW
    )
    session.add(row)
    session.commit()
    return row


@pytest.fixture
def themes(session: Session) -> tuple[Theme, Theme]:
    return make_theme(session, "courier"), make_theme(session, "battery")


def measured(units: Units, session: Session, row: Outcome, least: int = LEAST) -> dict:  # type: ignore[type-arg]
    session.rollback()
    return units.read(lambda some: effects.measured(some, NOW, least))[row.id]


def test_a_fix_after_which_they_are_quiet_while_others_go_on_is_told_from_chance(
    make: Factory, session: Session, units: Units, themes: tuple[Theme, Theme]
) -> None:
    fixed, other = themes
    for n in range(8):
        texts(make, fixed, f"fixed{n}", [-10, -7 + n / 10, -3])
        texts(make, other, f"other{n}", [-10, -7 + n / 10, -3, 2, 6, 10])
    texts(make, fixed, "fixed0", [4])
    profile(session)
    found = measured(units, session, outcome(session, fixed))
    assert found["days"] == 14
    assert (found["customers"], found["others"]) == (8, 8)
    assert found["mentions"]["before"] == pytest.approx(1.5)  # three in two weeks
    assert found["mentions"]["others_after"] == pytest.approx(1.5)
    assert found["mentions"]["difference"] == pytest.approx(-1.4375, abs=0.001)
    assert found["mentions"]["high"] < 0
    assert found == measured(units, session, session.scalars(select(Outcome)).one()), "the same each time"


def test_silence_that_falls_on_all_who_complained_is_no_effect(
    make: Factory, session: Session, units: Units, themes: tuple[Theme, Theme]
) -> None:
    """Before and after alone would praise any fix: who complains once seldom complains again."""
    fixed, other = themes
    for n in range(8):
        texts(make, fixed, f"fixed{n}", [-10, -5] if n % 2 else [-4])
        texts(make, other, f"other{n}", [-9, -6] if n % 2 else [-3])
    profile(session)
    found = measured(units, session, outcome(session, fixed))["mentions"]
    assert found["after"] == 0 < found["before"]
    assert found["low"] <= 0 <= found["high"]


def test_few_customers_and_few_days_tell_nothing(
    make: Factory, session: Session, units: Units, themes: tuple[Theme, Theme]
) -> None:
    fixed, other = themes
    for n in range(4):
        texts(make, fixed, f"fixed{n}", [-4])
        texts(make, other, f"other{n}", [-4, 3])
    profile(session)
    row = outcome(session, fixed)
    found = measured(units, session, row)
    assert found["mentions"] is None
    assert found["customers"] is None
    assert measured(units, session, row, least=4)["mentions"] is not None
    late = outcome(session, fixed, (NOW - timedelta(days=3)).date())
    assert measured(units, session, late, least=1)["mentions"] is None


def test_who_does_not_consent_to_a_profile_is_on_neither_side(
    make: Factory, session: Session, units: Units, themes: tuple[Theme, Theme]
) -> None:
    fixed, other = themes
    for n in range(6):
        texts(make, fixed, f"fixed{n}", [-4, 3])
        texts(make, other, f"other{n}", [-4, 3])
    profile(session)
    row = outcome(session, fixed)
    assert measured(units, session, row)["customers"] == 6
    session.scalars(select(Customer).order_by(Customer.id)).first().is_profiled = False  # type: ignore[union-attr]
    session.commit()
    assert measured(units, session, row)["customers"] == 5


def test_mood_is_compared_too_where_enough_spoke_before_and_after(
    make: Factory, session: Session, units: Units, themes: tuple[Theme, Theme]
) -> None:
    fixed, other = themes
    for n in range(7):
        texts(make, fixed, f"fixed{n}", [-6])
        texts(make, fixed, f"fixed{n}", [6], mood=0.7)
        texts(make, other, f"other{n}", [-6, 6])
    profile(session)
    found = measured(units, session, outcome(session, fixed))["sentiment"]
    assert found["difference"] == pytest.approx(1.5)
    assert found["low"] > 0


def test_what_is_measured_is_kept_and_what_is_withdrawn_is_not(
    make: Factory, session: Session, units: Units, themes: tuple[Theme, Theme]
) -> None:
    row, gone = outcome(session, themes[0]), outcome(session, themes[1])
    gone.state = "withdrawn"
    session.commit()
    assert effects.keep(units, NOW) == 1
    session.expire_all()
    assert row.measured_at == NOW
    assert row.effect is not None
    assert row.effect["mentions"] is None
    assert gone.measured_at is None
