"""The private home: what one asked, answered, complained of, watches, began and searches for, and what waits."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from community.db import db
from community.models import Account, Draft, Notification, Product, SavedSearch, Tag
from community.people import home
from community.questions import service as questions
from community.questions.watching import watch
from tests.conftest import NOW
from tests.factories import Factory, sign_in


@pytest.fixture
def bea(make: Factory, session: Session) -> Account:
    account = make.account("Bea")
    account.is_trust_fixed = True
    session.commit()
    return account


Reader = Callable[..., str]


@pytest.fixture
def at_home(client: FlaskClient, session: Session, bea: Account) -> Reader:
    """What Bea reads there."""
    sign_in(client, bea)
    session.rollback()  # ends the read of her address, which could not become a write any more

    def read(tab: str = "") -> str:
        answer = client.get("/home", query_string={"tab": tab} if tab else {})
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    return read


def test_each_tab_is_empty_at_first_and_says_what_to_do(at_home: Reader) -> None:
    said = {
        "questions": "You have not asked anything yet", "answers": "You have not answered yet",
        "complaints": "You have not complained yet", "watched": "You watch nothing yet", "drafts": "No drafts",
        "searches": "No saved searches",
    }  # fmt: skip
    assert set(said) == set(home.TABS)
    for tab, words in said.items():
        page = at_home(tab)
        assert words in page
        assert '<div class="empty">' in page
        assert "btn btn-primary" in page.split('<div class="empty">')[1]


def test_a_tab_that_is_not_there_is_not_found(client: FlaskClient, bea: Account) -> None:
    sign_in(client, bea)
    assert client.get("/home?tab=secrets").status_code == 404


def test_questions_say_how_they_stand(session: Session, make: Factory, bea: Account, at_home: Reader) -> None:
    make.question(bea, title="Nobody answered")
    waiting = make.question(bea, title="Details wanted")
    questions.request_information(session, waiting, "Which model?", make.account(), NOW)
    answered = make.question(bea, title="Answered once")
    make.answer(answered)
    solved = make.question(bea, title="Solved at last")
    questions.accept(session, solved, make.answer(solved), bea, NOW)
    make.question(make.account(), title="Of somebody else")
    session.commit()
    rows = {row.split("</a>")[0].split(">")[-1]: row for row in at_home().split('class="row-title"')[1:]}
    assert set(rows) == {"Nobody answered", "Details wanted", "Answered once", "Solved at last"}
    assert "no answer yet" in rows["Nobody answered"]
    assert "waits for details from you" in rows["Details wanted"]
    assert "answered, not solved yet" in rows["Answered once"]
    assert ">solved<" in rows["Solved at last"].replace("</svg>", ">")
    assert "1 question waits for details from you" in at_home()


def test_what_is_new_since_one_looked_is_counted(
    session: Session, make: Factory, bea: Account, at_home: Reader
) -> None:
    asked = make.question(bea)
    answers = [make.answer(asked) for _ in range(3)]
    for number, given in enumerate(answers):
        session.add(
            Notification(
                account_id=bea.id, kind="reply", question_id=asked.id, post_id=given.id, created_at=NOW,
                read_at=NOW if number == 0 else None,
            )
        )  # fmt: skip
    session.commit()
    assert home.news(session, bea, [asked]) == {asked.id: 2}
    page = at_home()
    assert "2 new" in page
    assert "2 unread notifications" in page


def test_answers_say_whether_they_helped(session: Session, make: Factory, bea: Account, at_home: Reader) -> None:
    for title in ("Mine solved it", "Another solved it", "Open still"):
        asker = make.account()
        asked = make.question(asker, title=title)
        mine, other = make.answer(asked, bea), make.answer(asked)
        if title != "Open still":
            questions.accept(session, asked, mine if title.startswith("Mine") else other, asker, NOW)
    session.commit()
    rows = {row.split("</a>")[0].split(">")[-1]: row for row in at_home("answers").split('class="row-title"')[1:]}
    assert "solved it" in rows["Mine solved it"].split("row-meta")[1]
    assert "solved by another answer" in rows["Another solved it"]
    assert "not accepted yet" in rows["Open still"]


def test_complaints_are_ones_own(session: Session, make: Factory, bea: Account, at_home: Reader) -> None:
    make.complaint(bea, subject="My broken lamp")
    make.complaint(make.account(), subject="Private of another")
    page = at_home("complaints")
    assert "My broken lamp" in page
    assert "Private of another" not in page
    assert "1 open complaint" in page


def test_a_complaint_that_waits_for_its_customer_says_so(
    session: Session, make: Factory, bea: Account, at_home: Reader
) -> None:
    case = make.complaint(bea, subject="My broken lamp")
    assert "waits for you" not in at_home("complaints")
    case.status = "waiting"
    session.commit()
    page = at_home("complaints")
    assert "1 complaint was answered and waits for you" in page
    assert ">waiting for you<" in page
    assert "waiting for customer" not in page
    assert "1 open complaint" not in page, "it is told once"


def test_the_staff_have_no_complaints_of_their_own(client: FlaskClient, make: Factory, session: Session) -> None:
    make.complaint(subject="Of a customer")
    agent = make.account("Ann", "agent")
    sign_in(client, agent)
    assert "Of a customer" not in client.get("/home?tab=complaints").get_data(as_text=True)
    assert home.overview(session, agent).tabs["complaints"] == 0


def test_watched_things_can_be_let_go(
    client: FlaskClient, session: Session, make: Factory, bea: Account, at_home: Reader
) -> None:
    asked = make.question(title="Watched question", tags=["light"])
    gone = make.question(title="Deleted question")
    product = make.product("kettle")
    tag = session.scalars(select(Tag)).one()
    for what, level in ((asked, "watching"), (gone, "watching"), (product, "muted"), (tag, "watching")):
        watch(session, what, level, bea, NOW)
    session.commit()
    questions.remove(session, gone, make.account("Mo", "moderator"), NOW)
    session.commit()
    page = at_home("watched")
    for words in ("Watched question", "Kettle", "light", "Stop watching", "Unmute"):
        assert words in page, words
    assert "Deleted question" not in page
    assert home.overview(session, bea).tabs["watched"] == 3
    client.post(f"/questions/{asked.id}/watch", data={"level": "none"})
    assert "Watched question" not in at_home("watched")


def test_drafts_lead_to_where_one_goes_on(session: Session, make: Factory, bea: Account, at_home: Reader) -> None:
    asked, gone = make.question(title="To be answered"), make.question(title="Gone meanwhile")
    for place, body in (
        ("ask", "half a question"), (f"answer:{asked.id}", "half an answer"), (f"answer:{gone.id}", "for nobody"),
        ("thrown:ask", "thrown away"), (f"comment:{asked.id}", "half a comment"),
        (f"comment:{gone.id}", "below nothing"), ("case:7", "half a reply"),
    ):  # fmt: skip
        session.add(Draft(account_id=bea.id, place=place, title="", body=body, saved_at=NOW))
    session.add(Draft(account_id=make.account().id, place="ask", title="Secret of another", body="", saved_at=NOW))
    session.commit()
    questions.remove(session, gone, make.account("Mo", "moderator"), NOW)
    session.commit()
    page = at_home("drafts")
    assert 'href="/ask"' in page
    assert f'href="/questions/{asked.id}#answer"' in page
    assert "Answer to a question that is not there any more" in page
    assert f'href="/posts/{asked.id}/comments"' in page
    assert "Comment on “To be answered”" in page
    assert "Comment on what is not there any more" in page
    assert "Reply in case 7" in page
    assert "thrown away" not in page
    assert "Secret of another" not in page
    assert home.overview(session, bea).tabs["drafts"] == 6


def test_saved_searches_lead_to_their_results(session: Session, make: Factory, bea: Account, at_home: Reader) -> None:
    for account, name in ((bea, "Charging"), (make.account(), "Not mine")):
        session.add(SavedSearch(account_id=account.id, name=name, query="charging is:open", created_at=NOW, ran_at=NOW))
    session.commit()
    page = at_home("searches")
    assert "/search?q=charging+is:open" in page.replace("%20", "+").replace("%3A", ":")
    assert "mail once a day" in page
    assert "Not mine" not in page


def test_a_tab_costs_the_same_statements_and_is_bounded(
    client: FlaskClient, session: Session, make: Factory, bea: Account, at_home: Reader
) -> None:
    def more(count: int, first: int = 0) -> None:
        for number in range(first, first + count):
            moment = NOW + timedelta(hours=number)
            asked = make.question(now=moment)
            make.answer(asked, bea, now=moment)
            make.question(bea, now=moment, product=session.query(Product).first())
            make.complaint(bea, now=moment)
            session.add(Draft(account_id=bea.id, place=f"answer:{asked.id}", title="", body="x", saved_at=moment))
            session.add(SavedSearch(account_id=bea.id, name="x", query=f"{number}", created_at=moment, ran_at=moment))
            session.commit()

    def statements(tab: str) -> int:
        told: list[str] = []
        event.listen(db.engine, "before_cursor_execute", hear := lambda *args: told.append(args[2]))
        at_home(tab)
        event.remove(db.engine, "before_cursor_execute", hear)
        return len(told)

    make.product()
    more(2)
    few = {tab: statements(tab) for tab in home.TABS}
    more(22, first=2)
    assert {tab: statements(tab) for tab in home.TABS} == few
    assert max(few.values()) <= 14
    for tab in home.TABS:
        assert at_home(tab).count('class="row-title"') == 20, tab
        assert 'rel="next"' in at_home(tab), tab
