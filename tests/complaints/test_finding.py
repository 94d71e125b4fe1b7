"""An agent finds a case by what somebody on the telephone can tell."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from community.complaints import finding, queries, service
from community.models import Account, Complaint
from tests.factories import Factory, sign_in


@pytest.fixture
def lamp(make: Factory) -> Complaint:
    now = datetime.now(UTC)
    return make.complaint(make.account("Béatrice Okafor"), "Order 4711-88 came broken.", "Lamp 台灯坏了", now)


@pytest.fixture(autouse=True)
def others(make: Factory) -> list[Complaint]:
    return [make.complaint(make.account("Somebody Else"), "Nothing of that.", "Mug") for _ in range(3)]


def found(session: Session, typed: str, status: str = "all") -> list[str]:
    page = queries.inbox(session, status, queries.Narrowing(words=typed), None, datetime.now(UTC))
    return [row.subject for row in page.rows]


@pytest.mark.parametrize("typed", ["okafor", "4711", "台灯", "broken OKAFOR", "  lamp\t", "Order 4711-88 broken"])
def test_a_case_is_found_by_its_customer_and_its_words(session: Session, lamp: Complaint, typed: str) -> None:
    assert found(session, typed) == [lamp.subject]


@pytest.mark.parametrize("typed", ["okafor mug", "4711%88", "lam_", "zz"])
def test_all_words_count_and_none_is_a_pattern(session: Session, lamp: Complaint, typed: str) -> None:
    assert found(session, typed) == []


def test_a_case_is_found_by_its_number(session: Session, lamp: Complaint) -> None:
    assert found(session, f"#{lamp.id}") == [lamp.subject]
    assert lamp.subject in found(session, str(lamp.id))


def test_a_case_is_found_by_an_address_the_conversation_and_notes(
    session: Session, make: Factory, agent: Account, lamp: Complaint
) -> None:
    written = make.contact("The strap broke.", "mira.k@example.org")
    now = datetime.now(UTC)
    service.note(session, lamp, "Rang back on Tuesday.", agent, now)
    service.hear(session, lamp, "The receipt is attached.", None, now)
    session.commit()
    assert found(session, "mira.k@") == [written.subject]
    assert found(session, "tuesday") == [lamp.subject]
    assert found(session, "receipt") == [lamp.subject]


def test_the_words_narrow_the_numbers_of_each_status(session: Session, lamp: Complaint) -> None:
    page = queries.inbox(session, "resolved", queries.Narrowing(words="okafor"), None, datetime.now(UTC))
    assert not page.rows
    assert (page.counts["new"], page.counts["resolved"], page.counts["all"]) == (1, 0, 1)


def test_a_long_text_is_cut(session: Session, lamp: Complaint) -> None:
    assert found(session, "lamp " * 500) == [lamp.subject]
    assert len(finding.holding("a b c d e f g h")) == finding.MOST_WORDS


def test_the_page_keeps_what_was_typed_and_leads_to_all_cases(
    client: FlaskClient, session: Session, agent: Account, lamp: Complaint
) -> None:
    sign_in(client, agent)
    page = client.get("/inbox?words=okafor&priority=normal").get_data(as_text=True)
    assert "台灯坏了" in page
    assert "Mug" not in page
    assert 'value="okafor"' in page
    assert "words=okafor" in page.split('aria-label="Status"')[1], "the other statuses keep the words"
    page = client.get("/inbox?words=okafor&status=resolved").get_data(as_text=True)
    assert "No case here has these words" in page
    assert "/inbox?status=all&amp;words=okafor" in page
