"""What a person allows holds from the moment they say so, in the tables and in mining."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.consents import set_consent
from community.errors import Invalid, NotAllowed
from community.models import Account, Consent, Customer, Interaction, Profile, Signal, Verbatim
from community.recognition import own_customers, recognise
from mining import job
from mining.profiles import renew_batch, renew_profiles
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder

LATER = NOW + timedelta(minutes=5)


def mine(units: Units) -> None:
    job.mine(units, FakeEncoder(), job.Counts())  # type: ignore[arg-type]
    renew_profiles(units, datetime.now(UTC) + timedelta(seconds=1), job.silent)


def count(session: Session, table: type) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def person(make: Factory, units: Units) -> Account:
    """Somebody with a profile."""
    account = make.account("Jane")
    make.question(account, body="It is terrible. I will cancel.")
    make.complaint(account, body="It is broken.")
    mine(units)
    return account


def test_a_withdrawn_profile_is_deleted_at_once(session: Session, person: Account) -> None:
    assert count(session, Signal)
    assert count(session, Profile) == 1
    set_consent(session, person, "profiling", False, LATER)
    session.commit()
    assert count(session, Signal) == count(session, Profile) == 0
    assert not session.get_one(Customer, person.customer_id).is_profiled
    assert not person.may_profile


def test_a_decision_that_is_rolled_back_deleted_nothing(session: Session, person: Account) -> None:
    before = count(session, Signal)
    set_consent(session, person, "profiling", False, LATER)
    session.rollback()
    assert count(session, Signal) == before
    assert person.may_profile


def test_of_those_who_do_not_consent_words_are_read_and_no_profile_is_made(
    session: Session, make: Factory, units: Units, person: Account
) -> None:
    set_consent(session, person, "profiling", False, LATER)
    make.question(person, title="It is broken again", body="Terrible.")
    other = make.account("Other")
    make.question(other, body="I love it.")
    mine(units)
    session.rollback()
    assert session.scalars(select(Profile.customer_id)).all() == [other.customer_id]
    assert set(session.scalars(select(Signal.customer_id))) == {other.customer_id}
    unread = select(func.count()).where(Verbatim.mined_revision.is_(None))
    assert session.scalar(unread) == 0, "their words count in themes"


def test_who_consents_again_gets_a_profile_with_the_next_run(session: Session, units: Units, person: Account) -> None:
    set_consent(session, person, "profiling", False, LATER)
    session.commit()
    set_consent(session, person, "profiling", True, LATER + timedelta(days=400))
    session.commit()
    assert count(session, Profile) == 0
    mine(units)
    assert count(session, Profile) == 1
    assert session.get_one(Customer, person.customer_id).changed_at == LATER + timedelta(days=400)


def test_every_decision_is_kept_and_a_repeated_one_is_none(session: Session, make: Factory) -> None:
    person = make.account()
    for is_given in (True, True, False, False, True):
        set_consent(session, person, "profiling", is_given, NOW)
    set_consent(session, person, "visits", False, NOW)
    session.commit()
    rows = session.execute(select(Consent.kind, Consent.is_given).order_by(Consent.id)).tuples().all()
    assert rows == [("profiling", True), ("profiling", False), ("profiling", True), ("visits", False)]


def test_a_customer_made_later_follows_the_account(session: Session, make: Factory) -> None:
    willing, unwilling = make.account(), make.account()
    set_consent(session, unwilling, "profiling", False, NOW)
    for person in (willing, unwilling):
        make.question(person)
    assert session.get_one(Customer, willing.customer_id).is_profiled
    assert not session.get_one(Customer, unwilling.customer_id).is_profiled


def test_a_refusal_reaches_what_comes_by_mail_from_the_confirmed_address(session: Session, make: Factory) -> None:
    person = make.account("Jane")
    assert person.email
    early = make.contact("It is late.", address=person.email.upper())
    set_consent(session, person, "profiling", False, NOW)
    session.commit()
    assert not session.get_one(Customer, early.customer_id).is_profiled
    for made in session.scalars(select(Customer)):
        session.delete(made)
    session.commit()
    assert not recognise(session, "email", person.email, "Jane", NOW).is_profiled
    assert recognise(session, "email", "somebody.else@example.org", "Other", NOW).is_profiled


def test_an_address_that_was_not_confirmed_is_nobodys(session: Session, make: Factory) -> None:
    person = make.account("Jane")
    make.contact("It is late.", address=person.email or "")
    assert len(own_customers(session, person)) == 1
    person.confirmed_at = None
    assert own_customers(session, person) == []


def test_a_customer_of_another_account_is_not_taken_by_an_address(session: Session, make: Factory) -> None:
    person, other = make.account("Jane"), make.account("Other")
    opened = make.contact("It is late.", address=person.email or "")
    other.customer_id = opened.customer_id
    session.commit()
    assert own_customers(session, person) == []
    assert own_customers(session, other) == [opened.customer_id]


def test_withdrawn_visits_are_deleted_and_other_contacts_stay(session: Session, make: Factory) -> None:
    person = make.account()
    make.question(person)
    set_consent(session, person, "visits", True, NOW)
    session.add(Interaction(customer_id=person.customer_id, channel="forum", reason="visited", at=NOW))
    session.commit()
    set_consent(session, person, "visits", False, LATER)
    session.commit()
    assert session.scalars(select(Interaction.reason)).all() == ["asked"]
    assert session.get_one(Customer, person.customer_id).changed_at == LATER


def test_no_profile_is_made_of_staff(session: Session, make: Factory) -> None:
    with pytest.raises(NotAllowed):
        set_consent(session, make.account("Agent", "agent"), "visits", True, NOW)
    with pytest.raises(Invalid):
        set_consent(session, make.account(), "everything", True, NOW)


def test_a_profile_that_is_being_made_while_consent_is_withdrawn_does_not_stay(
    session: Session, make: Factory, units: Units, person: Account, database_url: str
) -> None:
    """The step that read "may be profiled" holds the customer; the withdrawal waits for it, then deletes what it made."""
    if database_url.startswith("sqlite"):
        return  # one writer at a time
    account_id = person.id
    session.rollback()
    begun, withdrawn = threading.Event(), threading.Event()

    def withdraw() -> None:
        with units.sessions() as own, own.begin():
            begun.wait(10)
            set_consent(own, own.get_one(Account, account_id), "profiling", False, datetime.now(UTC))
        withdrawn.set()

    thread = threading.Thread(target=withdraw)
    thread.start()
    with units.sessions() as step:
        later = datetime.now(UTC) + timedelta(days=2)
        assert renew_batch(step, later) == 1
        begun.set()
        assert not withdrawn.wait(0.5), "it waits for the step"
        step.commit()
    thread.join(10)
    assert withdrawn.is_set()
    assert count(session, Signal) == count(session, Profile) == 0
