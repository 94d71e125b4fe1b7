"""Drafts: kept for their writer alone, never overwritten unseen, gone when posted."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import drafts
from community.drafts import Overtaken, save, words
from community.errors import Conflict, Invalid, NotFound
from community.models import Account, Draft
from tests.conftest import NOW
from tests.factories import Factory
from tests.writing.begun import begun, count

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def anna(make: Factory) -> Account:
    return make.account("Anna")


def test_a_draft_is_what_was_typed_and_is_its_writers_alone(make: Factory, session: Session, anna: Account) -> None:
    begun(session, anna, title=" The  lamp\n", body="one\r\ntwo\n\n", product="lamp", tags="light  hum")
    draft = drafts.draft_of(session, anna, "ask")
    assert draft is not None
    assert drafts.words_of(draft) == drafts.Words("The lamp", "one\ntwo", "lamp", "light hum")
    assert drafts.draft_of(session, make.account("Ben"), "ask") is None
    assert drafts.draft_of(session, anna, "answer:1") is None


def test_saving_again_with_the_version_known_replaces_the_words(session: Session, anna: Account) -> None:
    draft = begun(session, anna)
    save(session, anna, "ask", words(body="New."), draft.saved_at, LATER)
    assert (count(session) if session.commit() is None else 0) == 1
    kept = drafts.draft_of(session, anna, "ask")
    assert kept is not None
    assert (kept.title, kept.body, kept.saved_at) == ("", "New.", LATER)


@pytest.mark.parametrize("known", [None, NOW - timedelta(seconds=1)])
def test_a_window_that_knows_another_version_overwrites_nothing(session: Session, anna: Account, known: object) -> None:
    begun(session, anna)
    with pytest.raises(Overtaken) as caught:
        save(session, anna, "ask", words(body="Older."), known, LATER)  # type: ignore[arg-type]
    assert caught.value.draft is not None
    assert caught.value.draft.body == "It *hums*."
    session.rollback()
    kept = drafts.draft_of(session, anna, "ask")
    assert kept is not None
    assert kept.body == "It *hums*."


def test_the_same_words_again_are_no_conflict(session: Session, anna: Account) -> None:
    draft = begun(session, anna)
    assert save(session, anna, "ask", drafts.words_of(draft), None, LATER) is draft
    assert draft.saved_at == NOW


def test_a_window_that_saves_by_itself_does_not_bring_back_what_was_posted(session: Session, anna: Account) -> None:
    known = begun(session, anna).saved_at
    drafts.take(session, anna, "ask")
    session.commit()
    with pytest.raises(Overtaken) as caught:
        save(session, anna, "ask", words(body="Late."), known, LATER, is_automatic=True)
    assert caught.value.draft is None
    assert count(session) == 0
    assert save(session, anna, "ask", words(body="By the button."), known, LATER) is not None


def test_posting_takes_the_draft_of_its_place_only_and_only_if_it_is_committed(
    make: Factory, session: Session, anna: Account
) -> None:
    begun(session, anna)
    begun(session, anna, "answer:7")
    begun(session, make.account("Ben"))
    drafts.take(session, anna, "ask")
    session.rollback()
    assert count(session) == 3
    drafts.take(session, anna, "ask")
    session.commit()
    assert count(session) == 2
    assert [draft.place for draft in drafts.drafts_of(session, anna)] == ["answer:7"]


def test_nothing_typed_is_no_draft_and_taking_all_words_out_throws_it_away(session: Session, anna: Account) -> None:
    assert save(session, anna, "ask", words(product="lamp"), None, NOW) is None
    draft = begun(session, anna)
    assert save(session, anna, "ask", words(), draft.saved_at, LATER) is None
    session.commit()
    assert count(session) == 0


@pytest.mark.parametrize(
    "place", ["", "ask:1", "answer", "answer:0", "answer:x", "answer:1 ", "thrown:ask", "answer:" + "9" * 30]
)
def test_there_are_no_drafts_of_other_places(session: Session, anna: Account, place: str) -> None:
    with pytest.raises(Invalid):
        save(session, anna, place, words(body="x"), None, NOW)


def test_an_account_has_fifty_drafts_at_most(session: Session, anna: Account) -> None:
    for number in range(1, drafts.MOST + 1):
        save(session, anna, f"answer:{number}", words(body="x"), None, NOW)
    session.commit()
    with pytest.raises(Invalid, match="50 drafts"):
        save(session, anna, "ask", words(body="x"), None, NOW)
    first = drafts.draft_of(session, anna, "answer:1")
    assert first is not None
    assert save(session, anna, "answer:1", words(body="y"), first.saved_at, LATER) is not None


def test_a_text_longer_than_a_post_is_refused(session: Session) -> None:
    assert len(words(body="x" * drafts.LONGEST_BODY).body) == drafts.LONGEST_BODY
    with pytest.raises(Invalid, match="30000"):
        words(body="x" * (drafts.LONGEST_BODY + 1))


def test_what_was_thrown_away_can_be_brought_back(session: Session, anna: Account) -> None:
    draft = begun(session, anna)
    drafts.throw_away(session, anna, draft.id, LATER)
    assert drafts.draft_of(session, anna, "ask") is None
    assert drafts.drafts_of(session, anna) == []
    drafts.bring_back(session, anna, draft.id, LATER)
    assert drafts.draft_of(session, anna, "ask") is draft
    assert draft.body == "It *hums*."


def test_a_newer_draft_is_not_replaced_by_one_brought_back(session: Session, anna: Account) -> None:
    old = begun(session, anna)
    drafts.throw_away(session, anna, old.id, LATER)
    begun(session, anna, body="Newer.")
    with pytest.raises(Conflict, match="newer draft"):
        drafts.bring_back(session, anna, old.id, LATER)
    newer = drafts.draft_of(session, anna, "ask")
    assert newer is not None
    drafts.throw_away(session, anna, newer.id, LATER)
    session.commit()
    assert count(session) == 1, "one thrown draft a place is kept"


def test_nobody_throws_away_or_brings_back_the_draft_of_another(make: Factory, session: Session, anna: Account) -> None:
    draft, ben = begun(session, anna), make.account("Ben")
    for verb in (drafts.throw_away, drafts.bring_back):
        with pytest.raises(NotFound):
            verb(session, ben, draft.id, NOW)


def test_drafts_are_forgotten_after_half_a_year_and_thrown_ones_after_a_day(session: Session, anna: Account) -> None:
    now = drafts.datetime.now(drafts.UTC)
    for place, age in (("ask", 181), ("answer:1", 179), ("thrown:ask", 2), ("thrown:answer:1", 0)):
        session.add(Draft(account_id=anna.id, place=place, body="x", saved_at=now - timedelta(days=age)))
    session.commit()
    assert drafts.tidy() == {"drafts": 2}
    assert set(session.scalars(select(Draft.place))) == {"answer:1", "thrown:answer:1"}
    assert drafts.tidy() == {}
