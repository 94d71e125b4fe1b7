"""Public answers that mean what a case means are found by the worker, for the agent who replies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import numpy as np
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from community.complaints import service
from community.models import Account, Centre, Complaint, Fitting, Question
from mining import corpus, fitting, job
from mining.job import Counts
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.mining.fakes import FakeEncoder

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def centre(session: Session) -> None:
    session.add(Centre(revision="fake-1", language="*", mean=np.zeros(384, np.float32).tobytes()))
    session.commit()


def mine(units: Units) -> None:
    job.mine(units, FakeEncoder(), Counts())  # type: ignore[arg-type]
    assert units.read(lambda session: corpus.waiting(session, "fake-1")) == 0


def found(session: Session, case_id: int) -> list[int]:
    session.rollback()
    return [key for key, _likeness in session.get_one(Fitting, case_id).questions]


def test_answered_questions_that_mean_the_same_are_found_the_likest_first(
    session: Session, units: Units, make: Factory, centre: None
) -> None:
    near = make.question(title="Battery drains overnight", body="Battery drains overnight, every night.")
    far, alone = make.question(title="Invoice", body="Where is it?"), make.question(title="Battery drains overnight")
    for question in (near, far):
        make.answer(question)
    case = make.complaint(subject="Drains", body="The battery drains overnight.")
    near_id, case_id, alone_id = near.id, case.id, alone.id
    session.rollback()
    mine(units)
    assert fitting.fit(units, "fake-1", NOW) == 1
    assert found(session, case_id) == [near_id]
    assert fitting.fit(units, "fake-1", LATER) == 0
    make.answer(session.get_one(Question, alone_id))
    session.rollback()
    assert fitting.fit(units, "fake-1", LATER) == 0
    assert fitting.fit(units, "fake-1", NOW + timedelta(days=1)) == 1  # new answers come in
    assert set(found(session, case_id)) == {near_id, alone_id}


def test_what_the_customer_adds_is_compared_too_and_resolved_cases_are_not(
    session: Session, units: Units, make: Factory, centre: None
) -> None:
    question = make.question(title="Courier", body="Courier delivers parcel late.")
    make.answer(question)
    customer = make.account()
    case = make.complaint(customer, subject="Hello", body="Please help.")
    question_id, case_id = question.id, case.id
    session.rollback()
    mine(units)
    fitting.fit(units, "fake-1", NOW)
    assert found(session, case_id) == []
    case = session.get_one(Complaint, case_id)
    for _time in range(3):
        service.reply(session, case, "Courier delivers parcel late.", customer, LATER)
    session.commit()
    mine(units)
    assert fitting.fit(units, "fake-1", LATER) == 1
    assert found(session, case_id) == [question_id]
    session.execute(update(Complaint).values(status="resolved", resolved_at=LATER))
    session.commit()
    assert fitting.fit(units, "fake-1", NOW + timedelta(days=3)) == 0


def test_nothing_is_compared_before_the_first_discovery(session: Session, units: Units, make: Factory) -> None:
    make.complaint()
    session.rollback()
    mine(units)
    assert fitting.fit(units, "fake-1", NOW) == 0


def test_the_agent_sees_first_what_means_the_same_and_when_that_was_found(
    client: FlaskClient, session: Session, make: Factory
) -> None:
    agent: Account = make.account("Ann", "agent")
    words = make.question(title="Lamp blinks")
    meant = make.question(title="The light flickers")
    for question in (words, meant):
        make.answer(question)
    case = make.complaint(subject="Lamp blinks")
    page, case_id, meant_id = f"/complaints/{case.id}", case.id, meant.id
    session.rollback()
    sign_in(client, agent)
    assert "By topics and words alone" in client.get(page).get_data(as_text=True)
    session.rollback()
    session.add(
        Fitting(complaint_id=case_id, revision="r", last_id=1, questions=[[meant_id, 0.7]], at=datetime.now(UTC))
    )
    session.commit()
    html = client.get(page).get_data(as_text=True)
    assert "Compared by what they mean" in html
    assert "The light flickers" in html


@pytest.mark.fault
def test_two_runs_that_store_the_same_cases_do_not_collide(units: Units, make: Factory, session: Session) -> None:
    ids = [make.complaint(body=f"Number {n} drains.").id for n in range(5)]
    session.rollback()
    rows = [{"complaint_id": key, "revision": "fake-1", "last_id": 1, "at": NOW, "questions": []} for key in ids]
    start = Barrier(2)

    def store(_number: int) -> None:
        for _ in range(20):
            start.wait(10)
            units.write(lambda session: fitting.store(session, rows))

    with ThreadPoolExecutor(2) as both:
        list(both.map(store, range(2)))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Fitting)) == 5
