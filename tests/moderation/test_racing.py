"""Several people decide, flag and undo at the same moment: each thing happens once, on either database."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from threading import Barrier

from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from community.db import db, writing
from community.errors import Conflict
from community.models import Account, Flag, LogEntry, Post, QueueItem
from community.moderation import deciding, flags, log
from tests.conftest import NOW
from tests.factories import Factory
from tests.moderation.test_flags import item_of

AT_ONCE = 4


def at_once(app: Flask, verbs: list[Callable[[], None]]) -> Counter[str]:
    """Each in a thread and session of its own, begun together; how they ended."""
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
