"""What people correct is written down, can be undone exactly, and says so when something later builds upon it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from community.errors import Conflict, DomainError, Invalid, NotAllowed
from community.insights import corrections, placing, queries, service
from community.models import Account, Change, Correction, Mention, Theme
from tests.conftest import NOW
from tests.factories import Factory
from tests.insights.making import make_theme, say
from tests.insights.undoing import Step, standing, undo


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


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
