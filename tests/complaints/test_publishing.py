"""A complaint becomes a public question only as its customer has seen it, and the answer comes back to the case."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.complaints import publishing, service
from community.errors import Conflict, Invalid, NotAllowed
from community.masking import mask_people
from community.models import Account, Complaint, Event, Mail, Message, Publication, Question, Verbatim
from community.questions import service as questions
from community.reactions import deliver_pending
from tests.conftest import NOW
from tests.factories import Factory, sign_in


@pytest.fixture
def customer(make: Factory) -> Account:
    return make.account("Mia Berg")


@pytest.fixture
def case(make: Factory, customer: Account) -> Complaint:
    return make.complaint(customer, subject="Dark", body="I am Mia Berg, call 138 0013 8000. The lamp is dark.")


@pytest.fixture
def proposed(session: Session, case: Complaint, agent: Account) -> Publication:
    found = publishing.propose(session, case, *publishing.draft(session, case), agent, NOW)
    session.commit()
    return found


def deliver() -> None:
    while deliver_pending():
        pass


def agree(client: FlaskClient, session: Session, found: Publication, decision: str) -> int:
    path = publishing.path_of(found)
    session.rollback()
    return client.post(path, data={"decision": decision}).status_code


@pytest.mark.parametrize(
    ("text", "kept", "gone"),
    [
        ("Hello, my name is Jane Smith and the lamp hums.", "the lamp hums", "Jane"),
        ("Ask Mrs Holm about it, it hums.", "it hums", "Holm"),
        ("I live at 12 Park Street, Bristol and it hums.", "it hums", "Park Street"),
        ("Send it to Flat 3, BS1 4DJ. It hums.", "It hums", "BS1"),
        ("Order no. A-123456, card 4111 1111 1111 1111. It hums.", "It hums", "4111"),
        ("Mail mia@example.org or +47 22 33 44 55: it hums.", "it hums", "mia@"),
        ("MIA wrote this; it hums. Miami is fine.", "Miami is fine", "MIA wrote"),
        ("我叫张伟，台灯坏了。", "台灯坏了", "张伟"),
        ("请联系李女士，台灯坏了。", "台灯坏了", "李女士"),
        ("寄到浙江省杭州市西湖区文三路12号3单元402室，台灯坏了。", "台灯坏了", "文三路"),
        ("订单号：FJ20260101，电话13800138000，台灯坏了。", "台灯坏了", "13800138000"),
    ],
)
def test_what_tells_who_somebody_is_is_covered(text: str, kept: str, gone: str) -> None:
    masked = mask_people(text, ["Mia Berg"])
    assert kept in masked
    assert gone not in masked


@pytest.mark.parametrize(
    "text",
    ["The lamp is dark since 2.1, every morning at 7.", "How to set it on the road to 20 km?", "台灯每天早上七点自己关掉，怎么办？",
     "The update of May broke it."],
)  # fmt: skip
def test_what_tells_nothing_is_left_alone(text: str) -> None:
    assert mask_people(text, ["Mia Berg"]) == text


def test_nothing_is_public_before_the_customer_agrees_and_not_if_they_do_not(
    app: Flask, client: FlaskClient, session: Session, proposed: Publication, customer: Account
) -> None:
    assert proposed.body == "I am [name], call [phone]. The lamp is dark."
    mail = session.scalars(select(Mail).where(Mail.key == f"publication:{proposed.id}")).one()
    assert mail.to == customer.email
    path = publishing.path_of(proposed)
    assert path in mail.text
    session.rollback()
    for _ in range(2):
        page = client.get(path).get_data(as_text=True)
        assert "The lamp is dark." in page
        assert "138 0013" not in page
    deliver()
    assert agree(client, session, proposed, "declined") == 302
    deliver()
    session.rollback()
    assert session.scalars(select(Question)).all() == []
    assert agree(client, session, proposed, "named") == 409, "a word is a word"


@pytest.mark.parametrize("decision", ["named", "unnamed"])
def test_what_was_agreed_to_is_asked_once_under_the_name_that_was_chosen(
    app: Flask, client: FlaskClient, session: Session, proposed: Publication, customer: Account, agent: Account,
    decision: str,
) -> None:  # fmt: skip
    assert agree(client, session, proposed, decision) == 302
    deliver()
    session.rollback()
    for event in session.scalars(select(Event)):  # the worker died, and delivers again
        event.finished_at, event.due_at = None, NOW
    session.commit()
    deliver()
    session.rollback()
    asked = session.scalars(select(Question)).one()
    assert (asked.title, asked.body) == (proposed.title, proposed.body)
    assert asked.author_id == (customer.id if decision == "named" else agent.id)
    session.refresh(proposed)
    assert (proposed.state, proposed.question_id) == ("published", asked.id)


def test_the_public_answer_comes_back_to_the_case_and_changes_no_status(
    app: Flask, client: FlaskClient, session: Session, make: Factory, case: Complaint, proposed: Publication,
    customer: Account,
) -> None:  # fmt: skip
    agree(client, session, proposed, "named")
    deliver()
    session.rollback()
    asked = session.scalars(select(Question)).one()
    first = make.answer(asked, body="Hold the dial for ten seconds.")
    second = make.answer(asked, body="Charge it first.")
    deliver()
    deliver()
    session.rollback()
    notices = select(Message.body).where(Message.kind == "notice").order_by(Message.id)
    told = session.scalars(notices).all()
    assert len(told) == 2, "that it is public, and the first answer"
    assert "> Hold the dial for ten seconds." in told[1]
    session.rollback()
    questions.accept(session, asked, second, customer, NOW)
    session.commit()
    deliver()
    session.rollback()
    assert "> Charge it first." in session.scalars(notices).all()[2]
    session.refresh(case)
    assert (case.status, case.first_replied_at) == ("new", None), "a notice is no reply of an agent"
    assert f"/posts/{first.id})" in told[1]
    sign_in(client, customer)
    assert "Hold the dial" in client.get(f"/complaints/{case.id}").get_data(as_text=True)


def test_a_proposal_can_be_taken_back_until_the_customer_decides(
    client: FlaskClient, session: Session, case: Complaint, proposed: Publication, agent: Account, customer: Account
) -> None:
    with pytest.raises(Conflict):
        publishing.propose(session, case, "Again", "B", agent, NOW)
    with pytest.raises(NotAllowed):
        publishing.withdraw(session, proposed, customer, NOW)
    publishing.withdraw(session, proposed, agent, NOW)
    session.commit()
    again = publishing.propose(session, case, "Again", "B", agent, NOW)
    publishing.decide(session, again, "unnamed", NOW)
    with pytest.raises(Conflict):
        publishing.withdraw(session, again, agent, NOW)
    for title, body in (("", "B"), ("T", " "), ("T" * 201, "B")):
        with pytest.raises(Invalid):
            publishing.propose(session, case, title, body, agent, NOW)


def test_the_link_of_what_was_taken_back_says_so_and_leads_to_what_is_asked_now(
    client: FlaskClient, session: Session, case: Complaint, proposed: Publication, agent: Account
) -> None:
    old = publishing.path_of(proposed)
    publishing.withdraw(session, proposed, agent, NOW)
    session.commit()
    page = client.get(old)
    text = page.get_data(as_text=True)
    assert (page.status_code, "took that back. Nothing was published" in text) == (200, True)
    assert "The lamp is dark." not in text, "perhaps it was taken back for what it tells"
    assert "/publish/" not in text.split("<main")[1]
    session.rollback()
    answered = client.post(old, data={"decision": "unnamed"})
    assert (answered.status_code, "Nothing was published" in answered.get_data(as_text=True)) == (409, True)
    again = publishing.propose(session, case, "Again", "B", agent, NOW)
    session.commit()
    assert publishing.path_of(again) in client.get(old).get_data(as_text=True)
    session.rollback()
    wrong = client.get(f"{old}x")
    assert (wrong.status_code, "took that back" in wrong.get_data(as_text=True)) == (404, False)
    session.rollback()
    publishing.decide(session, again, "unnamed", NOW)
    session.commit()
    assert publishing.path_of(again) not in client.get(old).get_data(as_text=True)


def test_what_is_wrong_with_the_text_reaches_the_case_and_nothing_is_published(
    app: Flask, client: FlaskClient, session: Session, case: Complaint, proposed: Publication, agent: Account
) -> None:
    path = publishing.path_of(proposed)
    for wrong in ({"decision": "unnamed", "sentence": "My street is in it."}, {"decision": "declined", "sentence": "x" * 1001},
                  {"decision": "", "sentence": "My street is in it."}):  # fmt: skip
        session.rollback()
        page = client.post(path, data=wrong)
        assert (page.status_code, wrong["sentence"] in page.get_data(as_text=True)) == (422, True)
    deliver()
    session.refresh(proposed)
    assert (proposed.state, session.scalars(select(Question)).all()) == ("proposed", [])
    service.move(session, case, "resolved", agent, NOW)
    session.commit()
    said = client.post(path, data={"decision": "declined", "sentence": " My street is in it.\r\nAnd my lamp. "})
    assert said.status_code == 302
    assert "What you wrote stands in your case." in client.get(path).get_data(as_text=True)
    deliver()
    session.refresh(proposed)
    session.refresh(case)
    assert (proposed.state, session.scalars(select(Question)).all()) == ("declined", [])
    assert case.status == "reopened", "an agent should look"
    words = session.scalars(select(Message).where(Message.from_customer)).one()
    assert (words.body, words.kind) == ("My street is in it.\nAnd my lamp.", "reply")
    assert session.scalars(select(Verbatim.text).where(Verbatim.message_id == words.id)).one() == words.body
    session.rollback()
    sign_in(client, agent)
    shown = client.get(f"/complaints/{case.id}").get_data(as_text=True)
    assert f'<a href="#message-{words.id}"' in shown
    session.rollback()
    assert publishing.propose(session, case, "Dark", "The lamp is dark.", agent, NOW).state == "proposed"
    session.commit()
    assert "The customer said no" not in client.get(f"/complaints/{case.id}").get_data(as_text=True)


def test_a_no_needs_no_words_and_leaves_the_case_as_it_is(
    client: FlaskClient, session: Session, case: Complaint, proposed: Publication, agent: Account
) -> None:
    assert agree(client, session, proposed, "declined") == 302
    assert session.scalars(select(Message)).all() == []
    assert publishing.why_declined(session, publishing.current(session, case.id)) is None
    session.rollback()
    sign_in(client, agent)
    assert "The customer said no." in client.get(f"/complaints/{case.id}").get_data(as_text=True)


def test_the_agent_looks_through_the_masked_text_first(
    client: FlaskClient, session: Session, case: Complaint, agent: Account
) -> None:
    sign_in(client, agent)
    path = f"/complaints/{case.id}/publication"
    page = client.get(path).get_data(as_text=True)
    assert "The lamp is dark." in page
    assert "Mia" not in page.split("<textarea")[1]
    wrong = client.post(path, data={"title": " ", "body": "The lamp is dim."})
    assert (wrong.status_code, "The lamp is dim." in wrong.get_data(as_text=True)) == (422, True)
    assert client.post(path, data={"title": "Dark", "body": "The lamp is dark."}).status_code == 302
    assert "The customer was asked" in client.get(f"/complaints/{case.id}").get_data(as_text=True)
    assert client.post(f"{path}/withdrawal").status_code == 302
