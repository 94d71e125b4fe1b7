"""The inbox lists what is due first, and its clocks run as the service hours say."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from community.complaints import chores, queries, service
from community.db import db
from community.errors import Invalid
from community.models import Account, Complaint, ComplaintChange, Customer
from tests.complaints.pages import text
from tests.conftest import NOW
from tests.factories import Factory

ALL = queries.Narrowing()


@contextmanager
def counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_due_times_follow_service_hours_priority_and_value(session: Session, make: Factory, agent: Account) -> None:
    monday = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
    case = make.complaint(now=monday)
    assert (case.first_due_at, case.resolve_due_at) == (
        datetime(2026, 6, 2, 12, tzinfo=UTC), datetime(2026, 6, 8, 12, tzinfo=UTC),
    )  # fmt: skip
    service.prioritise(session, case, "urgent", agent, monday)
    assert (case.first_due_at, case.due_at) == (datetime(2026, 6, 1, 13, tzinfo=UTC),) * 2
    session.get_one(Customer, case.customer_id).value = "high"
    service.prioritise(session, case, "normal", agent, monday)
    assert case.first_due_at == datetime(2026, 6, 1, 16, tzinfo=UTC), "half the time for those of high value"


def test_the_clock_stands_while_it_waits_for_the_customer(session: Session, make: Factory, agent: Account) -> None:
    monday = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
    customer = make.account()
    case = make.complaint(customer, now=monday)
    assert case.resolve_due_at == datetime(2026, 6, 5, 17, tzinfo=UTC)
    service.reply(session, case, "Which one?", agent, monday + timedelta(hours=1))
    assert (case.status, case.due_at) == ("waiting", None)
    service.reply(session, case, "The red one.", customer, monday + timedelta(hours=1, days=2))
    assert case.due_at == case.resolve_due_at == datetime(2026, 6, 9, 17, tzinfo=UTC), "two days of service later"
    assert case.stopped_seconds == 16 * 3600


def test_what_is_overdue_leads_and_what_is_not_due_comes_last(session: Session, make: Factory, agent: Account) -> None:
    late = make.complaint(subject="Late", now=NOW - timedelta(days=30))
    waits = make.complaint(subject="Waits", now=NOW)
    service.reply(session, waits, "Which one?", agent, NOW)
    fresh = make.complaint(subject="Fresh", now=NOW)
    session.commit()
    page = queries.inbox(session, "unresolved", ALL, None, NOW + timedelta(minutes=1))
    assert [row.subject for row in page.rows] == ["Late", "Fresh", "Waits"]
    assert (page.counts["overdue"], page.counts["unresolved"]) == (1, 3)
    assert [row.id for row in queries.inbox(session, "overdue", ALL, None, NOW).rows] == [late.id]
    service.snooze(session, late, NOW + timedelta(hours=2), agent, NOW)
    page = queries.inbox(session, "unresolved", ALL, None, NOW)
    assert [row.id for row in page.rows] == [fresh.id, waits.id]
    assert page.counts["snoozed"] == 1
    assert queries.inbox(session, "snoozed", ALL, None, NOW + timedelta(hours=3)).rows == []


def test_every_case_is_on_one_page_whatever_is_due_when(session: Session, make: Factory) -> None:
    case = make.complaint()
    dues = [NOW, NOW, NOW + timedelta(hours=1), None]
    session.add_all(
        Complaint(customer_id=case.customer_id, channel="email", subject=f"{n}", body="B", created_at=NOW, due_at=dues[n % 4])
        for n in range(90)
    )  # fmt: skip
    session.commit()
    seen: list[int] = []
    key = None
    while True:
        page = queries.inbox(session, "all", ALL, key, NOW)
        seen += [row.id for row in page.rows]
        if not (key := page.next_key):
            break
    assert sorted(seen) == list(range(1, 92))


@pytest.mark.parametrize("key", ["x", "_", "_x", "2026_1", "_99999999999", "2026-01-01T00:00:00+00:00_x"])
def test_a_made_up_key_of_a_page_shows_the_first(desk: FlaskClient, case: Complaint, key: str) -> None:
    assert case.subject in text(desk, f"/inbox?after={key}")


def test_the_list_narrows_by_what_agents_know(
    session: Session, desk: FlaskClient, make: Factory, case: Complaint, agent: Account
) -> None:
    make.product()
    other = make.contact("Another thing altogether")
    service.label(session, case, ["Refund please", "  "], agent, NOW)
    service.prioritise(session, case, "high", agent, NOW)
    service.assign(session, case, agent, agent, NOW)
    session.commit()
    for narrowed in ("label=refund-please", "priority=high", "channel=forum", f"assignee={agent.id}", "mine=1"):
        page = text(desk, f"/inbox?{narrowed}")
        assert case.subject in page, narrowed
        assert other.subject not in page, narrowed
    assert other.subject in text(desk, "/inbox?assignee=0")
    for wrong in ("product=sofa", "label=none", "assignee=999"):
        assert "None of these" in text(desk, f"/inbox?{wrong}")


def test_the_pages_cost_as_many_statements_for_many_as_for_few(
    desk: FlaskClient, make: Factory, session: Session, case: Complaint, customer: Account, agent: Account
) -> None:
    path, found = f"/complaints/{case.id}", []
    service.reply(session, case, "First.", agent, NOW)
    service.note(session, case, "First.", agent, NOW)
    make.complaint(customer)
    session.commit()
    text(desk, path)  # from here on it is known who looks
    for _ in range(2):
        with counted() as statements:
            text(desk, "/inbox?status=all")
            text(desk, path)
        found.append(len(statements))
        for number in range(8):
            make.complaint(subject=f"Case {number}")
            service.reply(session, case, "More.", agent, NOW)
            service.note(session, case, "More.", agent, NOW)
        session.commit()
    assert found[0] == found[1], statements


def test_imported_cases_get_their_clocks_and_resolved_ones_are_closed_in_time(
    app: Flask, session: Session, make: Factory, agent: Account
) -> None:
    imported = make.contact("By mail", now=NOW)
    solved = make.complaint(now=NOW)
    service.move(session, solved, "resolved", agent, NOW)
    session.commit()
    assert chores.tend(NOW + timedelta(days=13)) == {"clocks": 1}
    assert chores.tend(NOW + timedelta(days=14)) == {"cases_closed": 1}
    assert chores.tend(NOW + timedelta(days=15)) == {}
    session.expire_all()
    assert imported.due_at == datetime(2026, 6, 2, 12, tzinfo=UTC)
    assert solved.status == "closed"
    its_own = select(ComplaintChange.kind).where(ComplaintChange.complaint_id == solved.id)
    kinds = session.scalars(its_own.order_by(ComplaintChange.id))
    assert list(kinds) == ["opened", "status", "closed"]


def test_labels_are_few_and_a_snooze_is_short(session: Session, case: Complaint, agent: Account) -> None:
    with pytest.raises(Invalid):
        service.label(session, case, [f"label {n}" for n in range(11)], agent, NOW)
    for until in (NOW, NOW + timedelta(days=91)):
        with pytest.raises(Invalid):
            service.snooze(session, case, until, agent, NOW)
