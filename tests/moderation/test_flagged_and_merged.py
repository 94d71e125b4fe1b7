"""A question that is flagged and merged: merging decides what was flagged for, and hiding its words breaks no address."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Conflict
from community.models import Account, Answer, Flag, LogEntry, Post, Question, QueueItem, Related, Verbatim
from community.moderation import appeals, deciding, flags, log, queue
from community.moderation.hiding import mark_of
from community.questions import queries as questions
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.moderation.acts import do
from tests.moderation.test_flags import item_of

DAY = timedelta(days=1)


@pytest.fixture
def kept(make: Factory) -> Question:
    return make.question(title="Why does the okapi lamp flicker?")


@pytest.fixture
def asked(make: Factory, nora: Account) -> Question:
    """Nora's question, with an answer."""
    found = make.question(nora, title="Flickering okapi lamp", body="Mine does so too.")
    make.answer(found)
    return found


def merge(session: Session, asked: Question, kept: Question, mo: Account) -> LogEntry:
    return do(session, asked, "merge", mo, target=kept)


def outcomes(session: Session) -> list[str | None]:
    return list(session.scalars(select(Flag.outcome).order_by(Flag.id)))


def test_merging_what_was_flagged_as_asked_before_decides_the_flags_and_unmerging_opens_them_again(
    client: FlaskClient, session: Session, make: Factory, mo: Account, kept: Question, asked: Question
) -> None:
    flags.flag(session, asked, "duplicate", "", make.account(), NOW)
    session.commit()
    item = item_of(session, asked.id)
    entry = merge(session, asked, kept, mo)
    assert (item.state, item.outcome, item.decided_by_id) == ("decided", "merge", mo.id)
    assert outcomes(session) == ["upheld"]
    with pytest.raises(Conflict, match="Mo decided it"):
        deciding.decide(session, item, "reject", make.account("Ada", "admin"), NOW)
    session.rollback()
    item_id, entry_id = item.id, entry.id
    sign_in(client, mo)
    session.rollback()
    page = client.get(f"/moderation/items/{item_id}").get_data(as_text=True)
    assert ("<strong>merged</strong>" in page, "decide-title" in page) == (True, False)
    session.rollback()
    log.undo(session, session.get_one(LogEntry, entry_id), session.get_one(Account, mo.id), NOW)
    session.commit()
    session.refresh(item)
    assert (item.state, item.outcome, item.decided_by_id) == ("open", None, None)
    assert (outcomes(session), mark_of(session.get_one(Post, asked.id))) == ([None], None)


def test_what_else_it_was_flagged_for_waits_on(
    session: Session, make: Factory, mo: Account, kept: Question, asked: Question
) -> None:
    for reason in ("duplicate", "abuse"):
        flags.flag(session, asked, reason, "", make.account(), NOW)
    session.commit()
    merge(session, asked, kept, mo)
    assert (item_of(session, asked.id).state, outcomes(session)) == ("open", [None, None])


def test_whoever_looks_at_the_flags_is_not_overtaken_by_a_merge(
    session: Session, make: Factory, mo: Account, kept: Question, asked: Question
) -> None:
    flags.flag(session, asked, "duplicate", "", make.account(), NOW)
    session.commit()
    queue.claim(session, item_of(session, asked.id), make.account("Ada", "admin"), NOW)
    session.commit()
    with pytest.raises(Conflict, match="Ada is looking at it"):
        merge(session, asked, kept, mo)
    session.rollback()
    assert mark_of(session.get_one(Post, asked.id)) is None


@pytest.mark.parametrize("outcome", ["hide", "delete"])
def test_the_words_of_a_merged_question_are_taken_away_and_its_address_leads_on(
    client: FlaskClient, session: Session, make: Factory, mo: Account, kept: Question, asked: Question, outcome: str
) -> None:
    flags.flag(session, asked, "abuse", "", make.account(), NOW)
    session.commit()
    merge(session, asked, kept, mo)
    kept_id, asked_id = kept.id, asked.id
    decided = deciding.decide(session, item_of(session, asked_id), outcome, mo, NOW)
    session.commit()
    for path in (f"/questions/{asked_id}", f"/posts/{asked_id}", f"/api/v1/questions/{asked_id}"):
        led = client.get(path)
        assert (led.status_code, led.location.endswith(f"/questions/{kept_id}")) == (302, True)
    assert client.get(f"/questions/{asked_id}/original").status_code == 404
    assert "Flickering okapi lamp" not in client.get(f"/questions/{kept_id}").get_data(as_text=True)
    session.rollback()
    with pytest.raises(Conflict, match="Undo that first"):
        log.undo(session, session.scalars(select(LogEntry).where(LogEntry.action == "merge")).one(), mo, NOW)
    session.rollback()
    log.undo(session, session.get_one(LogEntry, decided.id), mo, NOW)
    session.commit()
    assert mark_of(session.get_one(Post, asked_id)) == "merged"
    assert "Mine does so too." in client.get(f"/questions/{asked_id}/original").get_data(as_text=True)


def test_a_merged_question_that_was_hidden_wrongly_is_a_merged_question_again(
    session: Session, make: Factory, mo: Account, nora: Account, kept: Question, asked: Question
) -> None:
    """And not one that is shown without its answers."""
    flags.flag(session, asked, "abuse", "", make.account(), NOW)
    session.commit()
    merge(session, asked, kept, mo)
    deciding.decide(session, item_of(session, asked.id), "hide", mo, NOW)
    session.commit()
    item = appeals.of_post(session, nora, asked.id, "It attacks nobody.", NOW + DAY)
    granted = deciding.decide(session, item, "grant", mo, NOW + DAY)
    session.commit()
    assert mark_of(session.get_one(Post, asked.id)) == "merged"
    assert [one.id for one in questions.merged(session, kept.id)] == [asked.id]
    log.undo(session, granted, mo, NOW + DAY)
    session.commit()
    assert mark_of(session.get_one(Post, asked.id)) == "hidden"


def test_rejected_flags_leave_a_merged_question_merged_and_the_page_says_what_deciding_does(
    client: FlaskClient, session: Session, make: Factory, mo: Account, kept: Question, asked: Question
) -> None:
    flags.flag(session, asked, "abuse", "", make.account(), NOW)
    session.commit()
    asked_id = asked.id
    item_id = item_of(session, asked_id).id
    sign_in(client, mo)
    session.rollback()
    assert f"/posts/{asked_id}/curation" in client.get(f"/moderation/items/{item_id}").get_data(as_text=True)
    session.rollback()
    merge(session, session.get_one(Question, asked_id), kept, mo)
    assert "its answers stay" in client.get(f"/moderation/items/{item_id}").get_data(as_text=True)
    session.rollback()
    deciding.decide(session, session.get_one(QueueItem, item_id), "reject", mo, NOW)
    session.commit()
    assert mark_of(session.get_one(Post, asked_id)) == "merged"


@pytest.mark.parametrize("outcome", ["hide", "delete"])
@pytest.mark.parametrize("hidden", ["where it went", "where it came from"])
def test_what_is_put_back_is_seen_as_what_it_stands_below_then(
    session: Session, make: Factory, mo: Account, kept: Question, asked: Question, hidden: str, outcome: str
) -> None:
    """Not as what it stood below meanwhile: else an answer would stay out of sight, or come into it, for ever."""
    given = session.scalars(select(Answer)).one()
    beside = make.comment(given)
    entry = do(session, given, "move", mo, target=kept)
    place = kept if hidden == "where it went" else asked
    flags.flag(session, place, "abuse", "", make.account(), NOW)
    session.commit()
    decided = deciding.decide(session, item_of(session, place.id), outcome, mo, NOW)
    session.commit()
    log.undo(session, entry, mo, NOW)
    session.commit()
    mark = None if place is kept else asked.id
    for post in (given, beside):
        session.refresh(post)
        assert (post.hidden_with_id, post.deleted_at is None) == (mark, mark is None)
    assert asked.answer_count == (0 if mark else 1)
    words = set(session.scalars(select(Verbatim.post_id)))
    assert ({given.id, beside.id} <= words) == (not mark or outcome == "hide")
    log.undo(session, decided, mo, NOW)
    session.commit()
    for post in (given, beside):
        session.refresh(post)
        assert (post.hidden_with_id, post.deleted_at) == (None, None)
    assert (asked.answer_count, kept.answer_count) == (1, 0)


def test_unmerging_brings_the_answers_back_though_what_they_went_to_was_hidden_meanwhile(
    session: Session, make: Factory, mo: Account, kept: Question, asked: Question
) -> None:
    given = session.scalars(select(Answer)).one()
    entry = merge(session, asked, kept, mo)
    flags.flag(session, kept, "abuse", "", make.account(), NOW)
    session.commit()
    deciding.decide(session, item_of(session, kept.id), "hide", mo, NOW)
    session.commit()
    log.undo(session, entry, mo, NOW)
    session.commit()
    session.refresh(given)
    assert (given.question_id, given.deleted_at, given.hidden_with_id) == (asked.id, None, None)
    assert asked.answer_count == 1


def test_the_page_offers_related_questions_to_merge_into(
    client: FlaskClient, session: Session, mo: Account, kept: Question, asked: Question
) -> None:
    session.add(Related(question_id=asked.id, other_id=kept.id, likeness=0.8))
    session.commit()
    asked_id, kept_id = asked.id, kept.id
    sign_in(client, mo)
    page = client.get(f"/posts/{asked_id}/curation").get_data(as_text=True)
    assert f'name="target" value="{kept_id}"' in page
    done = client.post(f"/posts/{asked_id}/curation", data={"action": "merge", "target": kept_id})
    assert done.location.endswith(f"/questions/{kept_id}")


def test_undoing_from_the_message_of_a_decision_leads_back_to_the_list_that_was_shown(
    client: FlaskClient, session: Session, make: Factory, mo: Account, asked: Question
) -> None:
    flags.flag(session, asked, "abuse", "", make.account(), NOW)
    session.commit()
    item_id = item_of(session, asked.id).id
    sign_in(client, mo)
    sent = {"item": item_id, "outcome": "reject", "next": "/moderation?kind=flag"}
    page = client.post("/moderation/decisions", data=sent, follow_redirects=True).get_data(as_text=True)
    assert 'name="next" value="/moderation?kind=flag"' in page.split("data-queue")[0].split("1 decided.")[1]


def test_undoing_what_became_an_answer_counts_where_its_question_was_merged_to(
    session: Session, make: Factory, asked: Question, kept: Question, mo: Account
) -> None:
    kept_id = kept.id
    made = do(session, make.comment(make.answer(asked)), "to answer", mo)
    merge(session, asked, kept, mo)
    assert session.get_one(Question, kept_id).answer_count == 3
    log.undo(session, session.get_one(LogEntry, made.id), mo, NOW)
    session.commit()
    assert session.get_one(Question, kept_id).answer_count == 2
