"""One question after a resolution; and figures in which those who still wait are counted."""

import re
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.complaints import chores, rating, service
from community.complaints.figures import figures
from community.errors import Conflict, Invalid
from community.mail_addresses import case_token
from community.models import Account, Complaint, Mail, Message, Rating, Verbatim
from community.questions import service as questions
from community.survival import curve
from tests.conftest import NOW
from tests.factories import Factory, sign_in

HOUR = 3600
waits = st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=40)


@pytest.fixture
def solved(session: Session, make: Factory, customer: Account) -> Complaint:
    case = make.complaint(customer)
    service.reply(session, case, "A new one is on its way.", make.account("Agent", "agent"), NOW, then="resolved")
    session.commit()
    return case


def test_the_estimate_is_that_of_the_book() -> None:
    """Six waits, two of them not over: after 1, 5/6 wait; after 3, of the four then at risk, 5/6 * 3/4; and so on."""
    found = curve([(1, True), (2, False), (3, True), (4, True), (5, False), (6, True)])
    expected = ((1, 1 / 6), (3, 1 - 5 / 6 * 3 / 4), (4, 1 - 5 / 6 * 3 / 4 * 2 / 3), (6, 1.0))
    assert [seconds for seconds, _ in found.steps] == [seconds for seconds, _ in expected]
    assert [share for _, share in found.steps] == pytest.approx([share for _, share in expected])
    assert (found.done, found.waiting, found.percentile(0.5)) == (4, 2, 4)


@given(waits)
def test_the_share_only_grows_and_stays_below_one_while_the_longest_waits(some: list[tuple[int, bool]]) -> None:
    found = curve([(float(seconds), over) for seconds, over in some])
    shares = [share for _, share in found.steps]
    assert shares == sorted(shares)
    assert all(0 < share <= 1 + 1e-9 for share in shares)
    longest = max(seconds for seconds, _ in some)
    if all(not over for seconds, over in some if seconds == longest):
        assert not shares or shares[-1] < 1


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40))
def test_where_nobody_waits_it_is_the_plain_percentile(some: list[int]) -> None:
    found = curve([(float(seconds), True) for seconds in some])
    ordered = sorted(some)
    for share in (0.25, 0.5, 0.9):
        place = next(n for n in range(1, len(some) + 1) if n / len(some) >= share - 1e-9)
        assert found.percentile(share) == ordered[place - 1]


def test_half_are_not_done_when_most_still_wait() -> None:
    found = curve([(HOUR, True), *[(100 * HOUR, False)] * 9])
    assert (found.percentile(0.5), found.percentile(0.1)) == (None, HOUR)


def test_the_customer_is_asked_once_after_each_resolution(
    session: Session, solved: Complaint, customer: Account, make: Factory
) -> None:
    agent = make.account("Other", "agent")
    assert chores.tend(NOW + timedelta(seconds=30)) == {}, "the reply can still be taken back"
    assert chores.tend(NOW + timedelta(minutes=2)) == {"ratings": 1}
    assert chores.tend(NOW + timedelta(minutes=3)) == {}
    mail = session.scalars(select(Mail).where(Mail.key.startswith("rating:"))).one()
    assert mail.to == customer.email
    assert "/rate/" in mail.text
    service.reply(session, solved, "It is broken again.", customer, NOW + timedelta(hours=1))
    service.move(session, solved, "resolved", agent, NOW + timedelta(hours=2))
    session.commit()
    assert chores.tend(NOW + timedelta(hours=3)) == {"ratings": 1}
    assert len(session.scalars(select(Rating)).all()) == 2


def test_nobody_is_asked_about_cases_of_long_ago(session: Session, solved: Complaint) -> None:
    assert chores.tend(NOW + timedelta(days=2)) == {}
    assert session.scalars(select(Rating)).all() == []


def test_a_rating_by_link_is_kept_once_and_its_sentence_is_a_verbatim_that_opens_nothing(
    client: FlaskClient, session: Session, solved: Complaint
) -> None:
    asked = rating.ask(session, solved, NOW)
    session.commit()
    path = f"/rate/{case_token('rating', asked.id)}"
    for _ in range(2):
        page = client.get(path)
        assert page.status_code == 200
        assert "A new one is on its way." not in page.get_data(as_text=True), "a link shows no conversation"
    session.rollback()
    assert asked.rated_at is None, "opening the link rates nothing"
    session.rollback()
    wrong = client.post(path, data={"score": "6", "sentence": "Kept as typed."})
    assert (wrong.status_code, "Kept as typed." in wrong.get_data(as_text=True)) == (422, True)
    assert client.post(path, data={"score": "2", "sentence": "Too  slow."}).status_code == 200
    assert client.post(path, data={"score": "5"}).status_code == 200
    session.rollback()
    session.expire_all()
    assert (asked.score, solved.status) == (2, "resolved")
    said = session.get_one(Message, asked.message_id)
    assert (said.body, said.kind) == ("Too slow.", "rating")
    assert session.scalars(select(Verbatim.text).where(Verbatim.message_id == said.id)).all() == ["Too slow."]
    for wrong in ("nothing", case_token("publication", asked.id), path[6:] + "x"):
        assert client.get(f"/rate/{wrong}").status_code == 404


def test_the_page_of_the_case_asks_its_customer_and_nobody_else(
    client: FlaskClient, session: Session, solved: Complaint, customer: Account
) -> None:
    session.execute(update(Message).values(held_until=NOW))
    session.commit()
    sign_in(client, customer)
    path = f"/complaints/{solved.id}"
    assert 'name="score"' in client.get(path).get_data(as_text=True)
    assert client.post(f"{path}/rating", data={"score": "5", "sentence": ""}).status_code == 302
    page = client.get(path).get_data(as_text=True)
    assert 'name="score"' not in page
    assert client.post(f"{path}/rating", data={"score": "1"}).status_code == 409
    session.rollback()
    assert session.scalars(select(Rating.score)).all() == [5]
    assert chores.tend(NOW + timedelta(minutes=5)) == {}, "who has answered is not asked"


def test_an_open_case_is_not_rated(session: Session, make: Factory, customer: Account) -> None:
    case = make.complaint(customer)
    with pytest.raises(Conflict):
        rating.rate_case(session, case, 3, "", customer, NOW)


@pytest.mark.parametrize("score", [None, 0, 6, -1])
def test_there_are_five_scores(session: Session, solved: Complaint, customer: Account, score: int | None) -> None:
    with pytest.raises(Invalid):
        rating.rate_case(session, solved, score, "", customer, NOW)


def test_the_figures_count_those_who_wait_those_who_came_back_and_those_whom_members_helped(
    client: FlaskClient, session: Session, make: Factory, customer: Account
) -> None:
    agent, later = make.account("Agent", "agent"), NOW + timedelta(days=2)
    quick = make.complaint(customer)
    service.reply(session, quick, "Done.", agent, NOW + timedelta(hours=1), then="resolved")
    service.reply(session, quick, "No.", customer, NOW + timedelta(hours=2))
    for _ in range(3):
        make.complaint()
    for helper in (make.account(), agent):
        asker = make.account()
        asked = make.question(asker)
        questions.accept(session, asked, make.answer(asked, helper), asker, NOW)
    session.commit()
    found = figures(session, 7, later)
    assert (found.cases, found.reopened, found.ever_resolved) == (4, 1, 1)
    assert (found.first_reply.curve.done, found.first_reply.curve.waiting) == (1, 3)
    assert (found.first_reply.half, found.resolution.half) == (None, None)
    assert found.first_reply.curve.percentile(0.25) == HOUR
    assert (found.solved_by_members, found.self_service) == (1, 1 / 5)
    service.move(session, quick, "resolved", agent, NOW + timedelta(hours=3))
    rating.rate_case(session, quick, 4, "", customer, NOW + timedelta(hours=4))
    session.commit()
    found = figures(session, 7, later)
    assert (found.rated, found.asked, found.scores[4]) == (1, 1, 1)
    sign_in(client, agent)
    for days in (7, 365, 12):
        page = client.get(f"/inbox/figures?days={days}").get_data(as_text=True)
        assert re.search(r"<h1>Figures</h1>", page)


def test_figures_of_nothing_are_no_error(session: Session) -> None:
    found = figures(session, 30, datetime.now(NOW.tzinfo))
    assert (found.cases, found.first_reply.half, found.self_service) == (0, None, None)
