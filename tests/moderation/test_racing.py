"""Several people decide, flag and undo at the same moment: each thing happens once, on either database."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from community.db import db, writing
from community.errors import Conflict
from community.models import Account, Flag, LogEntry, Post, Question, QueueItem
from community.moderation import deciding, flags, log
from community.questions import curating
from community.questions.curating import Wish
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.moderation.test_flags import item_of

AT_ONCE = 4


def at_once(app: Flask, verbs: list[Callable[[], None]], told: list[str] | None = None) -> Counter[str]:
    """Each in a thread and session of its own, begun together; how they ended, and into `told` what they were told."""
    barrier = Barrier(len(verbs))

    def run(verb: Callable[[], None]) -> str:
        with app.app_context():
            try:
                barrier.wait(30)
                with writing():
                    verb()
                    db.session.commit()
                return "done"
            except (Conflict, IntegrityError) as error:
                db.session.rollback()
                if told is not None:
                    told.append(str(getattr(error, "message", "")))
                return type(error).__name__
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return Counter(pool.map(lambda verb: Context().run(run, verb), verbs))


def test_of_several_who_decide_at_once_one_does(app: Flask, session: Session, make: Factory) -> None:
    asked = make.question()
    staff = [make.account(f"Mo {number}", "moderator").id for number in range(AT_ONCE)]
    flags.flag(session, asked, "spam", "", make.account(), NOW)
    session.commit()
    item_id = item_of(session, asked.id).id
    session.rollback()

    def decide(by: int) -> Callable[[], None]:
        def verb() -> None:
            outcome = "hide" if by % 2 else "reject"
            deciding.decide(
                db.session(), db.session.get_one(QueueItem, item_id), outcome, db.session.get_one(Account, by), NOW
            )

        return verb

    assert at_once(app, [decide(by) for by in staff]) == {"done": 1, "Conflict": AT_ONCE - 1}
    decided = session.query(LogEntry).filter(LogEntry.action.in_(("hide", "reject"))).one()
    item = session.get_one(QueueItem, item_id)
    assert (item.outcome, item.decided_by_id) == (decided.action, decided.actor_id)
    entry_id, undoers = decided.id, staff[:2]
    session.rollback()

    def undo(by: int) -> Callable[[], None]:
        return lambda: (  # type: ignore[return-value]
            log.undo(db.session(), db.session.get_one(LogEntry, entry_id), db.session.get_one(Account, by), NOW)
        )

    assert at_once(app, [undo(by) for by in undoers])["done"] == 1
    assert session.query(LogEntry).filter(LogEntry.undoes_id == entry_id).count() == 1
    session.rollback()


def test_flags_sent_at_once_become_one_item_and_hide_once(app: Flask, session: Session, make: Factory) -> None:
    asked, people = make.question(), [make.account().id for _ in range(AT_ONCE)]
    post_id = asked.id
    session.rollback()

    def flag(by: int) -> Callable[[], None]:
        return lambda: (  # type: ignore[return-value]
            flags.flag(
                db.session(), db.session.get_one(Post, post_id), "spam", "", db.session.get_one(Account, by), NOW
            )
        )

    assert at_once(app, [flag(by) for by in people]) == {"done": AT_ONCE}
    item = session.query(QueueItem).one()
    assert (item.score, session.query(Flag).filter(Flag.item_id == item.id).count()) == (AT_ONCE, AT_ONCE)
    assert session.query(LogEntry).filter(LogEntry.action == "autohide").count() == 1
    session.rollback()


def curating_at_once(app: Flask, session: Session, wanted: list[tuple[int, str, int | None]], staff: list[int]) -> str:
    """Each of the staff does what is wanted: (post, action, target). One does it; what the other is told."""

    def curate(by: int, post_id: int, action: str, target: int | None) -> Callable[[], None]:
        def verb() -> None:
            own = db.session()
            wish = Wish(target=own.get_one(Question, target) if target else None, title="How is it reset?")
            curating.curate(own, own.get_one(Post, post_id), action, wish, own.get_one(Account, by), NOW)

        return verb

    told: list[str] = []
    session.rollback()
    ended = at_once(app, [curate(by, *one) for by, one in zip(staff, wanted, strict=True)], told)
    assert ended == {"done": 1, "Faster": 1}
    return told[0]


def name_of(session: Session, entry: LogEntry) -> str:
    return session.get_one(Account, entry.actor_id).name


@pytest.fixture
def two(make: Factory) -> list[int]:
    return [make.account(name, "moderator").id for name in ("Mo", "Ada")]


@pytest.mark.parametrize("turn", ["into the same", "into another", "into one another"])
def test_of_two_who_merge_a_question_at_once_one_does_and_the_other_hears_who(
    app: Flask, session: Session, make: Factory, two: list[int], turn: str
) -> None:
    asked, kept, other = (make.question(title=f"Why is lamp {number} dark?").id for number in range(3))
    for question_id in (asked, kept, other):
        make.answer(session.get_one(Question, question_id))
    flags.flag(session, session.get_one(Post, asked), "duplicate", "", make.account(), NOW)
    session.commit()
    second = {"into the same": (asked, "merge", kept), "into another": (asked, "merge", other),
              "into one another": (kept, "merge", asked)}[turn]  # fmt: skip
    told = curating_at_once(app, session, [(asked, "merge", kept), second], two)
    entry = session.query(LogEntry).filter(LogEntry.action == "merge").one()
    assert told == f"{name_of(session, entry)} was faster: merged."
    merged = session.query(Question).filter(Question.merged_into_id.is_not(None)).one()
    assert (merged.id, merged.merged_into_id) == (entry.post_id, entry.details["into"])
    counts = {one.id: one.answer_count for one in session.query(Question)}
    assert counts[merged.id] == 0
    assert (sum(counts.values()), counts[entry.details["into"]]) == (3, 2)
    item = item_of(session, asked)
    assert (item.state, item.decided_by_id) == (("decided", entry.actor_id) if merged.id == asked else ("open", None))
    session.rollback()


@pytest.mark.parametrize(("first", "second"), [("split", "split"), ("split", "to answer"), ("to answer", "to answer")])
def test_of_two_who_split_a_comment_off_at_once_one_does_and_the_other_hears_who(
    app: Flask, session: Session, make: Factory, two: list[int], first: str, second: str
) -> None:
    written = make.comment(make.answer(make.question()), body="Hold the zebra button.").id
    told = curating_at_once(app, session, [(written, first, None), (written, second, None)], two)
    entry = session.query(LogEntry).filter(LogEntry.action.in_(("split", "to answer"))).one()
    assert told.startswith(f"{name_of(session, entry)} was faster: ")
    shown = session.query(Post).filter(Post.body == "Hold the zebra button.", Post.deleted_at.is_(None))
    assert shown.one().id == entry.details["made"]
    session.rollback()


def test_of_two_who_split_an_answer_off_on_its_page_the_second_is_led_to_what_became_of_it(
    app: Flask, session: Session, make: Factory, two: list[int]
) -> None:
    given = make.answer(make.question(), body="Hold the zebra button.").id
    staff = [session.get_one(Account, one) for one in two]
    clients = [app.test_client() for _ in staff]
    for client, one in zip(clients, staff, strict=True):
        sign_in(client, one)
    session.rollback()
    barrier = Barrier(2)

    def send(client: FlaskClient) -> str:
        barrier.wait(30)
        sent = {"action": "split", "title": "How is it reset?"}
        page = client.post(f"/posts/{given}/curation", data=sent, follow_redirects=True)
        return f"{page.status_code} {page.get_data(as_text=True)}"

    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(lambda client: Context().run(send, client), clients))
    entry = session.query(LogEntry).filter(LogEntry.action == "split").one()
    assert sorted("Done: split off." in page for page in pages) == [False, True]
    assert sum(f"{name_of(session, entry)} was faster: split off." in page for page in pages) == 1
    assert all(page.startswith("200") and "How is it reset?" in page for page in pages)
    session.rollback()
