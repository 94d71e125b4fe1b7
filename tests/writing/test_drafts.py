"""Drafts: kept for their writer alone, never overwritten unseen, gone when posted."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from community import drafts
from community.drafts import Overtaken, save, words
from community.errors import Conflict, Invalid, NotFound
from community.models import Account, Draft, Question
from tests.conftest import NOW
from tests.factories import Factory, sign_in

LATER = NOW + timedelta(minutes=1)
SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def anna(make: Factory) -> Account:
    return make.account("Anna")


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Draft)) or 0


def begun(session: Session, by: Account, place: str = "ask", **typed: str) -> Draft:
    draft = save(session, by, place, words(**(typed or {"title": "Lamp", "body": "It *hums*."})), None, NOW)
    session.commit()
    assert draft is not None
    return draft


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


# ---- by script and by button


def test_a_script_saves_and_is_told_the_version(client: FlaskClient, session: Session, anna: Account) -> None:
    sign_in(client, anna)
    first = client.post("/drafts", data={"place": "ask", "body": "One."}, headers=SCRIPT)
    assert first.status_code == 200
    again = {"place": "ask", "body": "Two.", "saved_at": first.json["saved_at"]}
    assert client.post("/drafts", data=again, headers=SCRIPT).json["saved_at"] > first.json["saved_at"]
    late = client.post("/drafts", data=again | {"body": "Three."}, headers=SCRIPT)
    assert late.status_code == 409
    assert late.json["draft"]["body"] == "Two."
    assert late.json["saved_at"] > first.json["saved_at"]


def test_a_script_is_told_that_its_draft_is_gone(client: FlaskClient, anna: Account) -> None:
    sign_in(client, anna)
    data = {"place": "ask", "body": "Late.", "saved_at": NOW.isoformat()}
    answer = client.post("/drafts", data=data, headers=SCRIPT)
    assert (answer.status_code, answer.json["draft"]) == (409, None)


@pytest.mark.parametrize(
    ("data", "status"),
    [({"place": "nowhere", "body": "x"}, 422), ({"place": "ask", "body": "x" * 30_001}, 422), ({"place": "ask"}, 200)],
)
def test_a_script_is_told_what_is_wrong_in_json(
    client: FlaskClient, anna: Account, data: dict[str, str], status: int
) -> None:
    sign_in(client, anna)
    answer = client.post("/drafts", data=data, headers=SCRIPT)
    assert answer.status_code == status
    assert answer.json["error"] if status == 422 else answer.json == {"saved_at": ""}


@pytest.mark.parametrize("known", ["nonsense", "2026-06-01", "2026-06-01T12:00:00", "9" * 99])
def test_a_version_that_is_none_counts_as_unknown(client: FlaskClient, anna: Account, known: str) -> None:
    sign_in(client, anna)
    data = {"place": "ask", "body": "x", "saved_at": known}
    assert client.post("/drafts", data=data, headers=SCRIPT).status_code == 200


def test_a_button_saves_and_leads_back_to_the_form(client: FlaskClient, make: Factory, anna: Account) -> None:
    asked = make.question()
    sign_in(client, anna)
    response = client.post("/drafts", data={"place": f"answer:{asked.id}", "body": "Half an answer."})
    assert response.location == f"/questions/{asked.id}#answer"
    page = client.get(response.location).get_data(as_text=True)
    assert "The draft is saved." in page


def test_a_comment_is_kept_shown_again_and_gone_when_it_is_posted(
    client: FlaskClient, make: Factory, session: Session, anna: Account
) -> None:
    given = make.answer(make.question(title="Which bulb?"))
    place, path = f"comment:{given.id}", f"/posts/{given.id}/comments"
    sign_in(client, anna)
    first = client.post("/drafts", data={"place": place, "body": "Half a comment."}, headers=SCRIPT)
    assert first.status_code == 200
    page = client.get(path).get_data(as_text=True)
    assert "Half a comment." in page
    assert "This is your draft" in page
    assert f'name="place" value="{place}"' in page
    assert first.json["saved_at"] in page
    assert "Comment on “Which bulb?”" in client.get("/drafts").get_data(as_text=True)
    assert client.post(path, data={"body": "A whole comment."}).status_code == 302
    assert count(session) == 0


def test_a_button_saves_a_comment_and_leads_back_to_it(client: FlaskClient, make: Factory, anna: Account) -> None:
    asked = make.question()
    sign_in(client, anna)
    response = client.post("/drafts", data={"place": f"comment:{asked.id}", "body": "Half."})
    assert response.location == f"/posts/{asked.id}/comments"
    assert "Half." in client.get(response.location).get_data(as_text=True)


def test_a_draft_below_what_is_out_of_sight_leads_nowhere(
    client: FlaskClient, make: Factory, session: Session, anna: Account
) -> None:
    given = make.answer(make.question(title="Secret by now"))
    begun(session, anna, f"comment:{given.id}", body="Lost")
    session.execute(update(Question).where(Question.id == given.question_id).values(deleted_at=NOW))
    session.commit()
    sign_in(client, anna)
    page = client.get("/drafts").get_data(as_text=True)
    assert "Comment on what is not there any more" in page
    assert "Secret by now" not in page


def test_a_button_that_would_overwrite_shows_both_versions_and_keeps_the_chosen_one(
    client: FlaskClient, session: Session, anna: Account
) -> None:
    draft = begun(session, anna, body="In the other window.")
    sign_in(client, anna)
    response = client.post("/drafts", data={"place": "ask", "title": "Mine", "body": "\nIn this <b>window</b>."})
    page = response.get_data(as_text=True)
    assert response.status_code == 409
    assert "In the other window." in page
    assert "In this &lt;b&gt;window&lt;/b&gt;." in page
    chosen = {"place": "ask", "title": "Mine", "body": "In this window.", "saved_at": draft.saved_at.isoformat()}
    assert client.post("/drafts", data=chosen).status_code == 302
    session.rollback()
    session.refresh(draft)
    assert draft.body == "In this window."


def test_the_list_has_ones_own_drafts_and_where_they_lead(
    client: FlaskClient, make: Factory, session: Session, anna: Account
) -> None:
    asked, other = make.question(title="Which bulb?"), make.question(title="Deleted later")
    begun(session, anna, title="My lamp", body="It hums")
    begun(session, anna, f"answer:{asked.id}", body="The warm one")
    begun(session, anna, f"answer:{other.id}", body="Lost")
    begun(session, make.account("Ben"), title="Bens secret")
    session.execute(update(type(other)).where(type(other).id == other.id).values(deleted_at=NOW))
    session.commit()
    sign_in(client, anna)
    page = client.get("/drafts").get_data(as_text=True)
    for text in ("My lamp", "Answer to “Which bulb?”", "a question that is not there any more", "The warm one"):
        assert text in page
    assert "Bens secret" not in page
    assert "Deleted later" not in page


def test_an_empty_list_says_what_drafts_are(client: FlaskClient, anna: Account) -> None:
    sign_in(client, anna)
    assert "No drafts" in client.get("/drafts").get_data(as_text=True)


def test_throwing_away_offers_to_undo_it(client: FlaskClient, session: Session, anna: Account) -> None:
    draft = begun(session, anna)
    sign_in(client, anna)
    response = client.post(f"/drafts/{draft.id}/deletion", data={"from": "list"})
    assert response.location == "/drafts"
    assert f'action="/drafts/{draft.id}/restoration"' in client.get("/drafts").get_data(as_text=True)
    assert client.post(f"/drafts/{draft.id}/restoration").location == "/ask"
    assert "Your draft is back." in client.get("/drafts").get_data(as_text=True)
    assert "Lamp" in client.get("/drafts").get_data(as_text=True)
