"""A text that nearly repeats another of its day is found once and remembered, until either of them changes."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from community import verbatims
from community.models import Echo, Verbatim
from mining import columns, echoes, stretch
from mining import said as said_within
from mining.units import Units
from mining.voices import heard
from tests.conftest import NOW
from tests.factories import Factory
from tests.insights.making import make_theme, say
from tests.mining.test_voices import told

START = NOW - timedelta(days=30)
COPY = "The battery was empty after {} hours, I want my money back!"


def said(make: Factory, text: str, at: datetime) -> int:
    make.contact(text, now=at)
    key = make.session.scalars(select(Verbatim.id).order_by(Verbatim.id.desc()).limit(1)).one()
    make.session.commit()
    return key


def kept(session: Session) -> dict[int, int | None]:
    found = {row.verbatim_id: row.leader_id for row in session.scalars(select(Echo))}
    session.rollback()
    return found


@pytest.fixture
def day() -> datetime:
    return NOW.replace(hour=8) - timedelta(days=3)


def test_copies_of_a_day_lead_to_the_first_and_nothing_is_compared_twice(
    make: Factory, session: Session, units: Units, day: datetime
) -> None:
    first = said(make, COPY.format(2), day)
    other = said(make, told(1), day + timedelta(minutes=1))
    copy = said(make, COPY.format(3), day + timedelta(minutes=2))
    next_day = said(make, COPY.format(4), day + timedelta(days=1))
    assert echoes.keep(units, START, NOW) == 4
    assert kept(session) == {first: first, other: other, copy: first, next_day: next_day}
    assert echoes.keep(units, START, NOW) == 0
    late = said(make, COPY.format(5), day + timedelta(minutes=3))
    assert echoes.keep(units, START, NOW) == 1, "only what is new"
    assert kept(session)[late] == first


def test_an_edited_text_and_what_repeated_an_erased_one_are_compared_anew(
    make: Factory, session: Session, units: Units, day: datetime
) -> None:
    first, second, third = (said(make, COPY.format(n), day + timedelta(minutes=n)) for n in (1, 2, 3))
    echoes.keep(units, START, NOW)
    session.execute(update(Verbatim).where(Verbatim.id == third).values(text=told(5), text_hash="another"))
    session.execute(delete(Verbatim).where(Verbatim.id == first))
    session.commit()
    assert kept(session) == {second: None, third: None}
    assert echoes.keep(units, START, NOW) == 2
    assert kept(session) == {second: second, third: third}


def test_what_repeated_an_edited_text_is_compared_anew(
    make: Factory, session: Session, units: Units, day: datetime
) -> None:
    asked = [
        make.question(title=f"Empty after {n} hours", body=COPY.format(n), now=day + timedelta(minutes=n))
        for n in (1, 2, 3)
    ]
    session.commit()
    first, second, third = session.scalars(select(Verbatim.id).order_by(Verbatim.id)).all()
    session.commit()
    echoes.keep(units, START, NOW)
    assert kept(session) == {first: first, second: first, third: first}
    asked[0].body = told(2)
    verbatims.renew(session, asked[0], NOW)
    session.commit()
    assert echoes.keep(units, START, NOW) == 3
    assert kept(session) == {first: first, second: second, third: second}


def test_what_changed_while_it_was_compared_is_not_kept(
    make: Factory, session: Session, units: Units, day: datetime
) -> None:
    keys = [said(make, COPY.format(n), day + timedelta(minutes=n)) for n in (1, 2, 3)]
    found = units.read(lambda session: list(echoes.compare(session, *echoes.known(session, START, NOW))))
    session.execute(delete(Verbatim).where(Verbatim.id == keys[0]))
    session.execute(update(Verbatim).where(Verbatim.id == keys[2]).values(text_hash="another"))
    session.commit()
    units.write(lambda session: echoes.store(session, found))
    assert kept(session) == {}
    assert echoes.keep(units, START, NOW) == 2


def test_a_report_counts_the_same_with_and_without_what_is_kept(
    make: Factory, session: Session, units: Units, day: datetime
) -> None:
    theme, other = make_theme(session), make_theme(session, "other")
    for number in range(6):
        say(make, theme, COPY.format(number), at=day + timedelta(minutes=number))
        say(make, other if number < 2 else theme, told(number), at=day + timedelta(hours=number))
    before = units.read(lambda session: voices(session))
    assert {key: len(found) for key, found in before.items()} == {theme.id: 5, other.id: 2}
    echoes.keep(units, START, NOW)
    assert units.read(lambda session: voices(session)) == before


def voices(session: Session) -> dict[int, list[Any]]:
    return {key: found.voices for key, found in heard(session, START, NOW).items()}


def test_columns_hold_each_text_once_and_each_mention_of_a_topic(
    make: Factory, session: Session, units: Units, day: datetime
) -> None:
    theme = make_theme(session)
    product = make.product("lamp")
    asked = make.account()
    public = say(
        make, theme, "The lamp hums.", by=asked, at=day, product=product, language="zh-Hans", intent="question"
    )
    private = say(make, theme, "It is broken again!", at=day + timedelta(microseconds=1), score=-0.5)
    said(make, "Nobody has read this yet.", day)
    said(make, "Too late.", NOW)
    keys = (public.id, private.id)
    corpus = units.read(lambda session: said_within.read(session, START, NOW))
    texts, mentions = corpus.texts, corpus.said
    assert [columns.moment(at) for at in texts.at] == sorted(columns.moment(at) for at in texts.at)
    assert len(texts) == 3
    assert sorted(mentions.id.tolist()) == sorted(keys)
    row = mentions.text[mentions.id.tolist().index(keys[0])]
    assert columns.moment(texts.at[row]) == day
    words = {name: getattr(texts, name) for name in ("language", "channel", "product")}
    told_of = {name: column.words[column.codes[row]] for name, column in words.items()}
    assert told_of == {"language": "zh-Hans", "channel": "forum", "product": "lamp"}
    assert columns.FEELINGS[texts.sentiment[row]] == "negative"
    assert (texts.sentiment == columns.NONE).sum() == 1
    assert (texts.product.codes == columns.NONE).sum() == 2
    assert len(corpus.between(day + timedelta(microseconds=1), NOW).said) == 1
    assert len(corpus.without({theme.id}).said) == 0


def test_a_mention_whose_text_came_in_after_the_texts_were_read_is_left_out(
    make: Factory, session: Session, units: Units, day: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    theme = make_theme(session)
    kept = say(make, theme, "The lamp hums.", at=day + timedelta(seconds=1))
    for late in (day, day + timedelta(seconds=2)):  # by their ids before and behind what was read
        say(make, theme, f"{late} is late", at=late)
    read = stretch._texts

    def earlier(*arguments: Any) -> tuple[stretch.Columns, Any]:
        texts, words = read(*arguments)
        rows = texts["id"] == kept.verbatim_id
        return {name: column[rows] for name, column in texts.items()}, words

    key = kept.id
    monkeypatch.setattr(stretch, "_texts", earlier)
    corpus = units.read(lambda session: said_within.read(session, START, NOW))
    assert corpus.said.id.tolist() == [key]
    assert corpus.said.text.tolist() == [0]
    monkeypatch.setattr(stretch, "_texts", lambda *given: read(given[0], NOW, NOW))
    assert len(units.read(lambda session: said_within.read(session, START, NOW)).said) == 0
