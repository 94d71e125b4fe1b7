"""Questions are merged without loss, and brought back exactly."""

from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from community.models import (
    Account,
    LogEntry,
    Notification,
    Question,
    Verbatim,
    Watch,
)
from community.questions import service, watching
from community.questions.votes import vote
from community.reactions import deliver_pending
from tests.conftest import NOW
from tests.factories import Factory
from tests.moderation.acts import do, happen, picture, queries_of, undo


def test_merging_loses_nothing_leads_there_and_tells_both_askers(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    first, second, helper, other = (make.account(name) for name in ("First", "Second", "Helper", "Other"))
    kept = make.question(first, title="The lamp flickers", product=make.product())
    merged = make.question(second, title="Flickering okapi lamp", body="Mine does so too.", tags=["flicker"])
    vote(session, merged, 1, helper, NOW)
    vote(session, merged, 1, first, NOW)  # who asked the other one: no vote there
    vote(session, kept, 1, helper, NOW)  # whose vote is there already
    vote(session, merged, 1, other, NOW)
    watching.say_me_too(session, merged, True, other, NOW)
    given = make.answer(merged, helper, body="Turn the dimmer.")
    below = make.comment(given, second)
    beside = make.comment(merged, other)
    service.accept(session, merged, given, second, NOW)
    session.commit()
    deliver_pending()
    before = picture(session)
    entry = do(session, merged, "merge", mo, target=kept)
    kept = session.get_one(Question, kept.id)
    assert [row.id for row in queries_of(session, kept.id)] == [given.id]
    assert (kept.answer_count, kept.solved_at, kept.score, kept.me_too_count) == (1, NOW, 2, 2)
    assert (below.question_id, beside.question_id, beside.parent_id) == (kept.id, kept.id, kept.id)
    assert {row.account_id for row in session.query(Watch).filter_by(question_id=kept.id)} >= {second.id, other.id}
    assert session.query(Verbatim).filter_by(post_id=given.id).one().product_id == kept.product_id
    kept_id, merged_id, given_id = kept.id, merged.id, given.id
    session.rollback()
    deliver_pending()
    told = {row.account_id for row in session.query(Notification).filter_by(kind="decision")}
    assert told == {first.id, second.id}
    session.rollback()
    moved = client.get(f"/questions/{merged_id}")
    assert (moved.status_code, moved.location) == (302, f"/questions/{kept_id}")
    assert client.get(f"/posts/{given_id}").location.startswith(f"/questions/{kept_id}")
    page = client.get(f"/questions/{kept_id}").get_data(as_text=True)
    assert "Flickering okapi lamp" in page
    assert "Turn the dimmer." in page
    assert "Mine does so too." in client.get(f"/questions/{merged_id}/original").get_data(as_text=True)
    assert client.get(f"/questions/{kept_id}/original").status_code == 404
    undo(session, session.get_one(LogEntry, entry.id), mo)
    assert picture(session) == before
    assert client.get(f"/questions/{merged_id}").status_code == 200


ACTS = st.lists(
    st.tuples(st.sampled_from(["answer", "comment", "vote", "too", "watch", "accept", "edit"]), st.integers(0, 4), st.integers(0, 1)),
    max_size=12,
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(acts=ACTS)
def test_merge_then_unmerge_is_the_identity(app: Flask, session: Session, make: Factory, acts: list[Any]) -> None:
    session.rollback()
    mo = make.account("Mo", "moderator")
    people = [make.account() for _ in range(5)]
    asked = [make.question(people[0], now=NOW - timedelta(days=2)), make.question(people[1])]
    for act in acts:
        happen(session, make, asked, people, *act)
    before = picture(session)
    entry = do(
        session, session.get_one(Question, asked[1].id), "merge", mo, target=session.get_one(Question, asked[0].id)
    )
    undo(session, session.get_one(LogEntry, entry.id), mo)
    assert picture(session) == before


def test_what_was_written_after_a_merge_stays_with_the_kept_question(
    session: Session, make: Factory, mo: Account
) -> None:
    kept, merged = make.question(), make.question(make.account())
    entry = do(session, merged, "merge", mo, target=kept)
    late = make.answer(session.get_one(Question, kept.id))
    vote(session, kept, 1, make.account(), NOW)
    session.commit()
    undo(session, entry, mo)
    assert (late.question_id, kept.answer_count, kept.score, merged.answer_count) == (kept.id, 1, 1, 0)
