"""Every figure of the report can be counted again from the tables, and no group too small to hide in is shown."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Mention, Report, Theme, Topic, Verbatim
from mining import job
from mining.impact import Tally
from mining.profiles import renew_profiles
from mining.reports import content_of, is_behind, renew_report
from mining.units import Units
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder, say, sentence, tell
from tests.mining.plainly import grouped, large_groups, people, plain_rows, shown_groups

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
START = NOW - timedelta(days=30)
BEFORE = START - timedelta(days=30)
SUBJECTS = ("battery", "delivery", "login", "refund")


@pytest.fixture
def themes(units: Units, make: Factory, session: Session) -> dict[str, int]:
    """Subject -> id of its theme. Texts in two languages, over two months, about two products; refund of 4 people."""
    lamp, clock = make.product("lamp").id, make.product("clock").id
    for subject, endings, days, many in (
        ("battery", ("terrible", "", "terrible", "broken"), range(1, 29), 13),
        ("delivery", ("great", "love", ""), range(0, 56, 2), 9),
        ("login", ("please add", "", "please add"), range(2, 40, 3), 7),
        ("refund", ("awful",), range(1, 13), 4),
    ):
        for number, day in enumerate(days):
            told = sentence(subject, number, endings[number % len(endings)])
            product = (lamp, clock, None)[number % 3] if subject != "login" else (lamp if number < 10 else clock)
            channel = "email" if number % many % 3 else "phone"
            say(session, [(told, f"{subject}{number % many}")], NOW - timedelta(days=day, hours=1), channel, product)
    tell(session, ((f"电池充电{n}次就坏，太差", f"zh{n}@example.org") for n in range(6)), NOW - timedelta(days=3))
    tell(session, ((f"登录密码第{n}次错误", f"zh{n}@example.org") for n in range(3)), NOW - timedelta(days=4))
    job.mine(units, FakeEncoder(), job.Counts())  # type: ignore[arg-type]
    found = {}
    for subject in SUBJECTS:
        theme = Theme(name=subject.title(), name_zh=None, created_at=NOW)
        session.add(theme)
        session.flush()
        for part in range(2):  # two topics each, so that a theme is more than one
            session.add(Topic(
                theme_id=theme.id, label=f"{subject} {part}", keywords={"en": [subject], "zh": []}, revision="fake-1",
                created_at=NOW, centroid=b"", threshold=0.5,
            ))  # fmt: skip
        found[subject] = theme.id
    session.commit()
    words = {
        "battery": ("battery", "电池"),
        "delivery": ("parcel", "courier"),
        "login": ("login", "密码"),
        "refund": ("refund", "invoice"),
    }
    topics = defaultdict(list)
    for topic in session.scalars(select(Topic).order_by(Topic.id)):
        topics[topic.theme_id].append(topic.id)
    rows = session.execute(select(Mention, Verbatim.text).join(Verbatim, Verbatim.id == Mention.verbatim_id))
    for mention, told in rows.tuples().all():
        for subject, marks in words.items():
            if any(mark in told.lower() for mark in marks):
                mention.topic_id = topics[found[subject]][mention.id % 2]
    session.commit()
    return found


@pytest.fixture
def content(units: Units, themes: dict[str, int]) -> dict[str, Any]:
    return units.read(lambda session: content_of(session, START, NOW, 5))


def test_every_figure_of_every_theme_can_be_counted_again(
    units: Units, themes: dict[str, int], content: dict[str, Any]
) -> None:
    now, before = grouped(plain_rows(units, START, NOW)), grouped(plain_rows(units, BEFORE, START))
    assert len(content["themes"]) == 3
    for key, entry in content["themes"].items():
        rows, old = now[int(key)], before.get(int(key), [])
        assert entry["now"]["mentions"] == len(rows)
        assert entry["now"]["customers"] == people(rows)
        assert entry["now"]["sentiments"] == large_groups(rows, "sentiment")
        assert entry["now"]["intents"] == large_groups(rows, "intent")
        is_shown = not old or people(old) >= 5
        assert entry["before"] == {
            "mentions": len(old) if is_shown else None, "customers": people(old) if is_shown else None,
        }  # fmt: skip
        assert entry["score"] == pytest.approx(sum(row.score for row in rows) / len(rows), abs=0.001)
        voices: dict[tuple[int, object], list[float]] = defaultdict(list)
        for row in rows:
            if row.language == "en":  # what was said in Chinese differs in a number only: it counts as one a day
                voices[row.customer, row.said_at.date()].append(max(0.0, -row.score))
        if people(rows) == people([row for row in rows if row.language == "en"]):
            parts = entry["parts"]
            assert parts["customers"] == len({customer for customer, _day in voices})
            pain = [sum(own) / len(own) for own in voices.values()]
            assert parts["negativity"] == pytest.approx(sum(pain) / len(pain), abs=0.001)
            product = parts["customers"] * parts["negativity"] * parts["trend"] * parts["value"]
            assert entry["impact"] == pytest.approx(product, rel=0.02)
        for column in ("language", "channel", "product"):
            assert entry[f"{column}s"] == large_groups(rows, column), column
        for row in rows:
            back = (NOW - row.said_at).days // 7
            row.week = back if back < 4 else None
        by_week = dict.fromkeys(range(4), 0) | shown_groups(rows, "week")
        assert entry["by_week"] == [by_week[week] for week in (3, 2, 1, 0)]
    languages = content["themes"][str(themes["battery"])]["languages"]
    assert set(languages) == {"en", "zh-Hans"}


def test_the_totals_can_be_counted_again(units: Units, content: dict[str, Any]) -> None:
    for name, (start, end) in {"totals": (START, NOW), "totals_before": (BEFORE, START)}.items():
        rows = [
            row
            for row in units.read(lambda session: session.scalars(select(Verbatim)).all())
            if start <= row.said_at < end
        ]
        assert content[name]["verbatims"] == len(rows)
        assert content[name]["customers"] == len({row.customer_id for row in rows})
        for column in ("sentiment", "intent"):
            assert content[name][f"{column}s"] == shown_groups(rows, column)
        assert content[name]["leaving"] == sum(bool(row.leaving) for row in rows)
        assert content[name]["score"] == pytest.approx(sum(row.score for row in rows) / len(rows), abs=0.001)


def test_totals_of_too_few_customers_are_not_shown(units: Units, make: Factory, session: Session) -> None:
    before = NOW - timedelta(days=40)
    say(session, [(f"Parcel {n} is broken. I will cancel.", f"p{n}@example.org") for n in range(4)], before)
    say(
        session,
        [(f"Parcel {n} is broken. I will cancel.", f"q{n}@example.org") for n in range(5)],
        NOW - timedelta(days=2),
    )
    session.commit()
    job.mine(units, FakeEncoder(), job.Counts())  # type: ignore[arg-type]
    content = units.read(lambda session: content_of(session, START, NOW, 5))
    assert (content["totals"]["customers"], content["totals"]["leaving"]) == (5, 5)
    hidden = content["totals_before"]
    assert (hidden["verbatims"], hidden["customers"], hidden["score"], hidden["leaving"]) == (None,) * 4
    assert set(hidden["sentiments"].values()) == set(hidden["intents"].values()) == {None}
    assert units.read(lambda session: content_of(session, START, NOW, 4))["totals_before"]["customers"] == 4


def test_a_theme_of_few_customers_before_does_not_say_how_few(units: Units, themes: dict[str, int]) -> None:
    content = units.read(lambda session: content_of(session, START, NOW, 5))
    old = grouped(plain_rows(units, BEFORE, START))
    few = [key for key in content["themes"] if 0 < people(old.get(int(key), [])) < 5]
    assert few, "or this test says nothing"
    assert all(content["themes"][key]["before"] == {"mentions": None, "customers": None} for key in few)


def test_a_theme_of_four_customers_is_not_shown_but_counted(
    units: Units, themes: dict[str, int], content: dict[str, Any]
) -> None:
    refund = themes["refund"]
    assert people(grouped(plain_rows(units, START, NOW))[refund]) == 4
    assert str(refund) not in content["themes"]
    assert content["too_small"] == 1
    assert all(refund not in ids for ids in content["ranked"].values())
    assert content["least_customers"] == 5
    four = units.read(lambda session: content_of(session, START, NOW, 4))
    assert str(refund) in four["themes"]
    assert four["too_small"] == 0


def test_a_language_of_too_few_customers_is_not_named(themes: dict[str, int], content: dict[str, Any]) -> None:
    assert content["themes"][str(themes["login"])]["languages"] == {}, "English would leave the three who wrote Chinese"
    assert set(content["themes"][str(themes["battery"])]["languages"]) == {"en", "zh-Hans"}


def test_themes_are_ranked_by_kind(themes: dict[str, int], content: dict[str, Any]) -> None:
    assert content["ranked"]["problem"] == [themes["battery"]]
    assert content["ranked"]["praise"] == [themes["delivery"]]
    assert content["ranked"]["suggestion"] == [themes["login"]]
    everyone = units_of(content)
    assert sorted(everyone) == sorted(int(key) for key in content["themes"])


def units_of(content: dict[str, Any]) -> list[int]:
    return [key for ids in content["ranked"].values() for key in ids]


def test_problems_are_ranked_by_impact(units: Units, themes: dict[str, int]) -> None:
    units.write(
        lambda session: session.execute(
            Mention.__table__.update().values(sentiment="negative", score=-0.9, intent="problem")
        )
    )
    content = units.read(lambda session: content_of(session, START, NOW, 4))
    impacts = [content["themes"][str(key)]["impact"] for key in content["ranked"]["problem"]]
    assert len(impacts) == 4
    assert impacts == sorted(impacts, reverse=True)


def test_quotes_are_of_different_customers_and_from_the_period(
    units: Units, themes: dict[str, int], content: dict[str, Any]
) -> None:
    topics = units.read(lambda session: dict(session.execute(select(Topic.id, Topic.theme_id)).tuples().all()))
    for key, entry in content["themes"].items():
        assert 1 <= len(entry["quotes"]) <= 5
        rows = units.read(lambda session, entry=entry: session.execute(
            select(Mention.topic_id, Verbatim.customer_id, Verbatim.said_at)
            .join(Verbatim, Verbatim.id == Mention.verbatim_id).where(Mention.id.in_(entry["quotes"]))
        ).all())  # fmt: skip
        assert len(rows) == len(entry["quotes"])
        assert len({row.customer_id for row in rows}) == len(rows)
        assert all(topics[row.topic_id] == int(key) for row in rows)
        assert all(START <= row.said_at < NOW for row in rows)


def reports(units: Units) -> list[Report]:
    return units.read(lambda session: list(session.scalars(select(Report).order_by(Report.id))))


def test_the_report_of_the_same_day_is_replaced_and_others_stay(units: Units, themes: dict[str, int]) -> None:
    renew_report(units, NOW - timedelta(days=1))
    first = renew_report(units, NOW)
    second = renew_report(units, NOW + timedelta(hours=3))
    week = renew_report(units, NOW + timedelta(hours=3), 7)
    assert [row.ends_at for row in reports(units)] == [
        NOW - timedelta(days=1),
        NOW + timedelta(hours=3),
        NOW + timedelta(hours=3),
    ]
    assert [row.content["days"] for row in reports(units)] == [30, 30, 7]
    assert first not in {row.id for row in reports(units)} or first == second
    assert week in {row.id for row in reports(units)}


def test_what_is_stored_is_what_was_counted(units: Units, themes: dict[str, int], content: dict[str, Any]) -> None:
    key = renew_report(units, NOW)
    stored = next(row for row in reports(units) if row.id == key)
    assert stored.content == content
    assert (stored.starts_at, stored.ends_at) == (START, NOW)


def test_an_empty_database_makes_an_empty_report(units: Units) -> None:
    renew_report(units, NOW)
    (stored,) = reports(units)
    assert stored.content["themes"] == {}
    assert stored.content["totals"] == {
        "verbatims": 0, "customers": 0, "score": 0.0, "leaving": 0, "sentiments": {}, "intents": {},
    }  # fmt: skip


def test_a_deleted_text_leaves_no_figure(units: Units, themes: dict[str, int]) -> None:
    units.write(lambda session: session.execute(Verbatim.__table__.delete()))
    content = units.read(lambda session: content_of(session, START, NOW, 1))
    assert content["themes"] == {}
    assert content["totals"]["verbatims"] == 0


def test_merged_themes_are_one_in_the_report(units: Units, themes: dict[str, int]) -> None:
    into, away = themes["battery"], themes["refund"]
    units.write(
        lambda session: session.execute(
            Topic.__table__.update().where(Topic.__table__.c.theme_id == away).values(theme_id=into)
        )
    )
    content = units.read(lambda session: content_of(session, START, NOW, 5))
    rows = grouped(plain_rows(units, START, NOW))[into]
    assert content["themes"][str(into)]["now"]["customers"] == people(rows)
    assert content["too_small"] == 0
    assert Tally().mentions == 0


def test_a_report_is_behind_once_profiles_were_renewed_after_it(units: Units, make: Factory) -> None:
    assert not units.read(is_behind), "there is nothing to report on"
    make.contact("It is broken.")
    renew_profiles(units, NOW, job.silent)
    assert units.read(is_behind), "as when a run was killed between the two"
    renew_report(units, NOW + timedelta(seconds=1))
    assert not units.read(is_behind)
    assert job.run(units, FakeEncoder()).verbatims == 1  # type: ignore[arg-type]
    assert not units.read(is_behind)


def test_no_quote_is_in_a_language_that_strayed_into_a_theme(units: Units, themes: dict[str, int]) -> None:
    def stray(session: Session) -> tuple[int, int]:
        """One strong Chinese text among those on delivery, and the Chinese ones on batteries that stay there."""
        topic = session.scalars(select(Topic.id).where(Topic.theme_id == themes["delivery"])).first()
        chinese = select(Mention).join(Verbatim, Verbatim.id == Mention.verbatim_id).where(Verbatim.text.like("电池%"))
        some = session.scalars(chinese.order_by(Mention.id)).all()
        some[0].topic_id, some[0].score, some[0].intent = topic, -1.0, "praise"
        return some[0].id, len(some) - 1

    key, left = units.write(stray)
    content = units.read(lambda session: content_of(session, START, NOW, 4))
    assert key not in content["themes"][str(themes["delivery"])]["quotes"]
    assert left == 5
    quotes = content["themes"][str(themes["battery"])]["quotes"]
    text_of = select(Verbatim.text).join(Mention, Mention.verbatim_id == Verbatim.id).where(Mention.id.in_(quotes))
    texts = units.read(lambda session: list(session.scalars(text_of)))
    assert any(text.startswith("电池") for text in texts), "told in both languages, it is quoted in both"
