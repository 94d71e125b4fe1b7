"""What the privacy pages show, and to whom; ending an account by them."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.consents import set_consent
from community.db import writing
from community.models import LEVELS, STAGES, Account, Consent, Post, Profile, Signal
from community.privacy import queries, sentences
from mining.signals import KINDS
from tests.conftest import NOW
from tests.factories import PASSWORD, Factory, sign_in
from tests.insights.making import make_theme, say
from tests.privacy.leaving import case_of


@pytest.fixture
def person(make: Factory, session: Session) -> Account:
    """Somebody with a profile, and the words behind it."""
    account = make.account("Jane")
    mention = say(make, make_theme(session), "The battery drains <fast>", by=account)
    make.complaint(account)
    number = account.customer_id
    session.add_all(
        [
            Profile(
                customer_id=number, loyalty=30, level="at risk", stage="active", computed_at=NOW,
                reasons={"mood": -12.0, "unresolved complaint": -8.0, "activity": 1.0},
            ),
            Signal(customer_id=number, kind="mood", weight=-9.0, at=NOW, mention_id=mention.id),
            Signal(
                customer_id=number, kind="unresolved complaint", weight=-8.0, at=NOW,
                complaint_id=case_of(session, account).id,
            ),
        ]
    )  # fmt: skip
    session.commit()
    return account


def shown(client: FlaskClient, path: str = "/settings/privacy") -> str:
    return re.sub(r"\s+", " ", client.get(path).get_data(as_text=True))


def test_the_page_says_in_words_what_is_known(client: FlaskClient, session: Session, person: Account) -> None:
    case, email = case_of(session, person).id, person.email
    sign_in(client, person)
    page = shown(client)
    assert "Something has gone wrong for you" in page
    assert "One complaint is not resolved." in page
    assert "What you wrote of late sounded discontent." in page
    assert "The battery drains &lt;fast&gt;" in page
    assert f"/complaints/{case}" in page
    assert "/questions/1#post-1" in page
    assert email
    assert email in page
    assert "points-value" not in page
    assert "/ 100" not in page


def test_somebody_who_never_wrote_has_a_page_too(client: FlaskClient, make: Factory) -> None:
    sign_in(client, make.account())
    page = shown(client)
    assert "Nothing yet. A profile is made after you have written something" in page


def test_staff_see_that_no_profile_is_made_of_them(client: FlaskClient, make: Factory) -> None:
    sign_in(client, make.account("Agent", "agent"))
    page = shown(client)
    assert "no profile is made of staff" in page
    assert "cannot be deleted here" in shown(client, "/settings/privacy/deletion")


def test_the_page_costs_the_same_however_much_is_known(
    client: FlaskClient, session: Session, make: Factory, person: Account, statements: list[str]
) -> None:
    sign_in(client, person)
    shown(client)
    del statements[:]
    shown(client)
    few = len(statements)
    know_more(make, person)
    del statements[:]
    shown(client)
    assert len(statements) <= few + 1
    assert few < 30


def know_more(make: Factory, person: Account) -> None:
    session = make.session
    mention = session.scalars(select(Signal.mention_id).where(Signal.mention_id.is_not(None))).one()
    session.rollback()
    with writing():
        for number in range(12):
            make.complaint(person, subject=f"Case {number}")
            session.add(Signal(customer_id=person.customer_id, kind="mood", weight=-1.0, at=NOW, mention_id=mention))
            session.add(Consent(account_id=person.id, kind="visits", is_given=bool(number % 2), at=NOW))
        session.commit()


def test_each_level_stage_and_kind_of_signal_has_its_sentence(app: Flask, session: Session) -> None:
    assert set(sentences.LEVELS) == set(LEVELS)
    assert set(sentences.STAGES) == set(STAGES)
    assert set(sentences.SIGNALS) == set(KINDS)
    reasons = dict.fromkeys(KINDS, -9.0)
    known = queries.Known(profile=Profile(reasons=reasons), deeds=queries.Deeds(2, 2, 2, NOW))
    with app.test_request_context():
        told = sentences.reasons(known)
    assert {reason.kind for reason in told} == set(KINDS)
    assert all(reason.text for reason in told)


def test_a_press_takes_consent_away_and_gives_it_back(client: FlaskClient, session: Session, person: Account) -> None:
    sign_in(client, person)
    answer = client.post("/settings/privacy/consents/profiling", data={"is_given": "0"}, follow_redirects=True)
    assert "Nothing. You did not consent to a profile" in answer.get_data(as_text=True)
    session.rollback()
    assert session.scalar(select(func.count(Profile.customer_id))) == 0
    client.post("/settings/privacy/consents/profiling", data={"is_given": "1"})
    session.rollback()
    assert session.get_one(Account, person.id).may_profile
    assert [row.is_given for row in session.scalars(select(Consent).order_by(Consent.id))] == [False, True]
    assert client.post("/settings/privacy/consents/everything").status_code == 404


def test_agents_see_that_there_is_no_profile_and_why(
    client: FlaskClient, session: Session, make: Factory, person: Account
) -> None:
    number = person.customer_id
    set_consent(session, person, "profiling", False, NOW)
    agent = make.account("Agent", "agent")
    session.commit()
    sign_in(client, agent)
    page = shown(client, f"/customers/{number}")
    assert "Did not consent to a profile." in page
    assert "at risk" not in page
    assert client.get("/customers").status_code == 200


def test_goodbye_is_said_to_those_who_are_gone_alone(client: FlaskClient, make: Factory) -> None:
    assert "Your account is deleted" in shown(client, "/goodbye")
    sign_in(client, make.account())
    assert client.get("/goodbye").location == "/settings/privacy"


def test_nobody_else_s_profile_is_shown(client: FlaskClient, make: Factory, person: Account) -> None:
    sign_in(client, make.account("Other"))
    page = shown(client)
    assert "battery drains" not in page
    assert (person.email or "") not in page


def forget_password_time(client: FlaskClient) -> None:
    """As if the password had been typed yesterday."""
    with client.session_transaction() as cookie:
        cookie["fs_paa"] = (datetime.now() - timedelta(days=1)).timestamp()
        cookie.pop("fs_gexp", None)


@pytest.mark.parametrize("path", ["/settings/privacy/export", "/settings/privacy/deletion"])
def test_who_signed_in_long_ago_types_the_password_again(
    client: FlaskClient, make: Factory, session: Session, path: str
) -> None:
    person = make.account()
    sign_in(client, person)
    forget_password_time(client)
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.location.startswith(("/sign-in/again?next=", "/verify?next="))
    asked = client.get(answer.location)
    assert asked.status_code == 200
    back = client.post(answer.location, data={"password": PASSWORD})
    assert back.location.endswith(path)
    assert client.get(path).status_code == 200


def test_a_form_that_waited_too_long_deletes_nothing(client: FlaskClient, make: Factory, session: Session) -> None:
    person = make.account()
    sign_in(client, person)
    forget_password_time(client)
    answer = client.post("/settings/privacy/deletion", data={"posts": "all", "email": person.email})
    assert answer.status_code == 302
    session.rollback()
    assert session.get(Account, person.id)


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        ({"posts": "all", "email": "somebody.else@example.org"}, "the address of this account"),
        ({"posts": "all"}, "Please type your e-mail address."),
        ({"email": "{own}"}, "Please choose what is to become of your posts."),
        ({"posts": "some", "email": "{own}"}, "choose"),
    ],
)
def test_nothing_is_deleted_without_choice_and_address(
    client: FlaskClient, make: Factory, session: Session, data: dict[str, str], wrong: str
) -> None:
    person = make.account()
    data = {name: value.format(own=person.email) for name, value in data.items()}
    sign_in(client, person)
    answer = client.post("/settings/privacy/deletion", data=data)
    assert answer.status_code == 422
    assert wrong in answer.get_data(as_text=True)
    session.rollback()
    assert session.get(Account, person.id)


@pytest.mark.parametrize("choice", ["all", "keep"])
def test_a_deleted_account_is_signed_out_everywhere(
    app: Flask, client: FlaskClient, make: Factory, session: Session, choice: str
) -> None:
    person = make.account()
    asked = make.question(person, title="What of it?").id
    account_id, email = person.id, person.email or ""
    elsewhere = app.test_client()
    for browser in (client, elsewhere):
        sign_in(browser, person)
    client.post("/language/zh_CN")
    answer = client.post("/settings/privacy/deletion", data={"posts": choice, "email": f" {email.upper()} "})
    assert (answer.status_code, answer.location) == (302, "/goodbye")
    assert client.get("/goodbye").status_code == 200
    for browser in (client, elsewhere):
        assert browser.get("/settings/privacy").status_code == 302
        assert browser.post("/ask", data={"title": "Still here?", "body": "It hangs."}).status_code == 302
    with client.session_transaction() as cookie:
        assert cookie.get("locale") == "zh_CN"
        assert not {"_user_id", "sign_in", "identity.name"} & set(cookie)
    assert client.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 200
    session.rollback()
    assert session.get(Account, account_id) is None
    assert session.get_one(Post, asked).author_id is None
    page = elsewhere.get(f"/questions/{asked}")
    assert page.status_code == (404 if choice == "all" else 200)


def test_the_address_may_be_used_again_by_somebody_new(client: FlaskClient, make: Factory, session: Session) -> None:
    person = make.account()
    email = person.email
    sign_in(client, person)
    client.post("/settings/privacy/deletion", data={"posts": "keep", "email": email})
    session.rollback()
    with writing():
        again = make.account("Another")
        again.email = email
        session.commit()
    sign_in(client, again)
    assert client.get("/settings/privacy").status_code == 200


def test_staff_cannot_delete_themselves_by_the_form(client: FlaskClient, make: Factory, session: Session) -> None:
    staff = make.account("Agent", "agent")
    sign_in(client, staff)
    answer = client.post("/settings/privacy/deletion", data={"posts": "all", "email": staff.email})
    assert answer.status_code == 409
    assert "administrator" in answer.get_data(as_text=True)
    session.rollback()
    assert session.get(Account, staff.id)
