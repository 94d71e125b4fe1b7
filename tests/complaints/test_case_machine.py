"""The case as a model: random actions by a customer and two agents, some with an old page before them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import clocks
from community.complaints import case_queries, merging, sending, service, states
from community.complaints.changing import Overtaken, state_of
from community.errors import Conflict, DomainError, Invalid
from community.models import PRIORITIES, STATUSES, Account, Complaint, ComplaintChange, Mail, Message
from tests.conftest import NOW
from tests.factories import Factory

agents = st.sampled_from(["first", "second"])


@pytest.fixture
def machine(app: Flask, session: Session, make: Factory) -> type[RuleBasedStateMachine]:
    people = {"first": make.account("First", "agent"), "second": make.account("Second", "agent")}
    customer = make.account("Customer")
    make.complaint(customer)

    class Bound(CaseMachine):
        def __init__(self) -> None:
            super().__init__(session, people, customer, make)

    return Bound


class CaseMachine(RuleBasedStateMachine):
    """What stands in the model: the status that each action must lead to, and the pages that agents have open."""

    def __init__(self, session: Session, people: dict[str, Account], customer: Account, make: Factory):
        super().__init__()
        self.session, self.people, self.customer, self.make = session, people, customer, make
        self.now = NOW
        self.case = make.complaint(customer, subject="The case", now=NOW)
        self.other = make.complaint(customer, subject="The other", now=NOW)
        self.status = "new"
        self.pages: dict[str, int] = {}
        self.sent: tuple[Message, dict[str, Any], int, str] | None = None

    def tick(self, minutes: int) -> datetime:
        self.now += timedelta(minutes=minutes)
        return self.now

    def seen(self, who: str) -> int | None:
        return self.pages.get(who)

    @initialize()
    def look(self) -> None:
        self.pages = dict.fromkeys(self.people, self.case.version)

    @rule(who=agents)
    def reloads(self, who: str) -> None:
        self.pages[who] = self.case.version

    def overtaken(self, who: str, act: Any) -> bool:
        """Do it as this agent; whether the page was too old. It must say so exactly when it was."""
        is_old = self.seen(who) != self.case.version
        before = state_of(self.session, self.case)
        try:
            act()
        except Overtaken:
            assert is_old
            assert state_of(self.session, self.case) == before, "who came too late changed nothing"
            return True
        assert not is_old, "nobody overwrites what they have not seen"
        self.pages[who] = self.case.version
        return False

    @rule(who=agents, then=st.sampled_from(states.AFTER_REPLY), minutes=st.integers(1, 3000))
    @precondition(lambda self: not self.case.merged_into_id)
    def replies(self, who: str, then: str, minutes: int) -> None:
        now, before, version = self.tick(minutes), state_of(self.session, self.case), self.case.version
        kept: list[Message] = []

        def act() -> None:
            by = self.people[who]
            kept.append(service.reply(self.session, self.case, "We look.", by, now, seen=self.seen(who), then=then))

        if not self.overtaken(who, act):
            self.sent = (kept[0], before, version + 1, who)
            self.status = self.status if self.status in ("resolved", "closed") and then == "waiting" else then

    @rule(minutes=st.integers(1, 3000))
    @precondition(lambda self: not self.case.merged_into_id)
    def customer_writes(self, minutes: int) -> None:
        service.reply(self.session, self.case, "Still broken.", self.customer, self.tick(minutes))
        self.status = {"waiting": "open", "resolved": "reopened", "closed": "reopened"}.get(self.status, self.status)

    @rule(who=agents, status=st.sampled_from(STATUSES), minutes=st.integers(1, 3000))
    @precondition(lambda self: not self.case.merged_into_id)
    def moves(self, who: str, status: str, minutes: int) -> None:
        now = self.tick(minutes)

        def act() -> None:
            service.move(self.session, self.case, status, self.people[who], now, self.seen(who))

        if status != self.status and status not in states.BY_HAND[self.status]:
            with pytest.raises((Invalid, Overtaken)):
                act()
        elif not self.overtaken(who, act):
            self.status = status

    @rule(who=agents, priority=st.sampled_from(PRIORITIES))
    def prioritises(self, who: str, priority: str) -> None:
        by, now = self.people[who], self.tick(1)
        self.overtaken(who, lambda: service.prioritise(self.session, self.case, priority, by, now, self.seen(who)))

    @rule(who=agents, to=st.sampled_from(["first", "second", ""]))
    def assigns(self, who: str, to: str) -> None:
        by, now, given = self.people[who], self.tick(1), self.people.get(to)
        self.overtaken(who, lambda: service.assign(self.session, self.case, given, by, now, self.seen(who)))

    @rule(who=agents, names=st.lists(st.sampled_from(["refund", "battery", "VIP"]), max_size=3))
    def labels(self, who: str, names: list[str]) -> None:
        by, now = self.people[who], self.tick(1)
        self.overtaken(who, lambda: service.label(self.session, self.case, names, by, now, self.seen(who)))

    @rule(who=agents, hours=st.integers(1, 48))
    def snoozes(self, who: str, hours: int) -> None:
        by, now = self.people[who], self.tick(1)
        until = now + timedelta(hours=hours)
        self.overtaken(who, lambda: service.snooze(self.session, self.case, until, by, now, self.seen(who)))

    @rule(seconds=st.integers(0, 20))
    @precondition(lambda self: self.sent is not None)
    def takes_back(self, seconds: int) -> None:
        """In time and with nothing in between, the case is exactly as before; too late, it is on its way."""
        assert self.sent
        message, before, version, who = self.sent
        self.sent = None
        at = message.created_at + timedelta(seconds=seconds)
        is_latest = self.case.version == version
        key = sending.mail_key(message)
        try:
            sending.unsend(self.session, self.case, message, self.people[who], at)
        except Conflict:
            assert seconds >= 10
            return
        assert seconds < 10
        assert self.session.scalar(select(Mail.id).where(Mail.key == key)) is None, "the mail is gone too"
        if is_latest:
            assert state_of(self.session, self.case) == before
        self.status = self.case.status

    @rule(who=agents)
    @precondition(lambda self: not self.case.merged_into_id)
    def merges_and_undoes(self, who: str) -> None:
        """Merging and undoing it is the identity on both."""
        by, now = self.people[who], self.tick(1)
        both = (self.case, self.other)
        before = [state_of(self.session, one) for one in both]
        texts = [self.texts(one) for one in both]
        merging.merge(self.session, self.case, self.other, by, now)
        assert self.texts(self.other) == sorted(texts[0] + texts[1])
        with pytest.raises(DomainError):
            merging.merge(self.session, self.case, self.other, by, now)
        merging.unmerge(self.session, self.case, by, now)
        assert [state_of(self.session, one) for one in both] == before
        assert [self.texts(one) for one in both] == texts

    def texts(self, case: Complaint) -> list[str]:
        turns = case_queries.conversation(self.session, case_queries.family(self.session, case), True, self.now)
        return sorted(f"{turn.kind} {turn.row.id}" for turn in turns)

    @invariant()
    def it_is_in_the_state_that_was_decided(self) -> None:
        assert self.case.status == self.status
        assert (self.case.resolved_at is None) == (self.status not in ("resolved", "closed"))

    @invariant()
    def the_log_leads_to_it(self) -> None:
        self.session.flush()
        rows = self.session.execute(
            select(ComplaintChange.before, ComplaintChange.after)
            .where(ComplaintChange.complaint_id == self.case.id)
            .order_by(ComplaintChange.id)
        ).all()
        assert states.replay([(row[0], row[1]) for row in rows]) == state_of(self.session, self.case)

    @invariant()
    def the_clock_stands_exactly_while_nothing_is_owed(self) -> None:
        runs = self.case.status in clocks.RUNNING and not self.case.merged_into_id
        assert (self.case.stopped_at is None) == runs
        assert (self.case.due_at is not None) == runs

    def teardown(self) -> None:
        self.session.rollback()


def test_whatever_people_do_the_case_follows_its_states_and_its_log(machine: Any) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
