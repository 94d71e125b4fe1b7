"""Kept days are what their rows are, whatever happens to a text: the database itself notes each change."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from community.models import ChangedDay, Product, SaidDay, Topic, Verbatim
from community.models import days as triggers
from mining import days, said, stretch, weighing
from mining.reports import content_of
from mining.units import Units
from tests.conftest import NOW
from tests.mining.changes import (
    ACTIONS,
)
from tests.mining.generated import Community, all_pages

START = NOW - timedelta(days=30)
LEAST = 5


def keep(units: Units) -> int:
    return weighing.keep_days(units, START, NOW)


def columns(units: Units) -> dict[str, list[Any]]:
    """All that a report is counted from."""

    def read(session: Session) -> Any:
        return said.read(session, weighing.heard_from(START, NOW), NOW)

    corpus = units.read(read)
    found = {}
    order = np.argsort(corpus.said.id)
    for part in (corpus.texts, corpus.said):
        for name in part.__dataclass_fields__:
            column = getattr(part, name)[order] if part is corpus.said else getattr(part, name)
            values = column if isinstance(column, np.ndarray) else [
                column.words[code] if code >= 0 else None for code in column.codes
            ]  # fmt: skip
            found[f"{type(part).__name__}.{name}"] = np.asarray(values).astype(str).tolist()
            if not isinstance(column, np.ndarray):
                found[f"{name} as numbered"] = list(column.words)
    return found


def from_rows(units: Units, monkeypatch: pytest.MonkeyPatch, work: Callable[[Units], Any]) -> Any:
    with monkeypatch.context() as patched:
        patched.setattr(days, "kept", lambda *_given: {})
        return work(units)


def kept(session: Session) -> int:
    found = len(session.scalars(select(SaidDay.day).where(SaidDay.content.is_not(None))).all())
    session.rollback()
    return found


def test_a_report_of_kept_days_is_that_of_their_rows(
    community: Community, units: Units, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def report(units: Units) -> Any:
        return units.read(lambda session: content_of(session, START, NOW, LEAST))

    def pages(units: Units) -> Any:
        return all_pages(units, LEAST)

    before = [work(units) for work in (report, pages, columns)]
    assert keep(units) == kept(session) > 90
    unread = pytest.MonkeyPatch()
    unread.setattr(stretch, "_texts", None)  # no row is read any more
    try:
        assert report(units) == before[0]
        assert columns(units) == before[2] | {"Texts.leader": columns(units)["Texts.leader"]}
    finally:
        unread.undo()
    assert pages(units) == before[1]
    assert keep(units) == 0


def test_what_people_do_to_themes_and_products_reaches_kept_days_at_once(
    community: Community, units: Units, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(units)
    first, second = community.themes[:2]
    session.execute(update(Topic).where(Topic.theme_id == first.id).values(theme_id=second.id))
    session.execute(update(Product).where(Product.slug == "lamp").values(slug="lantern"))
    session.commit()
    assert keep(units) == 0
    found = columns(units)
    assert str(first.id) not in found["Said.theme"]
    assert "lantern" in found["Texts.product"]
    assert found == from_rows(units, monkeypatch, columns)


@pytest.mark.parametrize("action", ACTIONS)
def test_each_change_is_seen_at_once_and_costs_its_own_days(
    action: Callable[[Session, Random], None], units: Units, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(session)
    keep(units)
    before, random = columns(units), Random(7)
    for _ in range(4):  # the first may fall upon what no report reads
        action(session, random)
    session.commit()
    found = columns(units)
    assert found != before
    assert found == from_rows(units, monkeypatch, columns)
    changed = len(session.scalars(select(ChangedDay.day).distinct()).all())
    session.rollback()
    assert changed > 0
    assert keep(units) <= changed
    assert columns(units) == from_rows(units, monkeypatch, columns)


def written(session: Session, seed: int = 3) -> Community:
    made = Community(session, NOW, seed, days=80, customers=12)
    made.write(texts=60, questions=0)
    return made


@pytest.mark.parametrize("seed", range(2))
def test_after_random_actions_kept_days_are_their_rows(
    seed: int, units: Units, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(session, seed)
    random = Random(seed)
    for _ in range(12):
        for _ in range(random.randrange(3)):
            random.choice(ACTIONS[5:] if random.random() < 0.8 else ACTIONS)(session, random)
        if random.random() < 0.2:
            session.rollback()
        session.commit()
        if random.random() < 0.5:
            keep(units)
        assert columns(units) == from_rows(units, monkeypatch, columns)
    keep(units)
    assert units.read(days.wrong) == (kept(session), [])


def test_what_was_erased_is_in_no_kept_day_after_the_next_look(units: Units, session: Session) -> None:
    written(session)
    keep(units)
    before = kept(session)
    session.execute(delete(Verbatim).where(Verbatim.id == session.scalar(select(Verbatim.id).limit(1))))
    session.commit()
    assert days.drop(units) == 1
    assert kept(session) == before - 1
    assert days.drop(units) == 0


def test_a_day_that_changes_while_it_is_built_is_not_kept(units: Units, session: Session) -> None:
    written(session)
    at = session.scalars(select(Verbatim.said_at).order_by(Verbatim.said_at.desc())).first()
    assert at is not None
    session.rollback()
    day = days.number(at.date())
    for late in (days.drop, lambda _units: 0):  # another process drops the change meanwhile, or none does
        units.write(lambda session: days.claim(session, [day], "first"))
        found = units.read(lambda session: days.read(session, [day]))
        session.execute(update(Verbatim).where(Verbatim.said_at == at).values(channel="store"))
        session.commit()
        late(units)  # type: ignore[operator]
        units.write(lambda session, found=found: days.store(session, found, "first"))  # type: ignore[misc]
        assert units.read(lambda session: days.kept(session, range(day, day + 1))) == {}
    units.write(lambda session: days.claim(session, [day], "second"))
    units.write(lambda session: days.store(session, found, "first"))
    assert units.read(lambda session: days.kept(session, range(day, day + 1))) == {}


def test_nothing_is_kept_where_changes_are_not_noted(units: Units, session: Session) -> None:
    written(session)
    keep(units)
    triggers.take_up(session.connection())
    session.commit()
    try:
        assert keep(units) == kept(session) == 0
    finally:
        triggers.lay(session.connection())
        session.commit()
    assert keep(units) == kept(session) > 0


def test_the_check_finds_a_day_that_differs(units: Units, session: Session) -> None:
    written(session)
    keep(units)
    day = session.scalars(select(Verbatim.said_at).order_by(Verbatim.said_at.desc())).first()
    assert day is not None
    number = days.number(day.date())
    nothing = units.read(lambda session: days.read(session, [number - 400])[number - 400])
    session.execute(update(SaidDay).where(SaidDay.day == day.date()).values(content=nothing.as_bytes()))
    session.commit()
    assert units.read(days.wrong) == (kept(session), [day.date()])


def test_a_stretch_is_the_same_after_it_was_bytes(community: Community, units: Units) -> None:
    found = units.read(lambda session: stretch.read(session, datetime(2026, 4, 1, tzinfo=NOW.tzinfo), NOW))
    again = stretch.Stretch.of_bytes(found.as_bytes())
    assert len(found.texts["id"]) > 20
    assert again.words == found.words
    for part, kinds in (("texts", stretch.TEXTS), ("mentions", stretch.MENTIONS)):
        for name in kinds:
            np.testing.assert_array_equal(getattr(again, part)[name], getattr(found, part)[name], strict=True)
