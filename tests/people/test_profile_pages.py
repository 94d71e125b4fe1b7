"""Public pages of people: whose profile there is, what stands on it, who sees what; badges; who helps most."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from community import reputation
from community.db import db
from community.models import Account, Answer, Award
from community.people import queries
from community.questions import service as questions
from community.questions.votes import vote
from tests.conftest import NOW
from tests.factories import Factory, sign_in

DAY = timedelta(days=1)


@pytest.fixture
def bea(make: Factory) -> Account:
    return make.account("Bea")


def read(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def solved(session: Session, make: Factory, by: Account, now: datetime = NOW) -> Answer:
    asker = make.account()
    asked = make.question(asker, title=f"Trouble {make.made}", now=now)
    given = make.answer(asked, by, body=f"Hint {make.made}", now=now)
    questions.accept(session, asked, given, asker, now)
    session.commit()
    return given


def test_a_profile_shows_who_they_are_and_what_they_solved(
    client: FlaskClient, session: Session, make: Factory, bea: Account
) -> None:
    bea.about = "I fix **lamps**."
    given = solved(session, make, bea)
    unsolved = make.answer(make.question(title="Still open"), bea, body="No idea helped")
    reputation.recount_accounts(session, [bea.id], NOW)
    session.commit()
    page = read(client, f"/people/{bea.handle}")
    for text in (
        "<bdi>Bea</bdi>",
        "@bea",
        "<strong>lamps</strong>",
        "15 points",
        "First solution",
        "Hint",
        f"#post-{given.id}",
    ):
        assert text in page, text
    assert "Still open" not in page
    answers = read(client, f"/people/{bea.handle}?tab=answers")
    assert f"#post-{given.id}" in answers
    assert f"#post-{unsolved.id}" in answers
    assert "noindex" not in page
    assert bea.email not in page + answers


def test_a_handle_is_found_however_it_is_written(client: FlaskClient, make: Factory) -> None:
    for name, address in (("Bea", "BEA"), ("林雨", "林雨")):
        make.account(name)
        assert name in read(client, f"/people/{address}")


@pytest.mark.parametrize("gone", ["suspended", "erased", "nobody"])
def test_who_is_gone_has_no_page(client: FlaskClient, session: Session, make: Factory, bea: Account, gone: str) -> None:
    bea.active = gone == "nobody"
    if gone == "erased":
        bea.email = None
    session.commit()
    assert client.get(f"/people/{bea.handle if gone != 'nobody' else 'nobody-here'}").status_code == 404
    sign_in(client, make.account("Ann", "agent"))
    assert client.get(f"/people/{bea.handle if gone != 'nobody' else 'nobody-here'}").status_code == 404


def test_an_imported_member_has_a_page(client: FlaskClient, session: Session, bea: Account) -> None:
    bea.active, bea.email, bea.external_id = False, None, "coffee:7"
    session.commit()
    read(client, f"/people/{bea.handle}")


def test_deleted_and_erased_posts_stand_on_no_profile(
    client: FlaskClient, session: Session, make: Factory, bea: Account
) -> None:
    asked = make.question(bea, title="Gone for good")
    given = make.answer(make.question(title="Other trouble"), bea)
    erased = make.answer(make.question(title="Third trouble"), bea)
    questions.remove(session, asked, bea, NOW)
    questions.remove(session, given, bea, NOW)
    erased.erased_at = NOW
    session.commit()
    for tab in ("solved", "questions", "answers"):
        page = read(client, f"/people/{bea.handle}?tab={tab}")
        assert not [title for title in ("Gone for good", "Other trouble", "Third trouble") if title in page]
    assert queries.deed_counts(session, bea) == {"questions": 0, "answers": 0, "solved": 0}


def test_agents_find_the_customer_behind_a_profile_and_others_do_not(
    client: FlaskClient, make: Factory, bea: Account
) -> None:
    make.question(bea)
    assert f"/customers/{bea.customer_id}" not in read(client, f"/people/{bea.handle}")
    sign_in(client, make.account("Ann", "agent"))
    assert f"/customers/{bea.customer_id}" in read(client, f"/people/{bea.handle}")


def test_only_oneself_and_the_staff_see_what_is_missing_to_the_next_level(
    client: FlaskClient, session: Session, make: Factory, bea: Account
) -> None:
    bea.trust, bea.created_at = "newcomer", datetime.now(UTC) - 2 * DAY
    make.question(bea)
    assert "of 3" not in read(client, f"/people/{bea.handle}")
    sign_in(client, bea)
    own = read(client, f"/people/{bea.handle}")
    assert "2 of 3 days as a member" in own
    assert "1 of 3 posts" in own
    assert "links in a post: 2; images in a post: 1; posts an hour: 5" in own


def test_the_staff_show_their_role_and_no_level(client: FlaskClient, make: Factory) -> None:
    agent, moderator = make.account("Ann", "agent"), make.account("Mo", "moderator")
    page = read(client, f"/people/{agent.handle}")
    assert "Company · agent" in page
    assert "points" not in page
    assert 'badge-outline">moderator' in read(client, f"/people/{moderator.handle}")
    sign_in(client, agent)
    assert "days as a member" not in read(client, f"/people/{agent.handle}")


def test_search_engines_are_kept_off_newcomers_who_link_somewhere(
    client: FlaskClient, session: Session, bea: Account
) -> None:
    bea.trust, bea.about = "newcomer", "Buy at https://shop.example"
    session.commit()
    assert '<meta name="robots" content="noindex">' in read(client, f"/people/{bea.handle}")
    bea.trust = "member"
    session.commit()
    assert "noindex" not in read(client, f"/people/{bea.handle}")


def test_marks_that_turn_the_line_stay_inside_the_name(client: FlaskClient, session: Session, bea: Account) -> None:
    bea.name = "\u202eevil"
    session.commit()
    assert "<bdi>\u202eevil</bdi></h1>" in read(client, f"/people/{bea.handle}")


def test_the_pages_of_a_tab_follow_one_another(client: FlaskClient, make: Factory, bea: Account) -> None:
    bea.is_trust_fixed = True
    for number in range(queries.PAGE + 3):
        make.question(bea, title=f"Trouble number {number:02}", now=NOW + number * timedelta(minutes=5))
    first = read(client, f"/people/{bea.handle}?tab=questions")
    address = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = read(client, address)
    assert first.count("Trouble number") == queries.PAGE
    assert [number for number in range(30) if f"Trouble number {number:02}" in second] == [0, 1, 2]
    assert "noindex" in second
    assert client.get(f"/people/{bea.handle}?tab=nothing").status_code == 404


def statements(client: FlaskClient, path: str) -> int:
    told: list[str] = []
    event.listen(db.engine, "before_cursor_execute", hear := lambda *args: told.append(args[2]))
    read(client, path)
    event.remove(db.engine, "before_cursor_execute", hear)
    return len(told)


@pytest.mark.parametrize(
    "path", ["/people/bea?tab=answers", "/people/bea?tab=questions", "/people", "/badges", "/badges/first-answer"]
)
def test_a_page_costs_the_same_statements_however_much_is_on_it(
    client: FlaskClient, session: Session, make: Factory, bea: Account, path: str
) -> None:
    bea.is_trust_fixed = True

    def more(times: int) -> None:
        for _ in range(times):
            solved(session, make, bea, datetime.now(UTC))
            make.question(bea)
            solved(session, make, make.account(), datetime.now(UTC))
        reputation.recount_all(session, NOW)
        session.commit()

    more(1)
    few = statements(client, path)
    more(6)
    assert statements(client, path) == few <= 10


# --- who helps most


def test_the_month_counts_what_solved_something_lately(session: Session, make: Factory, bea: Account) -> None:
    now = datetime.now(UTC)
    cy, old, agent = make.account("Cy"), make.account("Old"), make.account("Ann", "agent")
    for by, count in ((bea, 2), (cy, 1), (agent, 3)):
        for _ in range(count):
            solved(session, make, by, now - DAY)
    for _ in range(4):
        solved(session, make, old, now - 40 * DAY)
    own = make.question(cy, now=now)
    questions.accept(session, own, make.answer(own, cy, now=now), cy, now)
    suspended = make.account("Sue")
    solved(session, make, suspended, now)
    suspended.active = False
    session.commit()
    assert [(one.name, solutions) for one, solutions, _ in queries.top_helpers(session, now)] == [("Bea", 2), ("Cy", 1)]


def test_votes_decide_between_equals(session: Session, make: Factory, bea: Account) -> None:
    now = datetime.now(UTC)
    cy = make.account("Cy")
    solved(session, make, bea, now)
    vote(session, solved(session, make, cy, now), 1, bea, now)
    session.commit()
    assert [(one.name, score) for one, _, score in queries.top_helpers(session, now)] == [("Cy", 1), ("Bea", 0)]


def test_the_list_of_all_time_leaves_out_the_company_the_suspended_and_those_without_points(
    client: FlaskClient, session: Session, make: Factory, bea: Account
) -> None:
    points = {"Bea": 5, "Cyprian": 90, "Nil": 0, "Sue": 70}
    for name, count in points.items():
        account = bea if name == "Bea" else make.account(name)
        account.reputation, account.active = count, name != "Sue"
    make.account("Ann", "agent").reputation = 99
    moderator = make.account("Montague", "moderator")
    moderator.reputation = 50
    session.commit()
    assert [one.name for one in queries.most_reputed(session)] == ["Cyprian", "Montague", "Bea"]
    page = read(client, "/people")  # a short name could stand in one of its tokens
    assert page.index("Cyprian") < page.index("Montague") < page.index("Bea")


def test_pages_without_anybody_say_what_to_do(client: FlaskClient) -> None:
    assert "Nobody yet" in read(client, "/people")
    assert "Nobody has it yet" in read(client, "/badges/mentor")
    assert client.get("/badges/no-such-badge").status_code == 404


# --- badges


def test_the_page_of_badges_says_who_has_which_and_which_are_mine(
    client: FlaskClient, session: Session, make: Factory, bea: Account
) -> None:
    make.question(bea)
    reputation.recount_accounts(session, [bea.id], NOW)
    session.commit()
    page = read(client, "/badges")
    assert "1 person has it" in page
    assert "/people/bea" in page
    assert ">yours<" not in page.replace("</svg>", ">")
    sign_in(client, bea)
    assert "yours" in read(client, "/badges")
    assert "Bea" in read(client, "/badges/first-question")


def test_the_page_of_a_badge_leaves_out_who_is_gone(
    client: FlaskClient, session: Session, make: Factory, bea: Account
) -> None:
    gone = make.account("Gone")
    gone.active = False
    for account in (bea, gone):
        session.add(Award(account_id=account.id, badge="helper", awarded_at=NOW))
    session.commit()
    page = read(client, "/badges/helper")
    assert "Bea" in page
    assert "Gone" not in page
    assert len(queries.holders(session, "helper", None).rows) == 1
    assert session.scalar(select(Award.id).where(Award.account_id == gone.id))
