"""Drafts as a browser keeps them, with a script and with a button, and the list of them."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from community.models import Account, Question
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.writing.begun import begun, count

SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def anna(make: Factory) -> Account:
    return make.account("Anna")


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
