"""A question whose asker is asked for details waits outside of the unanswered list until they reply."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Conflict, NotAllowed
from community.models import Account, Comment, Event, Question
from community.questions import queries, service
from tests.conftest import NOW
from tests.factories import Factory, sign_in

LATER = NOW.replace(hour=18)


@pytest.fixture
def asker(make: Factory) -> Account:
    return make.account("Asker")


@pytest.fixture
def asked(make: Factory, asker: Account) -> Question:
    return make.question(asker)


@pytest.fixture
def waiting(session: Session, make: Factory, asked: Question) -> Question:
    service.request_information(session, asked, "Which version is it?", make.account("Helper"), NOW)
    session.commit()
    return asked


def unanswered(session: Session) -> list[int]:
    session.commit()
    return [row.id for row in queries.question_list(session, "unanswered").rows]


def of_trust(make: Factory, trust: str) -> Account:
    account = make.account(trust.title())
    account.trust = trust
    make.session.commit()
    return account


@pytest.mark.parametrize("trust", ["member", "regular", "leader"])
def test_members_ask_for_details_by_a_comment(session: Session, make: Factory, asked: Question, trust: str) -> None:
    by = of_trust(make, trust)
    written = service.request_information(session, asked, "Which version?", by, LATER)
    assert unanswered(session) == []
    assert (asked.needs_info_at, asked.active_at) == (LATER, LATER)
    assert (written.parent_id, written.body, written.author_id) == (asked.id, "Which version?", by.id)
    assert queries.counts(session)["unanswered"] == 0


def test_the_asker_is_told_by_an_event_that_leads_to_the_comment(session: Session, waiting: Question) -> None:
    event = session.scalars(select(Event).where(Event.kind == "information.requested")).one()
    comment = session.scalars(select(Comment)).one()
    assert (event.subject_id, event.details, event.actor_id) == (waiting.id, {"post_id": comment.id}, comment.author_id)


def test_newcomers_comment_instead_but_staff_may_ask_from_their_first_day(
    session: Session, make: Factory, asked: Question
) -> None:
    with pytest.raises(NotAllowed):
        service.request_information(session, asked, "Which version?", of_trust(make, "newcomer"), NOW)
    agent = make.account("Agent", "agent")
    agent.trust = "newcomer"
    service.request_information(session, asked, "Which version?", agent, NOW)
    assert unanswered(session) == []


def test_askers_do_not_ask_themselves_nor_is_anybody_asked_who_is_gone(
    session: Session, make: Factory, asked: Question, asker: Account
) -> None:
    with pytest.raises(NotAllowed):
        service.request_information(session, asked, "Which version?", asker, NOW)
    asked.author_id = None
    session.commit()
    with pytest.raises(NotAllowed):
        service.request_information(session, asked, "Which version?", make.account(), NOW)
    assert unanswered(session) == [asked.id]


def test_nothing_is_asked_about_a_solved_question(
    session: Session, make: Factory, asked: Question, asker: Account
) -> None:
    service.accept(session, asked, make.answer(asked), asker, NOW)
    session.commit()
    with pytest.raises(Conflict):
        service.request_information(session, asked, "Which version?", make.account(), NOW)
    assert asked.needs_info_at is None


Reply = Callable[[Session, Question, Account], object]
REPLIES: dict[str, Reply] = {
    "a comment": lambda session, asked, by: service.comment(session, asked, "2.1", by, LATER),
    "a reply": lambda session, asked, by: service.answer(session, asked, "It is 2.1", by, LATER),
    "an edit of the text": lambda session, asked, by: service.edit(session, asked, None, "Version 2.1", by, LATER),
    "an edit of the title": lambda session, asked, by: service.edit(session, asked, "On 2.1", asked.body, by, LATER),
    "other tags": lambda session, asked, by: service.edit(session, asked, None, asked.body, by, LATER, (None, ["v2"])),
}


@pytest.mark.parametrize("reply", REPLIES)
def test_it_is_back_in_the_list_when_the_asker_replies(
    session: Session, waiting: Question, asker: Account, reply: str
) -> None:
    assert unanswered(session) == []
    REPLIES[reply](session, waiting, asker)
    assert unanswered(session) == [waiting.id]
    assert waiting.needs_info_at is None


def test_it_is_back_when_the_asker_replies_below_an_answer(
    session: Session, make: Factory, waiting: Question, asker: Account
) -> None:
    talk = make.answer(waiting, body="Same here")
    assert unanswered(session) == []
    service.comment(session, talk, "Do you have 2.1 too?", asker, LATER)
    assert unanswered(session) == [waiting.id]


def test_others_do_not_bring_it_back(session: Session, make: Factory, waiting: Question) -> None:
    other, moderator = make.account(), make.account("Mod", "moderator")
    service.comment(session, waiting, "I wonder too.", other, LATER)
    service.answer(session, waiting, "Same here", other, LATER)
    service.edit(session, waiting, "A clear title", "Clear words.", moderator, LATER)
    assert unanswered(session) == []
    assert waiting.needs_info_at == NOW


def test_an_edit_that_changes_nothing_is_no_reply(session: Session, waiting: Question, asker: Account) -> None:
    service.edit(session, waiting, waiting.title, waiting.body, asker, LATER)
    assert unanswered(session) == []


def test_accepting_an_answer_ends_the_wait(session: Session, make: Factory, waiting: Question, asker: Account) -> None:
    service.accept(session, waiting, make.answer(waiting), asker, LATER)
    session.commit()
    assert (waiting.needs_info_at, waiting.solved_at) == (None, LATER)


@pytest.mark.parametrize("who", ["asker", "member", "agent"])
def test_the_asker_members_and_staff_say_that_enough_is_known(
    session: Session, make: Factory, waiting: Question, asker: Account, who: str
) -> None:
    by = {"asker": asker, "member": of_trust(make, "member"), "agent": make.account("Agent", "agent")}[who]
    service.withdraw_request(session, waiting, by)
    assert unanswered(session) == [waiting.id]


def test_a_newcomer_who_did_not_ask_it_does_not(session: Session, make: Factory, waiting: Question) -> None:
    with pytest.raises(NotAllowed):
        service.withdraw_request(session, waiting, of_trust(make, "newcomer"))
    assert unanswered(session) == []


def test_the_page_tells_both_sides_what_is_awaited(client: FlaskClient, waiting: Question, asker: Account) -> None:
    path = f"/questions/{waiting.id}"
    assert "Waits for details from the asker" in client.get(path).get_data(as_text=True)
    sign_in(client, asker)
    assert "Somebody needs to know more" in client.get(path).get_data(as_text=True)
    client.post(f"{path}/information/withdrawal")
    assert "Somebody needs to know more" not in client.get(path).get_data(as_text=True)


def test_an_empty_request_is_shown_again(client: FlaskClient, session: Session, make: Factory, asked: Question) -> None:
    path = f"/questions/{asked.id}"
    sign_in(client, make.account())
    assert client.post(f"{path}/information", data={"body": " "}).status_code == 422
    session.expire_all()
    assert asked.needs_info_at is None
    response = client.post(f"{path}/information", data={"body": "Which version?"}, follow_redirects=True)
    assert "They will hear of it." in response.get_data(as_text=True)
