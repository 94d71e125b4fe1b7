"""What people correct is written down, can be undone exactly, and says so when something later builds upon it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from community.errors import Conflict, DomainError, Invalid, NotAllowed
from community.insights import corrections, placing, queries, service
from community.models import Account, Change, Correction, Mention, Profile, Theme, Topic, Verbatim, Verdict
from mining.job import silent
from mining.profiles import renew_profiles
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.insights.making import make_theme, say


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


def standing(session: Session) -> dict[str, Any]:
    """All that corrections can change of the themes that are there, their topics and the mentions."""
    session.flush()
    session.expire_all()
    themes = {
        row.id: (
            row.name, row.name_zh, row.named_by_id, row.is_named_by_person, row.status, row.owner_id, row.is_pinned,
            row.is_ignored,
        )
        for row in session.scalars(select(Theme).where(Theme.merged_into_id.is_(None)))
    }  # fmt: skip
    topics = session.execute(select(Topic.id, Topic.theme_id).where(Topic.archived_at.is_(None)))
    mentions = session.scalars(select(Mention).order_by(Mention.id))
    texts = session.scalars(select(Verbatim).where(Verbatim.id.in_(select(Mention.verbatim_id))).order_by(Verbatim.id))
    verdicts = session.scalars(select(Verdict))
    decided = {
        (row.verbatim_id, row.start): (row.topic_id, row.rejected, row.sentiment, row.intent) for row in verdicts
    }
    return {
        "themes": themes,
        "topics": {row.id: row.theme_id for row in topics},
        "mentions": [(row.id, row.topic_id, row.considered, row.sentiment, row.score, row.intent) for row in mentions],
        "texts": [(row.id, row.sentiment, row.score, row.intent) for row in texts],
        "verdicts": {place: said for place, said in decided.items() if any(said)},
    }


def undo(session: Session, row: Correction | None, by: Account) -> None:
    assert row is not None
    corrections.undo(session, row.id, by, NOW)


def test_splitting_mentions_off_and_undoing_it_leaves_all_as_it_was(
    session: Session, make: Factory, manager: Account
) -> None:
    theme = make_theme(session)
    mentions = [say(make, theme, f"The battery drains {n}") for n in range(3)]
    before = standing(session)
    row = service.split(session, theme, "Only mine", [], mentions[:2], manager, NOW)
    assert row
    made = session.get_one(Theme, row.other_theme_id)
    assert (made.name, made.merged_into_id) == ("Only mine", None)
    assert [queries.theme_of_mention(session, one) for one in mentions] == [made, made, theme]
    follower = say(make, made, "The battery drains too")
    undo(session, row, manager)
    session.refresh(follower)
    assert follower.topic_id is None, "what the machine put into the split looks for its place anew"
    session.execute(delete(Mention).where(Mention.id == follower.id))
    assert standing(session) == before
    assert queries.theme(session, made.id).id == theme.id, "its address leads back"


def test_splitting_a_topic_off_needs_another_one_that_stays(session: Session, make: Factory, manager: Account) -> None:
    theme, other = make_theme(session), make_theme(session, "other")
    service.merge(session, other, theme, manager, NOW)
    first, second = queries.living_topics(session, theme.id)
    foreign = queries.living_topics(session, make_theme(session, "third").id)
    for topics in ([], [first, second], foreign):
        with pytest.raises(Invalid):
            service.split(session, theme, "Name", topics, [], manager, NOW)
    row = service.split(session, theme, "Name", [second], [], manager, NOW)
    assert row
    assert (first.theme_id, second.theme_id) == (theme.id, row.other_theme_id)


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


def test_undoing_what_a_later_correction_builds_upon_says_so(session: Session, make: Factory, manager: Account) -> None:
    theme, other = make_theme(session), make_theme(session, "other")
    first = service.rename(session, theme, "First name", manager, NOW)
    second = service.rename(session, theme, "Second name", manager, NOW)
    merged = service.merge(session, other, theme, manager, NOW)
    topics = queries.living_topics(session, theme.id)
    parted = service.split(session, theme, "Parted", [topics[1]], [], manager, NOW)
    assert parted
    later = service.pin(session, session.get_one(Theme, parted.other_theme_id), True, manager, NOW)
    for row in (first, merged, parted):
        with pytest.raises(Conflict):
            undo(session, row, manager)
    for row in (second, later, parted, merged, first):
        undo(session, row, manager)
    with pytest.raises(Conflict):
        undo(session, first, manager)
    assert theme.name == "battery drains"


def test_only_product_managers_undo(session: Session, make: Factory, manager: Account) -> None:
    row = service.pin(session, make_theme(session), True, manager, NOW)
    for role in ("customer", "agent", "moderator"):
        with pytest.raises(NotAllowed):
            undo(session, row, make.account("No", role))


def test_what_was_decided_before_there_was_a_log_is_told_but_not_undone(
    session: Session, make: Factory, manager: Account
) -> None:
    theme = make_theme(session)
    row = service.rename(session, theme, "A name", manager, NOW)
    session.execute(delete(Change))
    with pytest.raises(Conflict):
        undo(session, row, manager)


def test_a_merged_theme_takes_no_more_corrections(session: Session, make: Factory, manager: Account) -> None:
    theme, other = make_theme(session), make_theme(session, "other")
    mention = say(make, other, "The battery drains")
    service.merge(session, theme, other, manager, NOW)
    with pytest.raises(Conflict):
        service.pin(session, theme, True, manager, NOW)
    with pytest.raises(Invalid):
        placing.move(session, mention, theme, manager, NOW)


def test_an_owner_is_somebody_who_may_open_the_theme(session: Session, make: Factory, manager: Account) -> None:
    theme = make_theme(session)
    with pytest.raises(Invalid):
        service.set_owner(session, theme, make.account("Customer"), manager, NOW)
    row = service.set_owner(session, theme, manager, manager, NOW)
    assert theme.owner_id == manager.id
    undo(session, row, manager)
    assert theme.owner_id is None


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


Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["rename", "status", "owner", "pin", "ignore", "merge", "split topic", "split mentions", "move", "keep",
             "reject", "relabel"]
        ), st.integers(0, 5), st.integers(0, 5),
    ), min_size=1, max_size=9,
)  # fmt: skip


@pytest.fixture
def act(session: Session, make: Factory, manager: Account) -> Callable[[Step], Correction | None]:
    """Does one step on the world as it stands; None where the rules refuse it."""
    first, second, third = (make_theme(session, name) for name in ("one", "two", "three"))
    for theme in (first, first, second, third):
        say(make, theme, "The battery drains fast")

    def choose(rows: list[Any], number: int) -> Any:
        return rows[number % len(rows)]

    def perform(step: Step) -> Correction | None:
        kind, one, two = step
        themes = session.scalars(select(Theme).where(Theme.merged_into_id.is_(None)).order_by(Theme.id)).all()
        mentions = session.scalars(select(Mention).order_by(Mention.id)).all()
        theme, mention = choose(list(themes), one), choose(list(mentions), two)
        by = (manager, NOW)
        topics = queries.living_topics(session, theme.id)
        verbs: dict[str, Callable[[], Correction | None]] = {
            "rename": lambda: service.rename(session, theme, f"name {two}", *by),
            "status": lambda: service.set_status(session, theme, ("done", "planned")[two % 2], *by),
            "owner": lambda: service.set_owner(session, theme, manager if two % 2 else None, *by),
            "pin": lambda: service.pin(session, theme, bool(two % 2), *by),
            "ignore": lambda: service.ignore(session, theme, bool(two % 2), *by),
            "merge": lambda: service.merge(session, theme, choose(list(themes), two), *by),
            "split topic": lambda: service.split(session, theme, "parted", topics[:1], [], *by),
            "split mentions": lambda: service.split(session, theme, "apart", [], [mention], *by),
            "move": lambda: placing.move(session, mention, theme, *by),
            "keep": lambda: placing.keep(session, mention, *by),
            "reject": lambda: placing.reject(session, mention, *by),
            "relabel": lambda: placing.relabel(
                session, mention, placing.SENTIMENTS[one % 3], placing.INTENTS[two % 5], *by
            ),
        }
        try:
            return verbs[kind]()
        except DomainError:
            return None

    session.commit()
    return perform


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, order=st.randoms(use_true_random=False))
def test_whatever_the_order_undoing_all_restores_all(
    session: Session, act: Any, manager: Account, steps: list[Step], order: Any
) -> None:
    session.rollback()
    before = standing(session)
    states, rows = [], []
    for step in steps:
        state = standing(session)
        row = act(step)
        if row is not None:
            states.append(state)
            rows.append(row.id)
    left = list(rows)
    if order.random() < 0.5:  # the latest first: each undoing restores what stood before
        for key, state in zip(reversed(rows), reversed(states), strict=True):
            corrections.undo(session, key, manager, NOW)
            assert standing(session) == state
        left = []
    while left:  # any order: what cannot be undone yet changes nothing, and something always can
        order.shuffle(left)
        refused = []
        for key in left:
            state = standing(session)
            try:
                corrections.undo(session, key, manager, NOW)
            except Conflict:
                refused.append(key)
                assert standing(session) == state
        assert len(refused) < len(left)
        left = refused
    assert standing(session) == before
    session.rollback()
