"""The same person is recognised however the address is written, and is made once."""

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from community.db import db, writing
from community.models import Customer, Identity, Interaction
from community.recognition import customer_of, normal_address, recognise
from tests.conftest import NOW
from tests.factories import Factory


@pytest.mark.parametrize(
    ("channel", "one", "other"),
    [
        ("email", "Jane.Doe@Example.org", "jane.doe@example.ORG"),
        ("email", "  jane@example.org ", "jane@example.org"),
        ("survey", "JANE@EXAMPLE.ORG", "jane@example.org"),
        ("email", "STRASSE@example.org", "straße@example.org"),
        ("phone", "+86 138-0013-8000", "+8613800138000"),
        ("phone", "(010) 8888 9999", "010-88889999"),
        ("phone", " 555.123.4567", "5551234567"),
        ("store", "Card   42", "Card 42"),
    ],
)
def test_one_person_is_recognised_in_two_ways_of_writing(session: Session, channel: str, one: str, other: str) -> None:
    first = recognise(session, channel, one, "Jane", NOW)
    assert recognise(session, channel, other, "Somebody", NOW) is first
    assert first.name == "Jane"
    assert session.scalar(select(func.count()).select_from(Identity)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("email", "jane@example.org"), ("email", "june@example.org")),
        (("phone", "+8613800138000"), ("phone", "+8613800138001")),
        (("twitter", "@jane"), ("twitter", "@June")),
        (("store", "42"), ("chat", "42")),
    ],
)
def test_different_addresses_are_different_people(
    session: Session, one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert recognise(session, *one, "A", NOW) is not recognise(session, *other, "B", NOW)


def test_contacts_from_one_address_are_on_one_timeline(session: Session, make: Factory) -> None:
    first = make.contact("It broke.", "Jane@Example.org")
    second = make.contact("It broke again.", "jane@example.org ")
    other = make.contact("Mine too.", "june@example.org")
    assert first.customer_id == second.customer_id != other.customer_id
    contacts = session.scalars(select(Interaction).where(Interaction.customer_id == first.customer_id)).all()
    assert {row.complaint_id for row in contacts} == {first.id, second.id}
    assert len(contacts) == 2


@pytest.mark.parametrize("channel", ["email", "phone", "store"])
@pytest.mark.parametrize("address", ["a" * 300 + "@example.org", "1" * 300, "x" * 300])
def test_a_very_long_address_is_cut_and_still_recognised(session: Session, channel: str, address: str) -> None:
    customer = recognise(session, channel, address, "N" * 500, NOW)
    session.commit()
    assert recognise(session, channel, address, "", NOW) is customer
    assert len(customer.name) == 120


def test_an_address_without_a_name_is_its_own_name(session: Session) -> None:
    assert recognise(session, "email", "Jane@example.org", "", NOW).name == "jane@example.org"


def test_a_phone_without_digits_stays_as_it_is() -> None:
    assert normal_address("phone", "withheld") == "withheld"


def test_an_account_becomes_one_customer_at_its_first_act(session: Session, make: Factory) -> None:
    account = make.account("Jane")
    first = customer_of(session, account, NOW)
    session.commit()
    assert first is not None
    assert customer_of(session, account, NOW) is first
    assert (account.customer_id, first.name) == (first.id, "Jane")
    assert session.scalars(select(Identity.address)).all() == [str(account.id)]


@pytest.mark.parametrize("role", ["agent", "moderator", "manager", "admin"])
def test_staff_are_no_customers(session: Session, make: Factory, role: str) -> None:
    assert customer_of(session, make.account("Staff", role), NOW) is None
    assert session.scalar(select(func.count()).select_from(Customer)) == 0


def test_two_contacts_of_a_new_person_at_once_make_one_customer(app: Flask) -> None:
    sessions = sessionmaker(db.engine)
    together = threading.Barrier(2)
    found: list[int] = []

    def contact() -> None:
        together.wait()
        for _ in range(2):  # the edge tries again: the other one was faster
            try:
                with writing(), sessions() as own, own.begin():
                    number = recognise(own, "email", "jane@example.org", "Jane", NOW).id
                found.append(number)
                return
            except IntegrityError:
                continue

    threads = [threading.Thread(target=contact) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert len(set(found)) == 1
    with sessions() as own:
        assert own.scalar(select(func.count()).select_from(Customer)) == 1
