"""What people say of a mention or a text, where it belongs and what it feels, stands until they undo it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from community.insights import corrections, placing, queries
from community.models import Account, Correction, Mention, Profile, Verbatim, Verdict
from mining.job import silent
from mining.profiles import renew_profiles
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.insights.making import make_theme, say
from tests.insights.undoing import standing, undo


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


def test_a_mention_moved_kept_or_rejected_is_bound_by_its_place_in_the_text(
    session: Session, make: Factory, manager: Account
) -> None:
    theme, other = make_theme(session), make_theme(session, "other")
    mention = say(make, theme, "The battery drains fast")
    here, there = mention.topic_id, queries.living_topics(session, other.id)[0].id
    placing.move(session, mention, other, manager, NOW)
    verdict = session.scalars(select(Verdict)).one()
    assert (mention.topic_id, verdict.topic_id, verdict.rejected) == (there, there, None)
    placing.reject(session, mention, manager, NOW)
    assert (mention.topic_id, verdict.topic_id, verdict.rejected) == (None, None, [there])
    placing.move(session, mention, other, manager, NOW)
    assert (verdict.topic_id, verdict.rejected) == (there, None), "the latest word counts"
    placing.move(session, mention, theme, manager, NOW)
    assert placing.keep(session, mention, manager, NOW) is None, "moved there, it is an example already"
    assert mention.topic_id == here
    assert session.scalars(select(Correction.kind).order_by(Correction.id)).all() == ["move", "reject", "move", "move"]


def test_a_mention_that_only_leaned_leans_again_when_its_move_is_undone(
    session: Session, make: Factory, manager: Account
) -> None:
    theme, other = make_theme(session), make_theme(session, "late parcel")
    mention, _there = say(make, theme, "The battery drains"), say(make, other, "My parcel is late")
    mention.considered = True
    session.commit()
    before = standing(session)
    for act in (
        lambda: placing.move(session, mention, other, manager, NOW),
        lambda: placing.reject(session, mention, manager, NOW),
    ):
        row = act()
        assert not mention.considered
        undo(session, row, manager)
        assert standing(session) == before


def test_relabelling_and_undoing_it_have_the_profile_computed_anew(
    session: Session, make: Factory, manager: Account, units: Units
) -> None:
    def points() -> dict[str, float]:
        session.commit()
        renew_profiles(units, datetime.now(UTC), silent)
        session.expire_all()
        return dict(session.scalars(select(Profile)).one().reasons)

    mention = say(make, make_theme(session), "The battery drains", at=datetime.now(UTC))
    angry = points()
    assert angry["mood"] < 0
    row = placing.relabel(session, mention, "positive", None, manager, datetime.now(UTC))
    assert points()["mood"] > 0
    assert row
    corrections.undo(session, row.id, manager, datetime.now(UTC))
    assert points() == angry


def test_a_text_feels_what_people_said_of_its_only_part(session: Session, make: Factory, manager: Account) -> None:
    mention = say(make, make_theme(session), "The battery drains")
    text = session.get_one(Verbatim, mention.verbatim_id)
    before = (text.sentiment, text.score, text.intent)
    row = placing.relabel(session, mention, "positive", "praise", manager, NOW)
    assert (text.sentiment, text.score, text.intent) == ("positive", 0.5, "praise")
    undo(session, row, manager)
    assert (text.sentiment, text.score, text.intent) == before


def test_a_text_is_mixed_once_people_say_that_its_parts_disagree_in_whatever_order_that_is_undone(
    session: Session, make: Factory, manager: Account
) -> None:
    theme = make_theme(session)
    first = say(make, theme, "The battery drains. The screen is bright.")
    first.end = len("The battery drains.")
    parts = {name: getattr(first, name) for name in ("sentiment", "score", "intent", "revision", "leaving")}
    end = len("The battery drains. The screen is bright.")
    second = Mention(
        verbatim_id=first.verbatim_id, start=20, end=end, topic_id=first.topic_id, embedding=first.embedding, **parts
    )
    session.add(second)
    session.commit()
    text = session.get_one(Verbatim, first.verbatim_id)
    before = standing(session)
    praised = placing.relabel(session, second, "positive", None, manager, NOW)
    assert text.sentiment == "mixed"
    asked = placing.relabel(session, first, "positive", "question", manager, NOW)
    assert (text.sentiment, text.intent) == ("positive", "problem"), "the second part is the longer"
    undo(session, praised, manager)
    assert text.sentiment == "mixed"
    undo(session, asked, manager)
    assert standing(session) == before


def test_undoing_a_label_that_another_model_has_read_since_has_it_read_again(
    session: Session, make: Factory, manager: Account
) -> None:
    mention = say(make, make_theme(session), "The battery drains fast")
    row = placing.relabel(session, mention, "positive", None, manager, NOW)
    mention.revision = "another"
    undo(session, row, manager)
    session.expire_all()
    assert session.get_one(Verbatim, mention.verbatim_id).mined_revision is None
    assert session.scalars(select(Verdict.sentiment)).all() == [None]


def test_deleting_the_text_leaves_the_correction_without_its_words(
    session: Session, make: Factory, manager: Account
) -> None:
    mention = say(make, make_theme(session), "The battery drains fast")
    row = placing.reject(session, mention, manager, NOW)
    session.commit()
    session.execute(delete(Verbatim))
    session.commit()
    assert row
    assert (row.verdict_id, row.told) == (None, {"before": "battery drains"})
    undo(session, row, manager)
